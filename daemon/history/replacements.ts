import { randomBytes } from "node:crypto";

const BYTES = 12; // as many as a pseudonym's

/**
 * What stands in place of the pseudonyms of somebody who was erased: the same for the same one, so that as many people and
 * computers are counted as before, and made by chance, so that no key leads to it.
 */
export class Replacements {
  readonly #covered: ReadonlySet<string>;
  readonly #known: Map<string, string>;

  constructor(covered: readonly string[], known: Readonly<Record<string, string>> = {}) {
    this.#covered = new Set(covered);
    this.#known = new Map(Object.entries(known));
  }

  /** Of those that were needed. */
  get known(): Record<string, string> {
    return Object.fromEntries(this.#known);
  }

  /** Undefined for somebody else's. */
  of(name: string): string | undefined {
    if (!this.#covered.has(name)) return undefined;
    const known = this.#known.get(name) ?? randomBytes(BYTES).toString("base64url");
    this.#known.set(name, known);
    return known;
  }

  /** Whose a seat is kept for: `user`, `device`, either with `*3` where it is several, or `user:device`. */
  ofWhose(who: string): string | undefined {
    const [, names = "", weight = ""] = /^(.*?)(\*\d+)?$/.exec(who) ?? [];
    const parts = names.split(":");
    if (!parts.some((part) => this.#covered.has(part))) return undefined;
    return parts.map((part) => this.of(part) ?? part).join(":") + weight;
  }
}
