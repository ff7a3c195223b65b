import { Journal, type Unheard } from "../journal-files.ts";

/**
 * The journal of all programs of a computer. Where the disk is full it is kept in memory until there is room: then only
 * the end of the agent costs the record.
 */
export class DeviceJournal extends Journal {
  readonly #inMemory = new Map<string, Unheard>();
  /** As it was found when something was written last. */
  #isFull = false;
  readonly #tell: (sentence: string) => void;

  constructor(folder: string, tell: (sentence: string) => void) {
    super(folder);
    this.#tell = tell;
  }

  /** How many launches wait to be told. */
  get waiting(): number {
    return this.ended(Date.now()).entries.length;
  }

  /** From when on nobody has heard of a launch, where that is written down. */
  since(leaseId: string): number | undefined {
    return this.#inMemory.get(leaseId)?.startedAtMs ?? this.kept(leaseId)?.startedAtMs;
  }

  /** The agent that wrote of them is no more, and they may run on: they are not over before somebody has looked. */
  takeOver(leaseIds: readonly string[]): void {
    for (const id of leaseIds) {
      const entry = this.kept(id);
      if (entry?.pid !== undefined) this.keep({ ...entry, pid: process.pid });
    }
  }

  /** It has ended while nobody looked: when it was written of last it ran still. */
  isOver(leaseId: string): void {
    const { pid: _, ...entry } = this.kept(leaseId) ?? {};
    if (_ !== undefined) this.keep(entry as Unheard);
  }

  override keep(entry: Unheard): number {
    try {
      const dropped = super.keep(entry);
      this.#inMemory.delete(entry.id);
      this.#write();
      return dropped;
    } catch (error) {
      this.#inMemory.set(entry.id, entry);
      if (!this.#isFull)
        this.#tell(`what runs without a daemon cannot be written down (${(error as Error).message}): make room there.`);
      this.#isFull = true;
      return this.#bound();
    }
  }

  /**
   * Room may have been made since: to be called now and then, for nothing else may ever be written here.
   *
   * @returns of how many launches the record stands in memory alone
   */
  lookForRoom(): number {
    if (this.#inMemory.size > 0) this.#write();
    return this.#inMemory.size;
  }

  override forget(ids: readonly string[]): void {
    for (const id of ids) this.#inMemory.delete(id);
    super.forget(ids);
  }

  override ended(nowMs: number) {
    const { entries, dropped } = super.ended(nowMs);
    // What is newer than the file of it stands in memory.
    const inMemory = [...this.#inMemory.values()];
    const onDisk = entries.filter(({ id }) => !this.#inMemory.has(id));
    return { entries: [...onDisk, ...inMemory.filter(({ pid }) => pid === undefined)], dropped };
  }

  #write(): void {
    for (const entry of this.#inMemory.values()) {
      try {
        super.keep(entry);
        this.#inMemory.delete(entry.id);
      } catch {
        return;
      }
    }
    if (this.#isFull) this.#tell("what runs without a daemon can be written down again.");
    this.#isFull = false;
  }

  #bound(): number {
    const [oldest] = this.#inMemory.keys();
    if (this.#inMemory.size <= MOST_IN_MEMORY || oldest === undefined) return 0;
    this.#inMemory.delete(oldest);
    return 1;
  }
}

/** As many as the folder holds. */
const MOST_IN_MEMORY = 1000;
