import { Cluster, Command, type Redis } from "ioredis";
import { SeatmeterError } from "../domain/errors.ts";
import { type Owner, ownerOf, readNodes } from "./cluster-view.ts";
import type { RedisClient } from "./connection.ts";
import { patiently } from "./patience.ts";
import { Redirections } from "./redirections.ts";
import { Sentinels } from "./sentinels.ts";

/** So long a replica is waited for. Shorter than an answer is: whatever is asked meanwhile waits behind it. */
const CONFIRM_WITHIN_MS = 300;

/** Told when no replica confirms any more, and when one does again; once a change. */
export type OnConfirmed = (confirmed: boolean) => void;

/**
 * Answers that outlive the loss of one machine: where Redis is replicated, nothing is answered that only one server has
 * written down. Without this a partition lost 46 of 100 grants that were acknowledged (guarantees: D2).
 *
 * A replica alone does not vouch for it. While another server is made master the old one may be alive, with a replica that
 * has not heard of it yet. So those are asked who decide that, after it was written: behind sentinels each time, and every
 * answer waits for a replica, whether one is there or not, because a master that is cut off cannot know it. In a cluster
 * the other masters are, too: a master that was frozen while its replica took over writes for some milliseconds more, and
 * another replica that was frozen with it confirms that. A shard waits whose replica is there in their eyes.
 */
export class Confirmation {
  readonly #client: RedisClient;
  readonly #onConfirmed: OnConfirmed;
  readonly #replicas = new Shared((server) => patiently(server.wait(1, CONFIRM_WITHIN_MS)));
  readonly #views = new Shared(async (server) =>
    readNodes(await patiently(server.cluster("NODES") as Promise<string>)),
  );
  readonly #redirections: Redirections | undefined;
  readonly #sentinels: Sentinels | undefined;
  readonly #needed = new Shared(async (server) => await this.#sentinels?.replicasToHaveIt(server.stream));
  #confirms = true;

  constructor(client: RedisClient, onConfirmed: OnConfirmed = () => {}) {
    this.#client = client;
    this.#onConfirmed = onConfirmed;
    if (client instanceof Cluster) this.#redirections = new Redirections(client);
    else if (client.options.sentinels) this.#sentinels = new Sentinels(client.options);
  }

  close(): void {
    this.#sentinels?.close();
  }

  /**
   * Ask something that writes, and answer when a replica has what was written.
   *
   * @param key of what is written
   * @param ask on the connection that this was made for
   * @throws SeatmeterError ledger_unsure: it was done, and may be undone by a failover
   */
  async of<Answer>(key: string, ask: () => Promise<Answer>): Promise<Answer> {
    const client: Redis | Cluster = this.#client;
    // Nobody could take over.
    if (!(client instanceof Cluster) && !this.#sentinels) return await ask();
    const place = this.#placeOf(key);
    const stream = place?.server.stream;
    const answer = await ask();
    const now = this.#placeOf(key);
    const isThere = now && now.server === place?.server && now.redirections === place.redirections;
    const confirmed = isThere === true && (await this.#isKept(now).catch(() => false));
    this.#tell(confirmed);
    // WAIT speaks of what its own connection wrote: of one made anew in between it would say yes to everything.
    if (!confirmed || place?.server.stream !== stream) {
      throw new SeatmeterError(
        "ledger_unsure",
        "a replica of the ledger has not confirmed it in time, or another one is made master; ask again, with the same lease id",
      );
    }
    return answer;
  }

  /** Nothing: a cluster's client has no connection to who has it, and finds one when it asks. */
  #placeOf(key: string): Place | undefined {
    const client: Redis | Cluster = this.#client;
    if (!(client instanceof Cluster)) return { server: client };
    const slot = new Command("exists", [key]).getSlot() ?? -1;
    const [master, ...replicas] = client.slots[slot] ?? [];
    const server = client.nodes("master").find((node) => addressOf(node) === master);
    const isReplicated = replicas.length > 0;
    return server && { server, inCluster: { slot, isReplicated }, redirections: this.#redirections?.of(slot) };
  }

  async #isKept({ server, inCluster }: Place): Promise<boolean> {
    if (!inCluster) {
      if (!this.#sentinels) return (await this.#replicas.of(server)) > 0;
      const [replicas, needed] = await Promise.all([this.#replicas.of(server), this.#needed.of(server)]);
      if (needed === undefined || replicas === 0) return false;
      return replicas >= needed || (await patiently(server.wait(needed, CONFIRM_WITHIN_MS))) >= needed;
    }
    const { slot, isReplicated } = inCluster;
    const [leaves, replicas] = await Promise.all([
      this.#leaves(server, slot),
      isReplicated ? this.#replicas.of(server) : 0,
    ]);
    if (!leaves || isReplicated) return leaves !== undefined && replicas > 0;
    // Its replica may be back, though this client has not heard of it yet.
    return leaves.every((owner) => owner.replicas === 0) || (await this.#replicas.of(server)) > 0;
  }

  /**
   * How masters see a server to whom it is there, and the slot its own, as soon as there are so many of them that nobody can
   * have been made master in its place: that needs the votes of more than half of all masters, and these have given none.
   * Nothing where there are not.
   */
  async #leaves(server: Redis, slot: number): Promise<Owner[] | undefined> {
    const others = (this.#client as Cluster).nodes("master").filter((node) => node !== server);
    const its: Owner[] = [];
    const areEnough = () => {
      const masters = Math.max(others.length + 1, ...its.map((owner) => owner.masters));
      return its.length >= Math.ceil(masters / 2) - 1;
    };
    const { promise, resolve } = Promise.withResolvers<void>();
    const heard = others.map(async (other) => {
      const owner = ownerOf(await this.#views.of(other), slot);
      if (owner?.addresses.includes(addressOf(server)) && !owner.isGone) its.push(owner);
      // One that is frozen is waited for only where its word is needed.
      if (areEnough()) resolve();
    });
    Promise.allSettled(heard).then(() => resolve());
    await promise;
    return areEnough() ? its : undefined;
  }

  #tell(confirmed: boolean) {
    if (confirmed !== this.#confirms) this.#onConfirmed(confirmed);
    this.#confirms = confirmed;
  }
}

/** Where something is written. */
interface Place {
  server: Redis;
  /** With a replica or without, as far as this client knows, which is seconds old. */
  inCluster?: { slot: number; isReplicated: boolean };
  /** Of its slot so far: what was sent on lies elsewhere, though the slot may stay here, or be here again. */
  redirections?: number | undefined;
}

const addressOf = ({ options }: Redis) => `${options.host}:${options.port}`;

/** What is asked of a server while a question is under way shares the next one: that holds for all that was written before. */
class Shared<Answer> {
  readonly #ask: (server: Redis) => Promise<Answer>;
  readonly #underWay = new WeakMap<Redis, Promise<Answer>>();
  readonly #next = new WeakMap<Redis, Promise<Answer>>();

  constructor(ask: (server: Redis) => Promise<Answer>) {
    this.#ask = ask;
  }

  of(server: Redis): Promise<Answer> {
    let next = this.#next.get(server);
    if (!next) {
      next = (this.#underWay.get(server) ?? Promise.resolve())
        .catch(() => {})
        .then(() => {
          this.#next.delete(server);
          const asked = this.#ask(server);
          this.#underWay.set(server, asked);
          return asked;
        });
      this.#next.set(server, next);
    }
    return next;
  }
}
