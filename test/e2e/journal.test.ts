import { randomUUID } from "node:crypto";
import { cpSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import {
  type DaemonOptions,
  dataFolder,
  demoRegister,
  startDaemon,
  type TestDaemon,
  UNHURRIED,
} from "../support/daemon.ts";
import { freePort, startRedis, type TestRedis } from "../support/redis.ts";
import { emptyStateFolder, program, shim } from "../support/shim.ts";

// Daemons are started and started again here, by turns with all the other tests.
vi.setConfig({ testTimeout: 300_000 });

const WAIT = program("setInterval(() => {}, 60000)");

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.stop());

/** Daemons of one ledger; the first keeps the history, and each may be started again where it was. */
function installation(register = demoRegister({ lease: UNHURRIED })) {
  const prefix = `${randomUUID()}:`;
  const folder = dataFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  /** What was written down. */
  const rows = (text: string): Record<string, unknown>[] => {
    const file = new DatabaseSync(join(folder.path, "history.sqlite"), { readOnly: true });
    try {
      return file.prepare(text).all();
    } finally {
      file.close();
    }
  };
  return {
    async start(options: Partial<DaemonOptions> = {}): Promise<TestDaemon> {
      const env = { REDIS_URL: redis.url, SEATMETER_PREFIX: prefix, SEATMETER_HISTORY: "on", ...options.env };
      // That nobody else is given while it is away.
      const listen = options.listen ?? `127.0.0.1:${await freePort()}`;
      const daemon = await startDaemon({ register, data: folder.path, ...options, env, listen });
      onTestFinished(async () => {
        await daemon.stop();
      });
      return daemon;
    },
    /** A second one, elsewhere, that leaves the history to the first. */
    async startOther(): Promise<TestDaemon> {
      const daemon = await startDaemon({
        register,
        env: { REDIS_URL: redis.url, SEATMETER_PREFIX: prefix, SEATMETER_HISTORY: "off" },
      });
      onTestFinished(async () => {
        await daemon.stop();
      });
      return daemon;
    },
    rows,
    /** All that happened until now is written down: one more launch, and no trace of it in what is looked at. */
    async recorded(daemon: TestDaemon) {
      const version = `last-${randomUUID()}`;
      const env = { SEATMETER_URL: daemon.url, SEATMETER_USER: version };
      const last = await shim(["run", "demo", "--version", version, "--", "true"], env).finished;
      expect(last).toMatchObject({ exit: 0, stderr: "" });
      const isThere = () => rows(`select why from sessions where version = '${version}'`);
      await expect.poll(isThere).toEqual([{ why: "program_exited" }]);
    },
  };
}

const hostOf = (daemon: TestDaemon) => new URL(daemon.httpUrl).host;
const SESSIONS =
  "select lease_id, person, start_ms, end_ms, why, reason, flags from sessions where version not like 'last-%' order by start_ms";
const ungoverned = (rows: Record<string, unknown>[]) =>
  rows.filter(({ flags }) => String(flags).includes("ungoverned"));
const leases = async (daemon: TestDaemon) => {
  const answer = await fetch(`${daemon.httpUrl}/api/v1/leases?pool=demo`);
  return ((await answer.json()) as { items: { leaseId: string }[] }).items;
};
const journalOf = (state: string) => (existsSync(join(state, "journal")) ? readdirSync(join(state, "journal")) : []);

test("twenty programs that ran while the daemon was off are twenty sessions, told twice and to two daemons", async () => {
  const { start, startOther, rows, recorded } = installation();
  const state = emptyStateFolder();
  const daemon = await start();
  const run = (user: string, url = daemon.url) =>
    shim(["run", "demo", "--", "true"], { SEATMETER_STATE: state, SEATMETER_URL: url, SEATMETER_USER: user }).finished;
  await run("before");
  const offMs = Date.now();
  await daemon.stop();

  const launches = Array.from({ length: 20 }, (_, i) => `user-${i}`);
  for (let i = 0; i < launches.length; i += 4) {
    const exits = await Promise.all(launches.slice(i, i + 4).map((user) => run(user)));
    expect(exits.map(({ exit }) => exit)).toEqual([0, 0, 0, 0]);
  }
  const onMs = Date.now();
  expect(journalOf(state)).toHaveLength(20);
  const copy = emptyStateFolder();
  cpSync(state, copy, { recursive: true });

  const back = await start({ listen: hostOf(daemon) });
  await run("after");
  expect(journalOf(state)).toEqual([]);
  const other = await startOther();
  cpSync(copy, state, { recursive: true });
  await Promise.all([run("twice"), run("elsewhere", other.url)]);
  expect(journalOf(state)).toEqual([]);

  await recorded(back);
  const sessions = rows(SESSIONS);
  const away = ungoverned(sessions);
  expect(away).toHaveLength(20);
  expect(new Set(away.map(({ person }) => person)).size).toBe(20);
  for (const session of away) {
    expect(session).toMatchObject({ reason: "unreachable", why: "program_exited" });
    expect(session.start_ms).toBeGreaterThanOrEqual(offMs);
    expect(session.end_ms).toBeGreaterThanOrEqual(session.start_ms as number);
    expect(session.end_ms).toBeLessThanOrEqual(onMs);
  }
  // And the four that were governed.
  expect(sessions).toHaveLength(24);
  const metrics = await (await fetch(`${back.httpUrl}/metrics`)).text();
  expect(metrics).toMatch(/^seatmeter_ungoverned_grants_total 20$/m);
});

test("what ran above the seats while the daemon was off is in the pool's day as excess, where it was", async () => {
  const { start, rows, recorded } = installation(demoRegister({ seats: 1 }));
  const state = emptyStateFolder();
  const daemon = await start();
  await daemon.stop();
  const three = ["ann", "ben", "cleo"].map((user) =>
    shim(["run", "demo", "--", ...WAIT], { SEATMETER_STATE: state, SEATMETER_URL: daemon.url, SEATMETER_USER: user }),
  );
  for (const { says } of three) await says("ready");
  for (const { child } of three) child.kill("SIGTERM");
  for (const { finished } of three) await finished;
  const back = await start({ listen: hostOf(daemon) });
  await shim(["run", "demo", "--", "true"], { SEATMETER_STATE: state, SEATMETER_URL: back.url }).finished;
  await recorded(back);

  expect(rows("select outside, seats from holdings where outside <> ''")).toEqual(
    Array(3).fill({ outside: "ungoverned", seats: 1 }),
  );
  const usage = async () => {
    const day = new Date().toISOString().slice(0, 10);
    const answer = await fetch(`${back.httpUrl}/api/v1/usage?pool=demo&from=${day}&to=${day}&step=day`);
    return JSON.stringify(await answer.json());
  };
  await expect.poll(usage).toMatch(/"peak":3/);
});

test("a product that its register refuses without a daemon runs nowhere, and there is nothing to tell", async () => {
  const { start, rows, recorded } = installation(demoRegister({ product: "whenUnreachable: refuse" }));
  const state = emptyStateFolder();
  const daemon = await start();
  const run = () =>
    shim(["run", "demo", "--", "echo", "started"], { SEATMETER_STATE: state, SEATMETER_URL: daemon.url }).finished;
  expect(await run()).toMatchObject({ exit: 0, stdout: "started\n" });
  await daemon.stop();
  const refused = await Promise.all([run(), run(), run()]);

  expect(refused.map(({ exit, stdout }) => [exit, stdout])).toEqual(Array(3).fill([69, ""]));
  expect(journalOf(state)).toEqual([]);
  const back = await start({ listen: hostOf(daemon) });
  expect((await run()).exit).toBe(0);
  await recorded(back);
  expect(rows(SESSIONS)).toHaveLength(2);
});

test("L4: programs run on while the daemon is dead, and what they used until their end is one session each", async () => {
  const { start, rows, recorded } = installation();
  const state = emptyStateFolder();
  const daemon = await start();
  const env = { SEATMETER_STATE: state, SEATMETER_URL: daemon.url };
  const [ends, stays] = [shim(["run", "demo", "--", ...WAIT], env), shim(["run", "demo", "--", ...WAIT], env)];
  await Promise.all([ends.says("ready"), stays.says("ready")]);
  const begun = await leases(daemon);
  const killedMs = Date.now();
  await daemon.kill();
  await expect.poll(() => journalOf(state), { timeout: 90_000 }).toHaveLength(2);
  const starts = shim(["run", "demo", "--", ...WAIT], env);
  await starts.says("ready");
  ends.child.kill("SIGTERM");
  expect(await ends.finished).toMatchObject({ exit: 143, stderr: "" });
  expect([stays.child.exitCode, starts.child.exitCode]).toEqual([null, null]);
  const backMs = Date.now();

  const back = await start({ listen: hostOf(daemon) });
  await expect.poll(() => journalOf(state), { timeout: 90_000 }).toEqual([]);
  await expect.poll(async () => (await leases(back)).length).toBe(2);
  for (const { child } of [stays, starts]) child.kill("SIGTERM");
  for (const { finished } of [stays, starts]) expect(await finished).toMatchObject({ exit: 143 });

  await recorded(back);
  const sessions = rows(SESSIONS);
  expect(sessions).toHaveLength(3);
  expect(sessions.map(({ why }) => why)).toEqual(Array(3).fill("program_exited"));
  // By the daemon's clock, so a little early: as exact as a welcome is fast.
  const isAway = (ms: unknown) => Number(ms) >= killedMs && Number(ms) <= backMs;
  const ended = sessions.filter(({ end_ms }) => isAway(end_ms));
  expect(ended).toHaveLength(1);
  expect(begun.map(({ leaseId }) => leaseId)).toContain(ended[0]?.lease_id);
  expect(ungoverned(sessions)).toHaveLength(1);
  expect(isAway(ungoverned(sessions)[0]?.start_ms)).toBe(true);
});

test("a shim whose daemon is killed goes to the other one, with the same lease and no second seat", async () => {
  const { start, startOther } = installation();
  const [first, other] = [await start(), await startOther()];
  const one = shim(["run", "demo", "--", ...WAIT], { SEATMETER_URL: `${first.url},${other.url}` });
  await one.says("ready");
  const before = await leases(other);
  await first.kill();
  const connections = async () =>
    /^seatmeter_shim_connections (\d+)$/m.exec(await (await fetch(`${other.httpUrl}/metrics`)).text())?.[1];
  await expect.poll(connections).toBe("1");

  await expect.poll(() => leases(other)).toEqual([{ ...before[0], flags: expect.anything() }]);
  one.child.kill("SIGTERM");
  expect(await one.finished).toMatchObject({ exit: 143, stderr: "" });
  expect(await leases(other)).toEqual([]);
});
