import type { Cluster } from "ioredis";

/**
 * How often questions about a slot were sent on, from the server that was asked to another one (MOVED, and ASK while the
 * slot moves): a cluster's client does so without a word to whoever asked.
 */
export class Redirections {
  readonly #bySlot = new Map<number, number>();

  constructor(client: Cluster) {
    const { handleError } = client;
    client.handleError = (error, ...rest) => {
      const [word, slot] = error.message.split(" ");
      if (word === "MOVED" || word === "ASK") this.#bySlot.set(Number(slot), this.of(Number(slot)) + 1);
      handleError.call(client, error, ...rest);
    };
  }

  of(slot: number): number {
    return this.#bySlot.get(slot) ?? 0;
  }
}
