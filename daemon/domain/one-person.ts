import type { IsoDate } from "./calendar.ts";

/**
 * Whether of these days somebody may be counted twice: pseudonyms change with the calendar year, and a launch bears that of
 * its year and of the year before. Who was away for a whole calendar year between two others has none that leads across.
 */
export const mayCountTwice = (from: IsoDate, until: IsoDate): boolean =>
  Number(until.slice(0, 4)) - Number(from.slice(0, 4)) >= 2;

/** What is said beside a number of people where it is so; empty where it is exact. */
export const atMostInWords = (from: IsoDate, until: IsoDate): string =>
  mayCountTwice(from, until) ? " at most: who used it in no day of a calendar year between is counted twice" : "";

/** Pseudonyms that are of one and the same: each launch says that two are. */
export class OnePerson {
  readonly #next = new Map<string, string>();

  same(one: string, other: string): void {
    const [first, second] = [this.of(one), this.of(other)];
    if (first !== second) this.#next.set(first, second);
  }

  /** The pseudonym that stands for all of this person's, until more are known. */
  of(name: string): string {
    let last = name;
    for (let next = this.#next.get(last); next !== undefined; next = this.#next.get(last)) last = next;
    // What was a long way is a short one from now on.
    if (last !== name) this.#next.set(name, last);
    return last;
  }
}
