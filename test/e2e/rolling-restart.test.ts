import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { Journal } from "../../client-shim/journal-files.ts";
import { KeepAlive } from "../../client-shim/keep-alive.ts";
import { newLeaseId } from "../../client-shim/lease-id.ts";
import { Route } from "../../client-shim/route.ts";
import { dataFolder, demoRegister, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { hasPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { emptyStateFolder } from "../support/shim.ts";

const SHIMS = 50;

let redis: TestRedis;
let postgres: TestPostgres | undefined;
beforeAll(async () => {
  redis = await startRedis();
  if (hasPostgres()) postgres = await startPostgres({ fsync: "off" });
}, 60_000);
afterAll(async () => {
  await redis?.stop();
  await postgres?.end();
});

const leases = async (daemon: TestDaemon) => {
  const answer = await fetch(`${daemon.httpUrl}/api/v1/leases?pool=demo`);
  return ((await answer.json()) as { items: { leaseId: string; flags: string[] }[] }).items;
};
const pool = async (daemon: TestDaemon) =>
  (await (await fetch(`${daemon.httpUrl}/api/v1/pools/demo`)).json()) as { owned: number; used: number };
const connections = async (daemon: TestDaemon) => {
  const text = await (await fetch(`${daemon.httpUrl}/metrics`)).text();
  return Number(/^seatmeter_shim_connections (\d+)$/m.exec(text)?.[1]);
};

/** A daemon of the pair, that can be stopped and started again where it was. */
async function oneOfTwo(prefix: string, register: string, env: Record<string, string>) {
  const folder = dataFolder();
  const start = (listen?: string) =>
    startDaemon({
      ...{ register, data: folder.path, env: { REDIS_URL: redis.url, SEATMETER_PREFIX: prefix, ...env } },
      ...(listen && { listen }),
    });
  let daemon = await start();
  onTestFinished(async () => {
    await daemon.stop();
    folder[Symbol.dispose]();
  });
  return {
    get now() {
      return daemon;
    },
    async restart() {
      expect(await daemon.stop()).toBe(0);
      daemon = await start(new URL(daemon.httpUrl).host);
    },
  };
}

/** A program that runs, and the real shim's part of it. */
async function running(addresses: readonly string[], state: string, told: string[]) {
  const checkout = { type: "checkout" as const, leaseId: newLeaseId(), product: "demo", user: randomUUID() };
  const listener = { onWelcome: () => {}, onPolicy: () => {} };
  const route = new Route({ addresses: addresses.map((address) => new URL(address)) }, listener);
  const connection = await route.reach(10_000);
  const granted = await connection.ask(checkout);
  if (granted.type !== "granted") throw new Error(`not granted: ${JSON.stringify(granted)}`);
  const keepAlive = new KeepAlive(
    route,
    { checkout, connection, granted },
    {
      ...{ tell: (sentence) => told.push(sentence), journal: new Journal(state) },
      ...{ called: () => "demo", onReclaimed: () => "tell" as const, close: () => {} },
    },
  );
  keepAlive.start();
  return { leaseId: checkout.leaseId, keepAlive };
}

test("two daemons with different register files obey one, and are restarted in turn under fifty shims without a loss", {
  timeout: 180_000,
}, async () => {
  const prefix = `${randomUUID()}:`;
  const url = await postgres?.newDatabase();
  const env = url ? { DATABASE_URL: url, SEATMETER_HISTORY: "on" } : {};
  const registerOf = (seats: number) => demoRegister({ seats, lease: "{ ttl: 60s, heartbeatEvery: 3s }" });
  const first = await oneOfTwo(prefix, registerOf(SHIMS), env);
  const second = await oneOfTwo(prefix, registerOf(SHIMS - 20), env);
  const pair = [first, second];
  expect(second.now.output()).toContain("the register in force differs from this daemon's file");
  const owned = () => Promise.all(pair.map(async ({ now }) => (await pool(now)).owned));
  expect(await owned()).toEqual([SHIMS, SHIMS]);

  const state = emptyStateFolder();
  const told: string[] = [];
  const urls = pair.map(({ now }) => now.url);
  const shims = await Promise.all(
    Array.from({ length: SHIMS }, (_, i) => running(i % 2 ? urls : urls.toReversed(), state, told)),
  );
  const ids = shims.map(({ leaseId }) => leaseId).toSorted();
  const connected = async () => (await Promise.all(pair.map(({ now }) => connections(now)))).toSorted();
  expect(await connected()).toEqual([SHIMS / 2, SHIMS / 2]);

  for (const daemon of pair) {
    await daemon.restart();
    const all = async () => (await connected()).reduce((sum, n) => sum + n, 0);
    await expect.poll(all, { interval: 200 }).toBe(SHIMS);
    expect(await owned()).toEqual([SHIMS, SHIMS]);
    for (const { now } of pair) {
      const held = await leases(now);
      expect(held.map(({ leaseId }) => leaseId).toSorted()).toEqual(ids);
      expect(held.filter(({ flags }) => flags.includes("excess"))).toEqual([]);
      expect(await pool(now)).toMatchObject({ used: SHIMS });
    }
  }

  // One after the other: for no longer than a second each is waited for.
  for (const { keepAlive } of shims) await keepAlive.end("program_exited");
  expect(told).toEqual([]);
  for (const { now } of pair) expect(await pool(now)).toMatchObject({ used: 0 });
  if (!postgres || !url) return;
  const sessions =
    "select why, count(*)::int as sessions, count(distinct lease_id)::int as leases from sessions group by why";
  await expect
    .poll(() => postgres?.query(url, sessions))
    .toEqual([{ why: "program_exited", sessions: SHIMS, leases: SHIMS }]);
});
