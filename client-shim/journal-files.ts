import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { JOURNAL_KEPT_MS } from "../daemon/domain/journal.ts";
import type { JournalSeal } from "./journal-seal.ts";
import { KeptFile } from "./kept-file.ts";

/** The use of a program that no daemon has heard of, by this computer's clock. */
export interface Unheard {
  /** The launch's lease id. */
  id: string;
  product: string;
  user: string;
  version?: string;
  seats?: number;
  startedAtMs: number;
  /** When it ran still; of one that has ended, when that was. */
  untilMs: number;
  /** The code of the error for which nobody could decide. */
  reason: string;
  /** Who writes this while the program runs; none: it has ended. */
  pid?: number;
  why?: "program_exited" | "program_crashed";
}

const MOST_ENTRIES = 1000;
const MOST_BYTES = 1024 * 1024;
/** Longer than any entry: names have 128 characters at most. */
const MOST_BYTES_OF_ENTRY = 4096;
const MOST_OF_NAME = 128;
/** A number of a process that ended may be another's by now; nobody who runs is silent for so long. */
const SILENT_MS = 86_400_000;
const ENTRY = /^[0-9a-f-]{36}\.json$/;
/** As KeptFile calls what it has not finished. */
const DRAFT = /\.json\.(\d+)$/;

/**
 * What ran here while no daemon could be asked, one file a launch, so that launches at once cannot lose each other's. Names
 * of files begin with the moment, as lease ids do. It is bounded: beyond so many entries, or bytes, the oldest go.
 */
export class Journal {
  readonly #folder: string;
  #seal: JournalSeal | undefined;

  constructor(stateFolder: string) {
    this.#folder = join(stateFolder, "journal");
  }

  /** From here on entries are signed, and only what was is believed. */
  sealWith(seal: JournalSeal): void {
    this.#seal = seal;
  }

  /**
   * Write one down, in place of what was written of it before.
   *
   * @returns how many others had to go for it
   * Errors: those of the file system.
   */
  keep(entry: Unheard): number {
    const file = this.#file(entry.id);
    const isNew = file.read() === undefined;
    const seal = this.#seal?.of(textOf(entry));
    file.write({ ...entry, ...(seal !== undefined && { seal }) });
    return isNew ? this.#bound() : 0;
  }

  /** What is written of one launch. */
  kept(id: string): Unheard | undefined {
    return asEntry(id, this.#file(id).read());
  }

  /** They have been heard of. A file that cannot be removed is told of again, which does no harm. */
  forget(ids: readonly string[]): void {
    for (const id of ids) {
      try {
        this.#file(id).remove();
      } catch {
        // Told again next time.
      }
    }
  }

  /**
   * What has ended, the oldest first.
   *
   * @returns also how many were dropped, since they could not be read, were changed by somebody, or nobody wants to hear of
   *   them any more
   */
  ended(nowMs: number): { entries: Unheard[]; dropped: number } {
    const entries: Unheard[] = [];
    const dropped: string[] = [];
    const files = this.#files();
    const isSealed = files.length > 0 && this.#seal ? this.#seal.judge() : () => true;
    for (const { id, bytes } of files) {
      const file = this.#file(id);
      const kept = bytes > MOST_BYTES_OF_ENTRY ? undefined : file.read();
      const read = asEntry(id, kept);
      const entry = read && isSealed(textOf(read), (kept as { seal?: unknown }).seal, read.untilMs) ? read : undefined;
      // Another one may have told it meanwhile.
      if (!entry && !existsSync(file.path)) continue;
      if (!entry || entry.untilMs <= nowMs - JOURNAL_KEPT_MS) dropped.push(id);
      else if (entry.pid === undefined || isOver(entry.pid) || entry.untilMs <= nowMs - SILENT_MS) entries.push(entry);
    }
    this.forget(dropped);
    return { entries, dropped: dropped.length };
  }

  #bound(): number {
    this.#removeDrafts();
    const files = this.#files();
    let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    let left = files.length;
    const dropped: string[] = [];
    for (const file of files) {
      if (left <= MOST_ENTRIES && bytes <= MOST_BYTES) break;
      dropped.push(file.id);
      left -= 1;
      bytes -= file.bytes;
    }
    this.forget(dropped);
    return dropped.length;
  }

  /** What somebody was writing when he was killed. */
  #removeDrafts(): void {
    for (const name of this.#names()) {
      const writer = DRAFT.exec(name)?.[1];
      if (writer !== undefined && isOver(Number(writer))) rmSync(join(this.#folder, name), { force: true });
    }
  }

  /** The oldest first. */
  #files(): { id: string; bytes: number }[] {
    const files = this.#names().filter((name) => ENTRY.test(name));
    return files.sort().flatMap((name) => {
      try {
        return { id: name.slice(0, -".json".length), bytes: statSync(join(this.#folder, name)).size };
      } catch {
        return []; // told by another one meanwhile
      }
    });
  }

  #names(): string[] {
    try {
      return readdirSync(this.#folder);
    } catch {
      return [];
    }
  }

  #file(id: string): KeptFile {
    return new KeptFile(join(this.#folder, `${id}.json`));
  }
}

/** @returns nothing where it is none of ours: the file is damaged, or somebody wrote into it */
function asEntry(id: string, kept: unknown): Unheard | undefined {
  const { product, user, version, seats, startedAtMs, untilMs, reason, pid, why } = (kept ?? {}) as Partial<Unheard>;
  const isName = (text: unknown) => typeof text === "string" && text.length > 0 && text.length <= MOST_OF_NAME;
  const isMoment = (ms: unknown) => Number.isSafeInteger(ms) && (ms as number) >= 0;
  const isThere = isName(product) && isName(user) && isName(reason) && isMoment(startedAtMs) && isMoment(untilMs);
  if (!isThere || !(version === undefined || isName(version)) || !(seats === undefined || isMoment(seats)))
    return undefined;
  return {
    ...{ id, product: product!, user: user!, startedAtMs: startedAtMs!, untilMs: untilMs!, reason: reason! },
    ...(version !== undefined && { version }),
    ...(seats !== undefined && { seats }),
    ...(typeof pid === "number" && { pid }),
    ...((why === "program_exited" || why === "program_crashed") && { why }),
  };
}

/** What is signed of one: all of it. */
const textOf = ({ id, product, user, version, seats, startedAtMs, untilMs, reason, pid, why }: Unheard) =>
  JSON.stringify([
    ...[id, product, user, version ?? null, seats ?? null, startedAtMs, untilMs, reason, pid ?? null, why ?? null],
  ]);

/** No process has this number any more. */
function isOver(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // One of somebody else's may not be asked, and is there.
    return (error as NodeJS.ErrnoException).code !== "EPERM";
  }
}
