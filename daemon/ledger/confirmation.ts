import { Cluster, Command, type Redis } from "ioredis";
import { SeatmeterError } from "../domain/errors.ts";
import type { RedisClient } from "./connection.ts";
import { patiently } from "./patience.ts";

/** So long a replica is waited for. Shorter than an answer is: whatever is asked meanwhile waits behind it. */
const CONFIRM_WITHIN_MS = 300;

/** Told when no replica confirms any more, and when one does again; once a change. */
export type OnConfirmed = (confirmed: boolean) => void;

/**
 * Answers that outlive the loss of one machine: where Redis is replicated, nothing is answered that only one server has
 * written down. Without this a partition lost 46 of 100 grants that were acknowledged (guarantees: D2).
 *
 * Behind sentinels every answer waits for a replica, whether one is there or not: a master that is cut off cannot know
 * that another one has taken its place. In a cluster those shards wait whose replicas are there in the eyes of most
 * masters; a master that is cut off from most of them stops writing by itself.
 */
export class Confirmation {
  readonly #client: RedisClient;
  readonly #onConfirmed: OnConfirmed;
  /** Of each server, the question under way, and the one that comes after it. */
  readonly #underWay = new WeakMap<Redis, Promise<boolean>>();
  readonly #gathered = new WeakMap<Redis, Promise<boolean>>();
  #confirms = true;

  constructor(client: RedisClient, onConfirmed: OnConfirmed = () => {}) {
    this.#client = client;
    this.#onConfirmed = onConfirmed;
  }

  /**
   * Ask something that writes, and answer when a replica has what was written.
   *
   * @param key of what is written
   * @param ask on the connection that this was made for
   * @throws SeatmeterError ledger_unsure: it was done, and may be undone by a failover
   */
  async of<Answer>(key: string, ask: () => Promise<Answer>): Promise<Answer> {
    const server = this.#serverOf(key);
    if (!server) return await ask();
    const { stream } = server;
    const answer = await ask();
    const confirmed = this.#serverOf(key) === server && (await this.#reached(server));
    this.#tell(confirmed);
    // WAIT speaks of what its own connection wrote: of one made anew in between it would say yes to everything.
    if (!confirmed || server.stream !== stream) {
      throw new SeatmeterError(
        "ledger_unsure",
        "no replica of the ledger has confirmed it in time; ask again, with the same lease id",
      );
    }
    return answer;
  }

  /** Whose answers have to be confirmed; none: there is nobody who could take over. */
  #serverOf(key: string): Redis | undefined {
    const client: Redis | Cluster = this.#client;
    if (!(client instanceof Cluster)) return client.options.sentinels ? client : undefined;
    const [master, ...replicas] = client.slots[new Command("exists", [key]).getSlot() ?? -1] ?? [];
    if (replicas.length === 0) return undefined;
    return client.nodes("master").find(({ options }) => `${options.host}:${options.port}` === master);
  }

  /** What is asked while one WAIT is under way shares the next: it holds for all that its connection wrote before. */
  #reached(server: Redis): Promise<boolean> {
    let gathered = this.#gathered.get(server);
    if (!gathered) {
      gathered = (this.#underWay.get(server) ?? Promise.resolve()).then(() => {
        this.#gathered.delete(server);
        const asked = patiently(server.wait(1, CONFIRM_WITHIN_MS)).then(
          (replicas) => replicas > 0,
          () => false,
        );
        this.#underWay.set(server, asked);
        return asked;
      });
      this.#gathered.set(server, gathered);
    }
    return gathered;
  }

  #tell(confirmed: boolean) {
    if (confirmed !== this.#confirms) this.#onConfirmed(confirmed);
    this.#confirms = confirmed;
  }
}
