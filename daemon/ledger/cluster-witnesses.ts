import { type Cluster, Command, type Redis } from "ioredis";
import { type Owner, ownerOf, readNodes } from "./cluster-view.ts";
import type { Place, Witnesses } from "./confirmation.ts";
import { patiently } from "./patience.ts";
import { Redirections } from "./redirections.ts";
import { Replicas } from "./replicas.ts";
import { SharedQuestion } from "./shared-question.ts";

/**
 * In a cluster the other masters are asked, beside a replica of the shard: a master that was frozen while its replica took
 * over writes for some milliseconds more, and another replica that was frozen with it confirms that. A shard waits whose
 * replica is there in their eyes.
 */
export class ClusterWitnesses implements Witnesses<PlaceInCluster> {
  readonly #cluster: Cluster;
  readonly #redirections: Redirections;
  readonly #replicas = new Replicas();
  readonly #views = new SharedQuestion(async (server) =>
    readNodes(await patiently(server.cluster("NODES") as Promise<string>)),
  );

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#redirections = new Redirections(cluster);
  }

  placeOf(key: string): PlaceInCluster | undefined {
    const slot = new Command("exists", [key]).getSlot() ?? -1;
    const [master, ...replicas] = this.#cluster.slots[slot] ?? [];
    const server = this.#cluster.nodes("master").find((node) => addressOf(node) === master);
    return server && { server, slot, isReplicated: replicas.length > 0, sentOn: this.#redirections.of(slot) };
  }

  async vouch({ server, slot, isReplicated }: PlaceInCluster): Promise<boolean> {
    const [owners, replicas] = await Promise.all([
      this.#ownersSeen(server, slot),
      isReplicated ? this.#replicas.first(server) : 0,
    ]);
    if (owners === undefined) return false;
    if (isReplicated) return replicas > 0;
    // Its replica may be back, though this client has not heard of it yet.
    return owners.every((owner) => owner.replicas === 0) || (await this.#replicas.first(server)) > 0;
  }

  close(): void {}

  /**
   * How masters see a server to whom it is there, and the slot its own, as soon as there are so many of them that nobody can
   * have been made master in its place: that needs the votes of more than half of all masters, and these have given none.
   * Nothing where there are not.
   */
  async #ownersSeen(server: Redis, slot: number): Promise<Owner[] | undefined> {
    const others = this.#cluster.nodes("master").filter((node) => node !== server);
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
}

interface PlaceInCluster extends Place {
  slot: number;
  /** As far as this client knows, which is seconds old. */
  isReplicated: boolean;
}

const addressOf = ({ options }: Redis) => `${options.host}:${options.port}`;
