import type { RedisConnections } from "./connection.ts";
import type { Keys } from "./keys.ts";
import { asked } from "./troubles.ts";

/** Texts that all daemons find, each until its time is up: what browsers are signed in with. Errors of all: ledger_unavailable. */
export class SessionStore {
  readonly #connections: RedisConnections;
  readonly #keys: Keys;

  constructor(connections: RedisConnections, keys: Keys) {
    this.#connections = connections;
    this.#keys = keys;
  }

  async keep(key: string, text: string, forMs: number): Promise<void> {
    await asked(this.#connections.decisions.set(this.#keys.session(key), text, "PX", forMs));
  }

  /** Only where it is there. */
  async replace(key: string, text: string, forMs: number): Promise<void> {
    await asked(this.#connections.decisions.set(this.#keys.session(key), text, "PX", forMs, "XX"));
  }

  async find(key: string): Promise<string | undefined> {
    return (await asked(this.#connections.reads.get(this.#keys.session(key)))) ?? undefined;
  }

  async remove(key: string): Promise<void> {
    await asked(this.#connections.decisions.del(this.#keys.session(key)));
  }
}
