import { join } from "node:path";
import { SeatmeterError } from "../../daemon/domain/errors.ts";
import type { Connection } from "../connection.ts";
import type { inventoryParts } from "../inventory/parts.ts";
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
      const before = this.#file.read();
      const inventory = await this.#read(typeof before === "string" ? before : undefined);
      if (!inventory) return true;
      await tellInventory(connection, inventory.parts);
      this.#file.tryWrite(inventory.hash);
      this.#complained = undefined;
      return true;
    } catch (error) {
      const { message, retry } = error as SeatmeterError;
      if (message !== this.#complained) this.#log(`what is installed could not be told: ${message}`);
      this.#complained = message;
      return !(error instanceof SeatmeterError && retry);
    }
  }
}

/** What reads it is loaded when it is time. */
const readHere: typeof inventoryParts = async (...args) =>
  (await import("../inventory/parts.ts")).inventoryParts(...args);
