import { join } from "node:path";
import { KeptFile } from "./kept-file.ts";

/** The public keys by which tickets are checked without the network, as the last daemon told them: a withdrawn key goes. */
export class TicketKeys {
  readonly #file: KeptFile;

  constructor(stateFolder: string) {
    this.#file = new KeptFile(join(stateFolder, "ticket-keys.json"));
  }

  known(): string[] {
    const kept = this.#file.read();
    return Array.isArray(kept) ? kept.filter((key) => typeof key === "string") : [];
  }

  /** @param keys of a daemon's welcome; one of a version that knew none tells nothing */
  learn(keys: unknown): void {
    if (!Array.isArray(keys) || JSON.stringify(keys) === JSON.stringify(this.known())) return;
    this.#file.tryWrite(keys);
  }
}
