import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { startBus } from "./bus.ts";
import { startRedis, type TestRedis } from "./redis.ts";

const SHARDS = 3;
const SLOTS = 16_384;
const firstOf = (shard: number) => Math.ceil((shard * SLOTS) / SHARDS);
const shardOf = (slot: number) =>
  Array.from({ length: SHARDS }, (_, shard) => shard).findLast((shard) => firstOf(shard) <= slot)!;
const POLL_MS = 20;
/** A node listens to the others there, above its own port. */
const BUS_PORT = 10_000;

export interface TestCluster {
  /** `REDIS_URL` */
  url: string;
  masters: TestRedis[];
  /** In the order of their masters; none, where none were asked for. */
  replicas: TestRedis[];
  /** Where a key lies now. */
  shardOf(key: string): Promise<{ master: TestRedis; replica: TestRedis; replicas: TestRedis[] }>;
  /** What one of them knows of all (CLUSTER NODES). */
  nodes(of: TestRedis): Promise<string>;
  /** Wait until a replica has taken its master's place. */
  promoted(replica: TestRedis): Promise<void>;
  /** Wait until each master has its replicas, and clients are told so. */
  replicated(): Promise<void>;
  /** Of a cluster that is `holdable`: what others tell these nodes, and what is answered, is under way until `release`. */
  hold(nodes: readonly TestRedis[]): void;
  release(): void;
  stop(): Promise<void>;
}

/** One replica of each master. */
export const REPLICATED = [1, 1, 1];

/**
 * A cluster of three masters.
 *
 * @param replicas of each master, in their order
 * @param holdable whether what its nodes tell each other goes through this process
 * @param nodeTimeoutMs after so long a silence a node counts as gone
 */
export async function startCluster({
  replicas: wanted = [0, 0, 0],
  holdable = false,
  nodeTimeoutMs = 1000,
} = {}): Promise<TestCluster> {
  const settings = {
    "cluster-enabled": "yes",
    "cluster-node-timeout": String(nodeTimeoutMs),
    "repl-diskless-sync-delay": "0",
    "repl-ping-replica-period": "1",
  };
  /** Of each replica, the place of its master. */
  const shards = wanted.flatMap((count, shard) => Array.from({ length: count }, () => shard));
  const nodes = await Promise.all(Array.from({ length: SHARDS + shards.length }, () => startRedis({ ...settings })));
  const clients = nodes.map((node) => new Redis({ path: node.socket }));
  for (const client of clients) client.on("error", () => {});
  const buses = holdable ? await Promise.all(nodes.map(({ port }) => startBus(port + BUS_PORT))) : [];
  const busPort = (i: number) => buses[i]?.port ?? nodes[i]!.port + BUS_PORT;
  await Promise.all(clients.map((client, i) => client.config("SET", "cluster-announce-bus-port", busPort(i))));
  const ask = (i: number, ...words: (string | number)[]) => clients[i]!.call("CLUSTER", ...(words as [string]));
  const everyNode = async (says: string) => {
    for (let i = 0; i < nodes.length; ) {
      if (String(await ask(i, "INFO")).includes(says)) i++;
      else await delay(POLL_MS);
    }
  };
  for (let i = 0; i < SHARDS; i++) {
    await ask(i, "ADDSLOTSRANGE", firstOf(i), firstOf(i + 1) - 1);
    // Two that are elected in one moment would have the same number, and each slot two masters.
    await ask(i, "SET-CONFIG-EPOCH", i + 1);
  }
  for (const [i, { port }] of nodes.entries()) if (i > 0) await ask(0, "MEET", "127.0.0.1", port, busPort(i));
  await everyNode(`cluster_known_nodes:${nodes.length}`);
  await everyNode(`cluster_slots_ok:${SLOTS}`);
  for (const [i, shard] of shards.entries()) await ask(SHARDS + i, "REPLICATE", String(await ask(shard, "MYID")));
  await everyNode("cluster_state:ok");
  const [masters, replicas] = [nodes.slice(0, SHARDS), nodes.slice(SHARDS)];
  // A replica is told of to clients when it has something to offer.
  const isReplicated = async (i: number) => {
    const slots = (await ask(i, "SLOTS").catch(() => [])) as [first: number, last: number, ...nodes: unknown[]][];
    return (
      slots.length >= SHARDS && slots.every(([first, , ...nodes]) => nodes.length === 1 + (wanted[shardOf(first)] ?? 0))
    );
  };
  const replicated = async () => {
    for (let i = 0; i < nodes.length; ) {
      if (await isReplicated(i)) i++;
      else await delay(POLL_MS);
    }
  };
  if (shards.length > 0) await replicated();
  const isMaster = async (node: TestRedis) => {
    const info = await clients[nodes.indexOf(node)]!.info("replication").catch(() => "");
    return info.includes("role:master");
  };

  return {
    url: `redis+cluster://${nodes.map((node) => new URL(node.url).host).join(",")}`,
    masters,
    replicas,
    async shardOf(key) {
      const shard = shardOf(Number(await ask(0, "KEYSLOT", key)));
      const all = [masters[shard]!, ...replicas.filter((_, i) => shards[i] === shard)];
      for (const master of all) {
        const others = all.filter((other) => other !== master);
        if (await isMaster(master)) return { master, replica: others[0]!, replicas: others };
      }
      throw new Error(`no master has ${key}`);
    },
    nodes: async (of) => String(await ask(nodes.indexOf(of), "NODES")),
    async promoted(replica) {
      while (!(await isMaster(replica))) await delay(POLL_MS);
    },
    replicated,
    hold: (some) => some.forEach((node) => void buses[nodes.indexOf(node)]!.hold()),
    release: () => buses.forEach((bus) => void bus.release()),
    async stop() {
      for (const client of clients) client.disconnect();
      await Promise.all(nodes.map((node) => node.stop()));
      await Promise.all(buses.map((bus) => bus[Symbol.asyncDispose]()));
    },
  };
}
