import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { SeatmeterError } from "../domain/errors.ts";
import { whileLocked, writeWhole } from "./own-file.ts";

const KEY_BYTES = 32;
/** A key that was made so lately may be of a log that is just being read in, whose launches are not written down yet. */
const FRESH_MS = 86_400_000;

const KeyFile = z.record(
  z.string().regex(/^\d{4}$/, "is no year"),
  z.base64url().refine((key) => Buffer.from(key, "base64url").length === KEY_BYTES, `is no key of ${KEY_BYTES} bytes`),
);

/**
 * The keys under which pseudonyms are made, one a calendar year, in a file apart from the history: `{ "2026": "…" }`.
 * A year's key is made when it is first needed, and never changes. With the last launch under it a key goes.
 */
export class PseudonymKeys {
  readonly #file: string;
  #keys = new Map<number, KeyObject>();

  /** Errors: settings_invalid where the file cannot be read, or its folder not be made. */
  static open(file: string): PseudonymKeys {
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    } catch (cause) {
      const why = (cause as Error).message;
      throw new SeatmeterError("settings_invalid", `no folder can be made for ${file}: ${why}`, { cause });
    }
    return new PseudonymKeys(file);
  }

  private constructor(file: string) {
    this.#file = file;
    this.#keys = this.#read();
  }

  of(year: number): KeyObject {
    return this.#keys.get(year) ?? this.#make(year);
  }

  /** All years that there is a key of; another daemon may have made one. */
  get years(): number[] {
    this.#keys = this.#read();
    return [...this.#keys.keys()].sort();
  }

  /**
   * Without a key nobody is found under it any more.
   *
   * @param year the first that there may be launches of
   * @returns the years whose keys went
   */
  forgetBefore(year: number, nowMs: number): number[] {
    if (!existsSync(this.#file) || statSync(this.#file).mtimeMs > nowMs - FRESH_MS) return [];
    // Its launches have pseudonyms under the key of the year before, too.
    const isOver = (known: number) => known < year - 1;
    if (!this.years.some(isOver)) return [];
    return whileLocked(this.#lock, () => {
      const known = this.#read();
      const gone = [...known.keys()].filter(isOver);
      for (const old of gone) known.delete(old);
      if (gone.length > 0) this.#write(known);
      this.#keys = known;
      return gone;
    });
  }

  /** Only one daemon at a time makes a key, and it looks first whether another one has. */
  #make(year: number): KeyObject {
    return whileLocked(this.#lock, () => {
      this.#keys = this.#read();
      const found = this.#keys.get(year);
      if (found) return found;
      const made = createSecretKey(randomBytes(KEY_BYTES));
      this.#write(new Map(this.#keys).set(year, made));
      this.#keys.set(year, made);
      return made;
    });
  }

  get #lock() {
    return this.#file.replace(/(\.json)?$/, ".lock");
  }

  #read(): Map<number, KeyObject> {
    if (!existsSync(this.#file)) return new Map();
    try {
      const keys = KeyFile.parse(JSON.parse(readFileSync(this.#file, "utf8")));
      return new Map(Object.entries(keys).map(([year, key]) => [Number(year), createSecretKey(key, "base64url")]));
    } catch (cause) {
      // Keys made anew would count everybody twice, so that is for a person to decide.
      const problem = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
      throw new SeatmeterError(
        "settings_invalid",
        `${this.#file} cannot be read: ${problem}. Restore it from a backup: with new keys everybody would be counted twice.`,
        { cause },
      );
    }
  }

  #write(keys: ReadonlyMap<number, KeyObject>) {
    const text = Object.fromEntries([...keys].map(([year, key]) => [year, key.export().toString("base64url")]));
    writeWhole(this.#file, text);
  }
}
