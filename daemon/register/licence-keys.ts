import type { Found } from "./rules.ts";
import type { Source } from "./source.ts";

/**
 * THE TABLE of what licence keys look like. Whoever may read the register would have them, so they belong elsewhere.
 * References of contracts and orders have groups of digits or of letters; keys mix the two within a group.
 */
const KEYS: readonly { looks: RegExp; mixed?: true }[] = [
  // Five groups of five, four groups of four, and the like.
  { looks: /(?<![A-Z0-9-])[A-Z0-9]{4,7}(?:-[A-Z0-9]{4,7}){3,}(?![A-Z0-9-])/, mixed: true },
  { looks: /-----BEGIN [A-Z0-9 ]+-----/ },
  // A line of a FlexNet licence file.
  { looks: /\b(?:SIGN2?|VENDOR_STRING|ck)=\S/ },
  { looks: /\b(?:INCREMENT|FEATURE|UPGRADE) \S+ \S+ \d+(?:\.\d+)? \S+ (?:\d+|uncounted)\b/ },
];
const MIXED_GROUPS = 2;

/** Parts whose texts nobody but people and shims read; secrets of the daemon's own lie in files that others name. */
const PARTS = ["products", "pools"] as const;

export function licenceKeys(source: Source): Found[] {
  const register = source.value as Record<string, unknown> | null;
  if (typeof register !== "object" || register === null) return [];
  return PARTS.flatMap((part) => textsOf(register[part], [part]))
    .filter(({ text }) => looksLikeKey(text))
    .map(({ path }) =>
      source.mistake(path, "looks like a licence key, which has no place here: say under vault where it is kept"),
    );
}

export const looksLikeKey = (text: string): boolean =>
  KEYS.some(({ looks, mixed }) => {
    const [found = ""] = looks.exec(text) ?? [];
    if (found === "" || !mixed) return found !== "";
    return found.split("-").filter((group) => /[A-Z]/.test(group) && /\d/.test(group)).length >= MIXED_GROUPS;
  });

function textsOf(value: unknown, path: (string | number)[]): { text: string; path: (string | number)[] }[] {
  if (typeof value === "string") return [{ text: value, path }];
  if (Array.isArray(value)) return value.flatMap((one, i) => textsOf(one, [...path, i]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => textsOf(one, [...path, key]));
}
