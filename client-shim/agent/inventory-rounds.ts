import { join } from "node:path";
import { SeatmeterError } from "../../daemon/domain/errors.ts";
import type { Connection } from "../connection.ts";
import type { Unread } from "../inventory/installed.ts";
import type { inventoryParts, Told } from "../inventory/parts.ts";
import { tellInventory } from "../inventory/tell.ts";
import { KeptFile } from "../kept-file.ts";

const EVERY_MS = 12 * 3_600_000;
/** Computers are started at the same hour; what is installed can wait. */
const FIRST_WITHIN_MS = 600_000;

/** What is installed on this computer, told some time after the start and each twelve hours or so, where it has changed. */
export class InventoryRounds {
  readonly #file: KeptFile;
  readonly #read: typeof inventoryParts;
  readonly #log: (sentence: string) => void;
  #complained: string | undefined;
  /** Sources of which it was said that they cannot be read. */
  #unread: readonly string[] = [];

  constructor(folder: string, log: (sentence: string) => void, read: typeof inventoryParts = readHere) {
    this.#file = new KeptFile(join(folder, "inventory-told.json"));
    this.#log = log;
    this.#read = read;
  }

  /** @returns to be called when there are to be no more of them */
  start(connection: () => Connection | undefined): () => void {
    let timer: NodeJS.Timeout;
    const next = (withinMs: number) => {
      timer = setTimeout(async () => {
        const told = await this.round(connection());
        // Where no daemon was there to be told, the next one is not waited for until tomorrow.
        next(told ? EVERY_MS * (0.75 + Math.random() / 2) : Math.random() * FIRST_WITHIN_MS);
      }, withinMs).unref();
    };
    next(Math.random() * FIRST_WITHIN_MS);
    return () => clearTimeout(timer);
  }

  /** @returns whether the daemon knows what is installed, or does not want to */
  async round(connection: Connection | undefined): Promise<boolean> {
    if (!connection) return false;
    if (!connection.welcome.accepts.includes("inventory")) return true;
    try {
      const before = asTold(this.#file.read());
      const { told, parts, unread } = await this.#read(before);
      this.#say(unread, before);
      if (parts.length === 0) return true;
      await tellInventory(connection, parts);
      this.#file.tryWrite(told);
      this.#complained = undefined;
      return true;
    } catch (error) {
      const { message, retry } = error as SeatmeterError;
      if (message !== this.#complained) this.#log(`what is installed could not be told: ${message}`);
      this.#complained = message;
      return !(error instanceof SeatmeterError && retry);
    }
  }

  /** Once for each, until it could be read. */
  #say(unread: readonly Unread[], before: Told | undefined): void {
    for (const { source, why } of unread) {
      if (this.#unread.includes(source)) continue;
      const so = before?.lists[source] ? "is told as it was before" : "is left out";
      this.#log(`of what is installed, what ${source} lists cannot be read, and ${so}: ${why}.`);
    }
    this.#unread = unread.map(({ source }) => source);
  }
}

/** Whatever else stands there was told by nobody that we know. */
function asTold(kept: unknown): Told | undefined {
  const { hash, lists } = (kept ?? {}) as Partial<Told>;
  return typeof hash === "string" && typeof lists === "object" && lists !== null ? { hash, lists } : undefined;
}

/** What reads it is loaded when it is time. */
const readHere: typeof inventoryParts = async (...args) =>
  (await import("../inventory/parts.ts")).inventoryParts(...args);
