import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { EventStream } from "../../daemon/ledger/event-stream.ts";
import { Ledger } from "../../daemon/ledger/ledger.ts";
import { findRedis } from "../../daemon/ledger/redis-program.ts";
import { policy, request } from "../support/ledger.ts";
import { freePort, startRedis } from "../support/redis.ts";

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

test("a ledger behind a sentinel is found by the name of its master", async () => {
  const master = await startRedis();
  onTestFinished(() => master.stop());
  const directory = await mkdtemp(join(tmpdir(), "seatmeter-sentinel-"));
  const port = await freePort();
  const file = join(directory, "sentinel.conf");
  const masterPort = new URL(master.url).port;
  await writeFile(
    file,
    `port ${port}\nbind 127.0.0.1\ndir ${directory}\nsentinel monitor council 127.0.0.1 ${masterPort} 1\n`,
  );
  const sentinel = spawn(findRedis(), [file, "--sentinel"], { stdio: "ignore" });
  onTestFinished(async () => {
    sentinel.kill("SIGKILL");
    await once(sentinel, "exit");
    await rm(directory, { recursive: true });
  });
  const asked = new Redis({ port, host: "127.0.0.1", maxRetriesPerRequest: null });
  asked.on("error", () => {}); // until the sentinel listens
  onTestFinished(() => asked.disconnect());
  await expect
    .poll(() => asked.call("SENTINEL", "get-master-addr-by-name", "council"))
    .toEqual(["127.0.0.1", masterPort]);

  await countsSeats(`redis+sentinel://127.0.0.1:${port}/council`);
});

test("a ledger on a cluster keeps each pool on one shard", async () => {
  const nodes = await Promise.all([0, 1, 2].map(() => startRedis({ "cluster-enabled": "yes" })));
  for (const node of nodes) onTestFinished(() => node.stop());
  const clients = nodes.map((node) => new Redis(node.url));
  for (const client of clients) onTestFinished(() => client.disconnect());
  await Promise.all(
    clients.map((client, i) => {
      const [first, last] = [Math.ceil((i * 16_384) / 3), Math.ceil(((i + 1) * 16_384) / 3) - 1];
      return client.call("CLUSTER", "ADDSLOTSRANGE", first, last);
    }),
  );
  for (const node of nodes.slice(1)) await clients[0]!.call("CLUSTER", "MEET", "127.0.0.1", new URL(node.url).port);
  await expect
    .poll(async () => (await Promise.all(clients.map((client) => client.call("CLUSTER", "INFO")))).map(String))
    .toEqual(nodes.map(() => expect.stringContaining("cluster_state:ok")));
  await expect
    .poll(async () => String(await clients[2]!.call("CLUSTER", "INFO")))
    .toContain("cluster_slots_assigned:16384");

  await countsSeats(`redis+cluster://${nodes.map((node) => new URL(node.url).host).join(",")}`);
  const shards = await Promise.all(clients.map((client) => client.dbsize()));
  expect(Math.min(...shards)).toBeGreaterThan(0);
});

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
  const port = await freePort();
  await expect(Ledger.open({ redis: `redis://127.0.0.1:${port}` })).rejects.toMatchObject({
    code: "ledger_unavailable",
    message: expect.stringContaining("ECONNREFUSED"),
  });
});
