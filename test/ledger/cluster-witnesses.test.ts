import { Cluster, Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { Confirmation } from "../../daemon/ledger/confirmation.ts";
import type { RedisClient } from "../../daemon/ledger/connection.ts";
import { freeze, freezeAll, thaw, thawAll } from "../faults/processes.ts";
import { REPLICATED, startCluster } from "../support/cluster.ts";
import { request } from "../support/ledger.ts";
import type { TestRedis } from "../support/redis.ts";
import { openLedger, POOL } from "../support/replicated.ts";

/** Of a cluster, told of it by one of its nodes. */
function clientOf({ port }: TestRedis) {
  const client = new Cluster([{ host: "127.0.0.1", port }], { redisOptions: { maxRetriesPerRequest: 0 } });
  onTestFinished(() => client.disconnect());
  return client as Cluster & RedisClient;
}

/** What is written while the client connects is not certain. */
const settled = (write: () => Promise<unknown>) => expect.poll(() => write().catch(() => undefined)).toBe("OK");

test("a shard of a cluster waits for its replica until most masters say that it is gone", async () => {
  const cluster = await startCluster({ replicas: REPLICATED });
  onTestFinished(() => cluster.stop());
  const ledger = await openLedger(cluster.url);
  await freezeAll(cluster.replicas);
  onTestFinished(() => thawAll(cluster.replicas));

  const asked = request();
  await expect(ledger.checkout(POOL, asked)).rejects.toMatchObject({ code: "ledger_unsure" });
  const granted = () => ledger.checkout(POOL, asked).catch(() => undefined);
  await expect.poll(granted).toMatchObject({ outcome: "granted" });
});

test("a seat that was granted is still held when its server dies and a replica takes over", async () => {
  const cluster = await startCluster({ replicas: REPLICATED });
  onTestFinished(() => cluster.stop());
  const ledger = await openLedger(cluster.url);
  const asked = [request(), request(), request()];
  for (const one of asked) expect(await ledger.checkout(POOL, one)).toMatchObject({ outcome: "granted" });

  await Promise.all(cluster.masters.slice(0, 1).map((master) => master.kill()));
  await cluster.promoted(cluster.replicas[0]!);
  const again = () => Promise.all(asked.map((one) => ledger.checkout(POOL, one))).catch(() => undefined);
  await expect.poll(again).toMatchObject(asked.map(() => ({ outcome: "granted", flags: ["resumed"] })));
  expect((await ledger.levels([POOL]))[0]?.used).toBe(3);
});

test("what a shard's master writes after its replica took over is not certain, though no replica was known", async () => {
  const cluster = await startCluster({ replicas: REPLICATED });
  onTestFinished(() => cluster.stop());
  const { master, replica } = await cluster.shardOf(POOL);
  await freeze(replica.pid);
  const isGone = async () => (await cluster.nodes(master)).includes("slave,fail ");
  await expect.poll(isGone).toBe(true);
  // It looks at the cluster once, now, and is told of no replica.
  const client = clientOf(master);
  const confirmation = new Confirmation(client);
  await settled(() => confirmation.of(POOL, () => client.set(POOL, "alone")));
  thaw(replica.pid);
  await cluster.replicated();
  await expect.poll(async () => await client.get(POOL)).toBe("alone");

  await freeze(master.pid);
  const written = confirmation.of(POOL, () => client.set(POOL, "too late"));
  const refused = expect(written).rejects.toMatchObject({ code: "ledger_unsure" });
  await cluster.promoted(replica);
  thaw(master.pid);
  await refused;
});

test.for([
  { what: "both are known", isOneGone: false },
  { what: "the other one counted as gone when last looked at", isOneGone: true },
])("a replica does not vouch for what its master wrote after another one took over: $what", async ({ isOneGone }) => {
  const cluster = await startCluster({ replicas: [0, 2, 0], holdable: true });
  onTestFinished(() => cluster.stop());
  const { master, replicas } = await cluster.shardOf(POOL);
  const [next, other] = replicas as [TestRedis, TestRedis];
  // Both vanish with what is on its way to them, as machines do that are moved; and back they hear of each other first.
  const vanish = async (server: TestRedis) => {
    cluster.hold([server]);
    await freeze(server.pid);
  };
  if (isOneGone) {
    await vanish(other);
    await expect.poll(async () => (await cluster.nodes(master)).includes("slave,fail ")).toBe(true);
  }
  // It looks at the cluster once, now.
  const client = clientOf(master);
  const confirmation = new Confirmation(client);
  await settled(() => confirmation.of(POOL, () => client.set(POOL, "before")));
  const known = client.slots[await client.cluster("KEYSLOT", POOL)]!;
  expect(known).toHaveLength(isOneGone ? 2 : 3);

  if (!isOneGone) await vanish(other);
  await vanish(master);
  await cluster.promoted(next);
  cluster.hold([...cluster.masters, ...cluster.replicas]);
  thawAll([master, other]);
  const written = confirmation.of(POOL, () => client.set(POOL, "too late"));
  await expect(written).rejects.toMatchObject({ code: "ledger_unsure" });
  cluster.release();
  await cluster.replicated();
  const after = new Redis({ path: next.socket });
  onTestFinished(() => after.disconnect());
  expect(await after.get(POOL)).toBe("before");
});

test("of two other masters the word of one is enough; with neither nothing that a shard writes is certain", async () => {
  // Frozen, they count as there.
  const cluster = await startCluster({ replicas: [0, 1, 0], nodeTimeoutMs: 60_000 });
  onTestFinished(() => cluster.stop());
  const [one, own, other] = cluster.masters as [TestRedis, TestRedis, TestRedis];
  const client = clientOf(own);
  const confirmation = new Confirmation(client);
  const write = () => confirmation.of(POOL, () => client.set(POOL, "seat"));
  await settled(write);
  await freeze(one.pid);
  expect(await write()).toBe("OK");
  await freeze(other.pid);
  await expect(write()).rejects.toMatchObject({ code: "ledger_unsure" });
  thaw(one.pid);
  await settled(write);
});

test("what is asked of one shard and answered by another, to which its slot moves, is not certain", async () => {
  const cluster = await startCluster({ replicas: [0, 1, 1] });
  onTestFinished(() => cluster.stop());
  const [, from, to] = cluster.masters as [TestRedis, TestRedis, TestRedis];
  const client = clientOf(from);
  const confirmation = new Confirmation(client);
  await settled(() => confirmation.of(POOL, () => client.set(POOL, "here")));

  const slot = await client.cluster("KEYSLOT", POOL);
  const nodes = [from, to].map(({ socket }) => new Redis({ path: socket }));
  onTestFinished(() => nodes.forEach((node) => void node.disconnect()));
  const [fromId = "", toId = ""] = await Promise.all(nodes.map((node) => node.cluster("MYID") as Promise<string>));
  await nodes[1]!.cluster("SETSLOT", slot, "IMPORTING", fromId);
  await nodes[0]!.cluster("SETSLOT", slot, "MIGRATING", toId);
  await freeze(cluster.replicas[1]!.pid);
  // What is not there any more is to be found where the slot moves to.
  const written = confirmation.of(POOL, () => client.set(`{${POOL}}`, "there"));
  await expect(written).rejects.toMatchObject({ code: "ledger_unsure" });
  expect(await confirmation.of(POOL, () => client.set(POOL, "here"))).toBe("OK");
});

test("what a shard answers after its connection broke is certain no sooner than its replica has it", async () => {
  const cluster = await startCluster({ replicas: [0, 1, 0], nodeTimeoutMs: 60_000 });
  onTestFinished(() => cluster.stop());
  const { master, replica } = await cluster.shardOf(POOL);
  const client = clientOf(master);
  const confirmation = new Confirmation(client);
  const write = () => confirmation.of(POOL, () => client.set(POOL, "seat"));
  await settled(write);
  await freeze(replica.pid);
  const operator = new Redis({ path: master.socket });
  onTestFinished(() => operator.disconnect());
  await operator.call("CLIENT", "KILL", "TYPE", "normal");
  await expect.poll(() => client.nodes("master").map(({ options }) => options.port)).not.toContain(master.port);
  await expect(write()).rejects.toMatchObject({ code: "ledger_unsure" });
  thaw(replica.pid);
  await settled(write);
});
