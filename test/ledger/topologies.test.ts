import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { EventStream } from "../../daemon/ledger/event-stream.ts";
import { Ledger } from "../../daemon/ledger/ledger.ts";
import { REPLICATED, startCluster } from "../support/cluster.ts";
import { policy, request } from "../support/ledger.ts";
import { NOBODY_LISTENS } from "../support/ports.ts";
import type { TestRedis } from "../support/redis.ts";
import { startSentinels } from "../support/sentinel.ts";

const POOLS = Array.from({ length: 12 }, (_, i) => `pool-${i}`);

/** Seats of a dozen pools, which lie on different shards where there are any, taken and returned over that address. */
async function countsSeats(redis: string) {
  const ledger = await Ledger.open({ redis, pulseMs: 0 });
  onTestFinished(() => ledger.close());
  await ledger.adopt(new Map(POOLS.map((pool) => [pool, policy({ seats: 1 })])));
  for (const pool of POOLS) {
    const asked = request();
    expect(await ledger.checkout(pool, asked)).toMatchObject({ outcome: "granted" });
    expect(await ledger.checkout(pool, request())).toMatchObject({ outcome: "denied", reason: "no_seats" });
    expect(await ledger.find(asked.leaseId)).toBe(pool);
    expect(await ledger.checkin(pool, asked.leaseId, asked.holder, "checked_in")).toBe("returned");
  }
  expect((await ledger.levels(POOLS)).map((level) => level.used)).toEqual(POOLS.map(() => 0));
  expect(await ledger.recentDenials(POOLS, 100)).toHaveLength(POOLS.length);
  expect(await ledger.publish({ text: "text", files: {}, author: "test" }, 0)).toBe(1);
  expect(await ledger.publication()).toMatchObject({ text: "text" });
  expect(await ledger.health()).toMatchObject({ up: true });
  await readsEvents(redis);
}

/** Every event of them, once; then they are gone from the streams. */
async function readsEvents(redis: string) {
  const stream = await EventStream.open(redis, "seatmeter:", "recorder");
  onTestFinished(() => stream.close());
  expect(await stream.join("history", 5000)).toEqual({ recorders: ["recorder"] });
  expect((await stream.pools()).sort()).toEqual([...POOLS].sort());
  stream.own(POOLS);
  const numbers = new Map(POOLS.map((pool) => [pool, [] as number[]]));
  const recordsOf = async () => {
    const { records } = await stream.read(true);
    for (const { pool, events } of records) numbers.get(pool)?.push(...events.map(({ number }) => number));
    await stream.acknowledge(records);
    return records.length;
  };
  const last = await stream.lastNumbers(POOLS);
  const all = last.reduce((sum, { number }) => sum + number, 0);
  while ([...numbers.values()].flat().length < all) await recordsOf();
  for (const { pool, number } of last) {
    expect(numbers.get(pool)).toEqual(Array.from({ length: number }, (_, i) => i + 1));
  }
  await stream.trim(POOLS);
  const fresh = await EventStream.open(redis, "seatmeter:", "another");
  onTestFinished(() => fresh.close());
  fresh.own(POOLS);
  expect(await fresh.read(false)).toEqual({ records: [], trimmed: [] });
}

test("a ledger behind sentinels is found by the name of its master", async () => {
  const sentinels = await startSentinels();
  onTestFinished(() => sentinels.stop());

  await countsSeats(sentinels.url);
});

test.for([
  { what: "a cluster", replicas: [0, 0, 0] },
  { what: "a cluster with replicas", replicas: REPLICATED },
])("a ledger on $what keeps each pool on one shard", async ({ replicas }) => {
  const cluster = await startCluster({ replicas });
  onTestFinished(() => cluster.stop());

  await countsSeats(cluster.url);
  const sizes = await Promise.all(cluster.masters.map((node) => sizeOf(node)));
  expect(Math.min(...sizes)).toBeGreaterThan(0);
});

async function sizeOf({ socket }: TestRedis): Promise<number> {
  const client = new Redis({ path: socket });
  return await client.dbsize().finally(() => client.disconnect());
}

test("an address that is none is refused with the ones that are known", async () => {
  await expect(Ledger.open({ redis: "http://127.0.0.1" })).rejects.toMatchObject({
    code: "settings_invalid",
    message: expect.stringContaining("redis+sentinel://"),
  });
  await expect(Ledger.open({ redis: "redis+sentinel://127.0.0.1" })).rejects.toMatchObject({
    message: expect.stringContaining("master's name"),
  });
});

test("a Redis that is not there is told within seconds", async () => {
  const port = NOBODY_LISTENS;
  await expect(Ledger.open({ redis: `redis://127.0.0.1:${port}` })).rejects.toMatchObject({
    code: "ledger_unavailable",
    message: `Redis at 127.0.0.1:${port} (REDIS_URL) cannot be reached: nobody listens there`,
  });
});
