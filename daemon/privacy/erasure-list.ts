import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { SeatmeterError } from "../domain/errors.ts";
import { whileLocked, writeWhole } from "./own-file.ts";

/** Who was erased: under every key that there was, and no name. */
const Erasure = z.strictObject({
  id: z.uuid(),
  atMs: z.int(),
  people: z.array(z.string()),
  /** Computers that nobody else used. */
  devices: z.array(z.string()),
});
export type Erasure = z.infer<typeof Erasure>;

/**
 * The list of erasures beside the keys, apart from the database: a backup of the database from the day before knows nothing
 * of them, and who was erased must not come back with it.
 */
export class ErasureList {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Errors: settings_invalid where it cannot be read. */
  read(): Erasure[] {
    if (!existsSync(this.#file)) return [];
    try {
      return z.array(Erasure).parse(JSON.parse(readFileSync(this.#file, "utf8")));
    } catch (cause) {
      const problem = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
      throw new SeatmeterError(
        "settings_invalid",
        `${this.#file} cannot be read: ${problem}. Restore it from a backup, or move it away: the history's own list is then ` +
          "written there, and a history restored from before an erasure would bring back who was erased.",
        { cause },
      );
    }
  }

  add(erasure: Erasure): void {
    this.#change((known) => [...known.filter(({ id }) => id !== erasure.id), erasure]);
  }

  /** What the history knows by now; what is there beside it was added meanwhile and stays, if it is not old. */
  keep(all: readonly Erasure[], fromMs: number): void {
    const isSame = (known: readonly Erasure[]) =>
      all.every(({ id }) => known.some((one) => one.id === id)) && known.every(({ atMs }) => atMs >= fromMs);
    if (isSame(this.read())) return;
    this.#change((known) =>
      [...new Map([...all, ...known].map((one) => [one.id, one])).values()].filter(({ atMs }) => atMs >= fromMs),
    );
  }

  #change(next: (known: readonly Erasure[]) => Erasure[]) {
    whileLocked(`${this.#file}.lock`, () => writeWhole(this.#file, next(this.read())));
  }
}
