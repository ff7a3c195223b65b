import { existsSync } from "node:fs";
import { join } from "node:path";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import { fileNameFor, KeptFile } from "./kept-file.ts";

/** A seat that this computer has taken along, or has begun to ask for. */
export interface BorrowedSeat {
  leaseId: string;
  /** None while the answer has not come. */
  ticket?: string;
  untilMs?: number;
}

/** The tickets of this person's borrowed seats, one file a product. */
export class Tickets {
  readonly #folder: string;

  constructor(stateFolder: string) {
    this.#folder = join(stateFolder, "tickets");
  }

  /** Whether any was ever kept. */
  get areThere(): boolean {
    return existsSync(this.#folder);
  }

  /** Whether there is anything to read: all that it costs a launch where nothing is borrowed. */
  has(product: string): boolean {
    return existsSync(this.#file(product).path);
  }

  /** @returns nothing where nothing is borrowed; "unreadable" where the file is damaged */
  kept(product: string): BorrowedSeat | "unreadable" | undefined {
    if (!this.has(product)) return undefined;
    const seat = (this.#file(product).read() ?? {}) as Record<string, unknown>;
    if (typeof seat.leaseId !== "string") return "unreadable";
    const { leaseId, ticket, untilMs } = seat;
    return {
      leaseId,
      ...(typeof ticket === "string" && { ticket }),
      ...(typeof untilMs === "number" && { untilMs }),
    };
  }

  /** Errors: SeatmeterError settings_invalid where the folder cannot be written: without it nothing can be taken along. */
  keep(product: string, seat: BorrowedSeat): void {
    try {
      this.#file(product).write(seat);
    } catch (cause) {
      const why = (cause as Error).message;
      throw new SeatmeterError("settings_invalid", `A borrowed seat cannot be kept in ${this.#folder}: ${why}.`, {
        cause,
      });
    }
  }

  forget(product: string): void {
    this.#file(product).remove();
  }

  #file(product: string): KeptFile {
    return new KeptFile(join(this.#folder, fileNameFor(product.toLowerCase())));
  }
}
