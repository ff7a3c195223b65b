import { createHmac, type KeyObject } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { SeatmeterError } from "../domain/errors.ts";
import { folded } from "../domain/names.ts";
import type { Register } from "../domain/register.ts";
import { ErasureList } from "./erasure-list.ts";
import { PseudonymKeys } from "./pseudonym-keys.ts";
import { sealName, unsealName } from "./sealed-names.ts";

export type Kind = "user" | "device";

export interface Pseudonym {
  /** Under the key of the calendar year (UTC) that was asked about. */
  thisYear: string;
  /** Under the key of the year before, so that any twelve months can be counted. */
  lastYear: string;
}

interface OpenOptions {
  atMs?: number;
  keysFile?: string | undefined;
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

  /** Who was erased; it lies beside the keys. */
  readonly erasures: ErasureList;

  /**
   * @param keysFile elsewhere than with the daemon's data
   * Errors: SeatmeterError settings_invalid where the key file, or the list of erasures, cannot be read or made.
   */
  static open(dataDirectory: string, { atMs = Date.now(), keysFile }: OpenOptions = {}): Pseudonyms {
    const usual = join(dataDirectory, "pseudonym-keys.json");
    const file = keysFile ?? usual;
    if (!existsSync(file) && file !== usual && existsSync(usual)) throw keysLeft(usual, file);
    const pseudonyms = new Pseudonyms(PseudonymKeys.open(file), new ErasureList(join(dirname(file), "erasures.json")));
    pseudonyms.#keysOf(new Date(atMs).getUTCFullYear());
    pseudonyms.erasures.read();
    return pseudonyms;
  }

  private constructor(keys: PseudonymKeys, erasures: ErasureList) {
    this.#keys = keys;
    this.erasures = erasures;
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

  /** A computer's name, to stand beside its pseudonym: readable again by those who have the key of that year. */
  sealed(name: string, beside: string, atMs: number): string {
    const year = new Date(atMs).getUTCFullYear();
    return `${year}.${sealName(name, beside, this.#keys.of(year))}`;
  }

  /** @returns nothing where the key is gone, or the text was sealed under another */
  unsealed(text: string, beside: string): string | undefined {
    const [, year, sealed = ""] = /^(\d{4})\.(.+)$/.exec(text) ?? [];
    const known = year !== undefined && this.#keys.years.includes(Number(year));
    return known ? unsealName(sealed, beside, this.#keys.of(Number(year))) : undefined;
  }

  /** Years of which there is a key. */
  get years(): number[] {
    return this.#keys.years;
  }

  /** Keys go with the last launch under them; this year's and the last one's are needed. */
  forgetBefore(year: number, nowMs = Date.now()): number[] {
    return this.#keys.forgetBefore(Math.min(year, new Date(nowMs).getUTCFullYear()), nowMs);
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

const keysLeft = (from: string, to: string) =>
  new SeatmeterError(
    "settings_invalid",
    `privacy.keysFile: there is no ${to}, and keys lie in ${from}: move that file there, and erasures.json beside it where ` +
      "there is one, for with new keys everybody would be counted twice",
  );

const digest = (key: KeyObject, subject: string) =>
  createHmac("sha256", key).update(subject).digest("base64url").slice(0, CHARACTERS);

/** Where the register says that they lie, from its own folder on; undefined: with the daemon's data. */
export const keysFileOf = ({ privacy }: Pick<Register, "privacy">, registerFile: string): string | undefined =>
  privacy.keysFile === undefined ? undefined : resolve(dirname(registerFile), privacy.keysFile);
