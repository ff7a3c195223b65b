import { join } from "node:path";
import { KeptFile } from "./kept-file.ts";

/** A clock that is corrected a little is no clock that was set back. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000;
/** What was seen is written down again when it is older than this. */
const FRESH_MS = 60_000;

/**
 * The latest moment that this computer has seen: nobody makes a ticket last by setting the clock back. A daemon's word
 * stands above it, so that a clock that was ahead by years once does no harm for ever.
 */
export class SeenMoments {
  readonly #file: KeptFile;

  constructor(stateFolder: string) {
    this.#file = new KeptFile(join(stateFolder, "latest-moment.json"));
  }

  /** 0 where none was seen. */
  latestMs(): number {
    const kept = this.#file.read();
    return typeof kept === "number" ? kept : 0;
  }

  /** By this computer's own clock, or on a ticket. */
  see(atMs: number): void {
    if (atMs > this.latestMs() + FRESH_MS) this.#file.tryWrite(atMs);
  }

  /** By a daemon that has welcomed us. */
  told(nowMs: number): void {
    if (Math.abs(nowMs - this.latestMs()) > FRESH_MS) this.#file.tryWrite(nowMs);
  }
}
