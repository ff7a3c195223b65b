import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { startRedis, type TestRedis } from "./redis.ts";

const SHARDS = 3;
const SLOTS = 16_384;
const POLL_MS = 20;

export interface TestCluster {
  /** `REDIS_URL` */
  url: string;
  masters: TestRedis[];
  /** One of each master, in their order; none, where none were asked for. */
  replicas: TestRedis[];
  /** Where a key lies now. */
  shardOf(key: string): Promise<{ master: TestRedis; replica: TestRedis }>;
  /** What one of them knows of all (CLUSTER NODES). */
  nodes(of: TestRedis): Promise<string>;
  /** Wait until a replica has taken its master's place. */
  promoted(replica: TestRedis): Promise<void>;
  /** Wait until each master has its replica, and clients are told so. */
  replicated(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A cluster of three masters, and of a replica of each where wanted.
 *
 * @param nodeTimeoutMs after so long a silence a node counts as gone
 */
export async function startCluster({ replicated: isDoubled = false, nodeTimeoutMs = 1000 } = {}): Promise<TestCluster> {
  const settings = {
    "cluster-enabled": "yes",
    "cluster-node-timeout": String(nodeTimeoutMs),
    "repl-diskless-sync-delay": "0",
    "repl-ping-replica-period": "1",
  };
  const nodes = await Promise.all(
    Array.from({ length: isDoubled ? 2 * SHARDS : SHARDS }, () => startRedis({ ...settings })),
  );
  const clients = nodes.map((node) => new Redis({ path: node.socket }));
  for (const client of clients) client.on("error", () => {});
  const ask = (i: number, ...words: (string | number)[]) => clients[i]!.call("CLUSTER", ...(words as [string]));
  const everyNode = async (says: string) => {
    for (let i = 0; i < nodes.length; ) {
      if (String(await ask(i, "INFO")).includes(says)) i++;
      else await delay(POLL_MS);
    }
  };
  for (let i = 0; i < SHARDS; i++) {
    const [first, last] = [Math.ceil((i * SLOTS) / SHARDS), Math.ceil(((i + 1) * SLOTS) / SHARDS) - 1];
    await ask(i, "ADDSLOTSRANGE", first, last);
    // Two that are elected in one moment would have the same number, and each slot two masters.
    await ask(i, "SET-CONFIG-EPOCH", i + 1);
  }
  for (const node of nodes.slice(1)) await ask(0, "MEET", "127.0.0.1", node.port);
  await everyNode(`cluster_known_nodes:${nodes.length}`);
  await everyNode(`cluster_slots_ok:${SLOTS}`);
  for (let i = SHARDS; i < nodes.length; i++) await ask(i, "REPLICATE", String(await ask(i - SHARDS, "MYID")));
  await everyNode("cluster_state:ok");
  const [masters, replicas] = [nodes.slice(0, SHARDS), nodes.slice(SHARDS)];
  // A replica is told of to clients when it has something to offer.
  const isReplicated = async (i: number) => {
    const slots = (await ask(i, "SLOTS").catch(() => [])) as unknown[][];
    return slots.length >= SHARDS && slots.every((shard) => shard.length === 4);
  };
  const replicated = async () => {
    for (let i = 0; i < nodes.length; ) {
      if (await isReplicated(i)) i++;
      else await delay(POLL_MS);
    }
  };
  if (isDoubled) await replicated();
  const isMaster = async (node: TestRedis) => {
    const info = await clients[nodes.indexOf(node)]!.info("replication").catch(() => "");
    return info.includes("role:master");
  };

  return {
    url: `redis+cluster://${nodes.map((node) => new URL(node.url).host).join(",")}`,
    masters,
    replicas,
    async shardOf(key) {
      const slot = Number(await ask(0, "KEYSLOT", key));
      const shard = Array.from({ length: SHARDS }, (_, i) => i).findLast(
        (i) => Math.ceil((i * SLOTS) / SHARDS) <= slot,
      )!;
      const [one, other] = [masters[shard]!, replicas[shard]!];
      return (await isMaster(one)) ? { master: one, replica: other } : { master: other, replica: one };
    },
    nodes: async (of) => String(await ask(nodes.indexOf(of), "NODES")),
    async promoted(replica) {
      while (!(await isMaster(replica))) await delay(POLL_MS);
    },
    replicated,
    async stop() {
      for (const client of clients) client.disconnect();
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}
