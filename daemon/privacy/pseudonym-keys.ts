import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { SeatmeterError } from "../domain/errors.ts";

const KEY_BYTES = 32;
const LOCK_WAIT_MS = 5000;

const KeyFile = z.record(
  z.string().regex(/^\d{4}$/, "is no year"),
  z.base64url().refine((key) => Buffer.from(key, "base64url").length === KEY_BYTES, `is no key of ${KEY_BYTES} bytes`),
);

/**
 * The keys under which pseudonyms are made, one a calendar year, in a file of the data directory: `{ "2026": "…" }`.
 * A year's key is made when it is first needed, and never changes. When a year's last session is gone its key may go.
 */
export class PseudonymKeys {
  readonly #directory: string;
  #keys = new Map<number, KeyObject>();

  static open(directory: string): PseudonymKeys {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return new PseudonymKeys(directory);
  }

  private constructor(directory: string) {
    this.#directory = directory;
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

  /** Only one daemon at a time makes a key, and it looks first whether another one has. */
  #make(year: number): KeyObject {
    return whileLocked(join(this.#directory, "pseudonym-keys.lock"), () => {
      this.#keys = this.#read();
      const found = this.#keys.get(year);
      if (found) return found;
      const made = createSecretKey(randomBytes(KEY_BYTES));
      this.#write(new Map(this.#keys).set(year, made));
      this.#keys.set(year, made);
      return made;
    });
  }

  get #file() {
    return join(this.#directory, "pseudonym-keys.json");
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

  /** A crash leaves the old file or the new one, never half of one. */
  #write(keys: ReadonlyMap<number, KeyObject>) {
    const next = `${this.#file}.next`;
    const text = Object.fromEntries([...keys].map(([year, key]) => [year, key.export().toString("base64url")]));
    const file = openSync(next, "w", 0o600);
    try {
      writeFileSync(file, `${JSON.stringify(text, undefined, 2)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(next, this.#file);
  }
}

/** SQLite's lock on an empty file, because that is one which the kernel takes back when its holder dies. */
function whileLocked<Result>(file: string, work: () => Result): Result {
  const lock = new DatabaseSync(file, { timeout: LOCK_WAIT_MS });
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return work();
  } finally {
    lock.close();
  }
}
