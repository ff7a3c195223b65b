import type { Redis } from "ioredis";
import type { Witnesses } from "./confirmation.ts";
import { Replicas } from "./replicas.ts";
import { Sentinels } from "./sentinels.ts";
import { SharedQuestion } from "./shared-question.ts";

/**
 * Behind sentinels these are asked each time, beside a replica: there or not, it is waited for, because a master that is cut
 * off cannot know that it is one.
 */
export class SentinelWitnesses implements Witnesses {
  readonly #master: Redis;
  readonly #sentinels: Sentinels;
  readonly #replicas = new Replicas();
  readonly #needed = new SharedQuestion((server) => this.#sentinels.replicasToHaveIt(server.stream));

  /** @param master a connection that sentinels have told the server of */
  constructor(master: Redis) {
    this.#master = master;
    this.#sentinels = new Sentinels(master.options);
  }

  placeOf() {
    return { server: this.#master };
  }

  async vouch({ server }: { server: Redis }): Promise<boolean> {
    const [replicas, needed] = await Promise.all([this.#replicas.first(server), this.#needed.of(server)]);
    if (needed === undefined || replicas === 0) return false;
    return replicas >= needed || (await this.#replicas.areAtLeast(needed, server));
  }

  close(): void {
    this.#sentinels.close();
  }
}
