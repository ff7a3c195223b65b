import { type ParseArgsConfig, parseArgs } from "node:util";
import { SeatmeterError } from "../daemon/domain/errors.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/**
 * `parseArgs` whose mistakes are usage errors (64) that say what was meant.
 *
 * Errors: SeatmeterError usage.
 */
export function parsed<const Known extends Options>(args: readonly string[], options: Known) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const unknown = /Unknown option '(-[^']*)'/.exec(error.message)?.[1];
    if (unknown === undefined) throw new SeatmeterError("usage", sentence(error.message));
    const flags = Object.keys(options).map((name) => `--${name}`);
    throw new SeatmeterError("usage", `there is no option ${unknown}.${nearest(unknown, flags)}`);
  }
}

/**
 * The one argument that a command takes.
 *
 * Errors: SeatmeterError usage when it is missing, or more are there.
 */
export function only(positionals: readonly string[], name: string): string {
  const [first, second] = positionals;
  if (first === undefined) throw new SeatmeterError("usage", `${name} is missing.`);
  if (second !== undefined) throw new SeatmeterError("usage", `${second} is one argument too many.`);
  return first;
}

/**
 * Errors: SeatmeterError usage unless it is a whole number from 1 to `most`.
 */
export function wholeNumber(text: string, option: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
  throw new SeatmeterError("usage", `${option} is a whole number from 1 to ${most}, not ${text}.`);
}

/** ` Did you mean --version?`, or nothing where nothing is near. */
export function nearest(typed: string, known: readonly string[]): string {
  const near = known
    .map((name) => ({ name, far: name.startsWith(typed) ? 1 : distance(typed, name) }))
    .filter(({ name, far }) => far <= Math.max(2, Math.floor(name.length / 4)))
    .sort((one, other) => one.far - other.far)[0];
  return near ? ` Did you mean ${near.name}?` : "";
}

/** Letters to add, drop or change (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const changed = row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      next[j] = Math.min(changed, row[j]! + 1, next[j - 1]! + 1);
    }
    row = next;
  }
  return row[other.length]!;
}

const sentence = (text: string) => (/[.?!]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`);
