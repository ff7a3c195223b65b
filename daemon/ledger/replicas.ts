import type { Redis } from "ioredis";
import { patiently } from "./patience.ts";
import { SharedQuestion } from "./shared-question.ts";

/** So long a replica is waited for. Shorter than an answer is: whatever is asked meanwhile waits behind it. */
const CONFIRM_WITHIN_MS = 300;

/** Those of a server, to whom all goes that is written to it. */
export class Replicas {
  readonly #first = new SharedQuestion((server) => this.#wait(server, 1));

  /** How many have what was written before, as soon as it is one; 0: none in time. */
  first(server: Redis): Promise<number> {
    return this.#first.of(server);
  }

  async areAtLeast(needed: number, server: Redis): Promise<boolean> {
    return (await this.#wait(server, needed)) >= needed;
  }

  #wait(server: Redis, needed: number): Promise<number> {
    return patiently(server.wait(needed, CONFIRM_WITHIN_MS));
  }
}
