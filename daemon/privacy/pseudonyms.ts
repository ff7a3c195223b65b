import { createHmac, type KeyObject } from "node:crypto";
import { folded } from "../domain/names.ts";
import { PseudonymKeys } from "./pseudonym-keys.ts";

export type Kind = "user" | "device";

export interface Pseudonym {
  /** Under the key of the calendar year (UTC) that was asked about. */
  thisYear: string;
  /** Under the key of the year before, so that any twelve months can be counted. */
  lastYear: string;
}

const CHARACTERS = 16; // 96 bits, so that no two of a million people are alike
const REMEMBERED = 10_000;

/**
 * What stands in place of a person's or a computer's name wherever something outlives a lease. The same name, however
 * written, has the same pseudonym all year; without the key it leads back to nobody.
 */
export class Pseudonyms {
  readonly #keys: PseudonymKeys;
  /** By folded name: most launches are of somebody who launched before. */
  readonly #known: Record<Kind, Map<string, Pseudonym & { year: number }>> = { user: new Map(), device: new Map() };
  /** The year that was asked about last: a calendar is asked once a year, not twice a launch. */
  #year = { year: 0, fromMs: 0, endMs: 0 };

  /** Errors: SeatmeterError settings_invalid where the key file cannot be read or made. */
  static open(dataDirectory: string, atMs = Date.now()): Pseudonyms {
    const pseudonyms = new Pseudonyms(PseudonymKeys.open(dataDirectory));
    pseudonyms.#keysOf(new Date(atMs).getUTCFullYear());
    return pseudonyms;
  }

  private constructor(keys: PseudonymKeys) {
    this.#keys = keys;
  }

  of(kind: Kind, name: string, atMs: number): Pseudonym {
    const year = this.#yearOf(atMs);
    const known = this.#known[kind];
    const subject = folded(name);
    let found = known.get(subject);
    if (found?.year !== year) {
      if (known.size >= REMEMBERED) known.clear();
      // What is hashed begins with the kind, so a computer that is named after its user does not give away the user.
      found = this.#compute(`${kind}\0${subject}`, year);
      known.set(subject, found);
    }
    return found;
  }

  /** What somebody was called in any year of which there is a key: for whoever asks about the past by name. */
  ofAllYears(kind: Kind, name: string): string[] {
    const subject = `${kind}\0${folded(name)}`;
    return this.#keys.years.map((year) => digest(this.#keys.of(year), subject));
  }

  /** The same for all who hold the same key for this year, and telling nothing of it. */
  fingerprint(atMs = Date.now()): string {
    return digest(this.#keysOf(new Date(atMs).getUTCFullYear()).thisYear, "fingerprint");
  }

  #yearOf(atMs: number) {
    if (atMs < this.#year.fromMs || atMs >= this.#year.endMs) {
      const year = new Date(atMs).getUTCFullYear();
      this.#year = { year, fromMs: Date.UTC(year), endMs: Date.UTC(year + 1) };
    }
    return this.#year.year;
  }

  #compute(subject: string, year: number) {
    const keys = this.#keysOf(year);
    return { year, thisYear: digest(keys.thisYear, subject), lastYear: digest(keys.lastYear, subject) };
  }

  #keysOf(year: number) {
    return { thisYear: this.#keys.of(year), lastYear: this.#keys.of(year - 1) };
  }
}

const digest = (key: KeyObject, subject: string) =>
  createHmac("sha256", key).update(subject).digest("base64url").slice(0, CHARACTERS);
