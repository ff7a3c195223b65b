import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import {
  type DaemonOptions,
  dataFolder,
  demoRegister,
  startDaemon,
  type TestDaemon,
  UNHURRIED,
} from "../support/daemon.ts";
import { hasPostgres, startPostgres } from "../support/postgres.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { Wire } from "../support/wire.ts";

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.stop());

/** A daemon that keeps a history, on the ledger of this prefix, of which nothing is left when the test is over. */
async function recordingDaemon(prefix: string, options: Partial<DaemonOptions> = {}): Promise<TestDaemon> {
  const env = { REDIS_URL: redis.url, SEATMETER_PREFIX: prefix, SEATMETER_HISTORY: "on", ...options.env };
  const daemon = await startDaemon({ register: demoRegister({ lease: UNHURRIED }), ...options, env });
  onTestFinished(async () => {
    await daemon.stop();
  });
  return daemon;
}

const newPrefix = () => `${randomUUID()}:`;
const ready = async (daemon: TestDaemon) => (await fetch(`${daemon.httpUrl}/readyz`)).json() as Promise<object>;
const get = async (daemon: TestDaemon, path: string) => (await fetch(daemon.httpUrl + path)).text();

async function launches(daemon: TestDaemon, times: number) {
  const wire = await Wire.open(daemon.url);
  const answers = [];
  for (let i = 0; i < times; i++) answers.push(await wire.checkout(randomUUID(), { product: "demo", user: `u-${i}` }));
  wire.close();
  return answers;
}

test("what happens is recorded, told as ready and in metrics, and then leaves the stream; denials are shown all the same", async () => {
  const prefix = newPrefix();
  const daemon = await recordingDaemon(prefix);
  await launches(daemon, 5);
  const client = new Redis({ path: redis.socket });
  onTestFinished(() => client.disconnect());

  await expect.poll(() => client.xlen(`${prefix}{demo}:events`)).toBe(0);
  expect(await ready(daemon)).toMatchObject({ history: "up", backlog: 0 });
  const metrics = await get(daemon, "/metrics");
  expect(metrics).toMatch(/^seatmeter_history_backlog_events 0$/m);
  expect(metrics).toMatch(/^seatmeter_history_last_write_timestamp_seconds 1\d+/m);
  const denials = JSON.parse(await get(daemon, "/api/v1/denials")) as { items: object[] };
  expect(denials.items).toMatchObject([{ reason: "no_seats" }, { reason: "no_seats" }]);
  await daemon.stop();
});

test("what happened until the end is recorded when the daemon has stopped", async () => {
  using folder = dataFolder();
  const daemon = await recordingDaemon(newPrefix(), { data: folder.path });
  await launches(daemon, 4);
  await daemon.stop();
  const file = new DatabaseSync(join(folder.path, "history.sqlite"), { readOnly: true });
  expect(file.prepare("select count(*) as sessions from sessions").get()).toEqual({ sessions: 3 });
  expect(file.prepare("select count(*) as denials from denials").get()).toEqual({ denials: 1 });
  file.close();
});

test("a second daemon with a history of its own does not start, and says the way out; one without may", async () => {
  const prefix = newPrefix();
  const first = await recordingDaemon(prefix);
  const refused = await recordingDaemon(prefix).catch((error: Error) => error.message);
  expect(refused).toContain("ended with 78");
  expect(refused).toContain("seatmeter history copy --to");
  expect(refused).toContain("SEATMETER_HISTORY=off");
  const other = await recordingDaemon(prefix, { env: { SEATMETER_HISTORY: "off" } });
  expect(await ready(other)).toMatchObject({ history: "off", backlog: 0 });
  expect(await ready(first)).toMatchObject({ history: "up" });
});

test("a daemon that was killed starts again where its data are, and what it had recorded is there once", async () => {
  using folder = dataFolder();
  const prefix = newPrefix();
  const daemon = await recordingDaemon(prefix, { data: folder.path });
  await launches(daemon, 2);
  await daemon.kill();
  const next = await recordingDaemon(prefix, { data: folder.path });
  await launches(next, 3);
  const file = new DatabaseSync(join(folder.path, "history.sqlite"), { readOnly: true });
  const counts = file.prepare(
    "select (select count(*) from sessions) as sessions, (select count(*) from denials) as denials",
  );
  await expect.poll(() => counts.get()).toEqual({ sessions: 3, denials: 2 });
  file.close();
  await next.stop();
});

test("the time from a killed daemon to the next one is a gap, though nobody used anything", async () => {
  using folder = dataFolder();
  const prefix = newPrefix();
  const client = new Redis({ path: redis.socket });
  onTestFinished(() => client.disconnect());
  const daemon = await recordingDaemon(prefix, { data: folder.path });
  const beats = `${prefix}{register}:beats`;
  await expect.poll(() => client.hexists(beats, "last")).toBe(1);
  await daemon.kill();
  const fromMs = await client.hincrby(beats, "last", -3 * 3_600_000);
  const next = await recordingDaemon(prefix, { data: folder.path });
  const file = new DatabaseSync(join(folder.path, "history.sqlite"), { readOnly: true });
  const gap = file.prepare("select at_ms - lost_ms as fromMs, lost_ms >= 10800000 as whole from gaps where pool = ''");
  await expect.poll(() => gap.all()).toEqual([{ fromMs, whole: 1 }]);
  file.close();
  await next.stop();
});

test("one whose history lies elsewhere starts when the killed one is forgotten", async () => {
  const prefix = newPrefix();
  const daemon = await recordingDaemon(prefix);
  await daemon.kill();
  expect(await ready(await recordingDaemon(prefix))).toMatchObject({ history: "up" });
});

test.skipIf(!hasPostgres())(
  "two daemons with one history in PostgreSQL share the work, and one goes on alone",
  async () => {
    const postgres = await startPostgres({ fsync: "off" });
    onTestFinished(() => postgres.end());
    const url = await postgres.newDatabase();
    const prefix = newPrefix();
    const env = { DATABASE_URL: url };
    const [first, second] = [await recordingDaemon(prefix, { env }), await recordingDaemon(prefix, { env })];
    await launches(first, 4);
    await launches(second, 3);
    const count = async () => (await postgres.query(url, "select count(*)::int as denials from denials"))[0];
    await expect.poll(count).toEqual({ denials: 4 });
    await first.kill();
    await launches(second, 6);
    await expect.poll(count).toEqual({ denials: 10 });
    await expect.poll(() => ready(second)).toMatchObject({ history: "up", backlog: 0 });
  },
);

test.skipIf(!hasPostgres())(
  "PostgreSQL away for a while: launches go on, it is told, and all is caught up after",
  async () => {
    const postgres = await startPostgres({ fsync: "off" });
    onTestFinished(() => postgres.end());
    const url = await postgres.newDatabase();
    const daemon = await recordingDaemon(newPrefix(), { env: { DATABASE_URL: url } });
    await postgres.stop();
    expect(await launches(daemon, 5)).toMatchObject([
      { type: "granted" },
      {},
      {},
      { type: "denied" },
      { type: "denied" },
    ]);
    await expect.poll(() => ready(daemon)).toMatchObject({ history: "down" });
    await expect.poll(async () => ((await ready(daemon)) as { backlog: number }).backlog).toBeGreaterThan(0);
    expect((await fetch(`${daemon.httpUrl}/`)).status).toBe(200);
    await postgres.start();
    await expect.poll(() => ready(daemon)).toMatchObject({ history: "up", backlog: 0 });
    expect(await postgres.query(url, "select count(*)::int as denials from denials")).toEqual([{ denials: 2 }]);
  },
);

test.skipIf(!hasPostgres())("what a file holds and nobody copied is warned of", async () => {
  using folder = dataFolder();
  const before = await recordingDaemon(newPrefix(), { data: folder.path });
  await launches(before, 1);
  await before.stop();
  const postgres = await startPostgres({ fsync: "off" });
  onTestFinished(() => postgres.end());
  const env = { DATABASE_URL: await postgres.newDatabase() };
  const daemon = await recordingDaemon(newPrefix(), { data: folder.path, env });
  await expect.poll(() => daemon.output()).toContain("seatmeter history copy --to URL");
  await daemon.stop();
});
