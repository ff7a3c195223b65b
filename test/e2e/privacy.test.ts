import { randomUUID } from "node:crypto";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dataFolder, demoRegister, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { hasPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { shim } from "../support/shim.ts";

const register = demoRegister({ seats: 3, pool: "linger: 1h" }).replace(
  "products:",
  "groups: { team: { members: [canary-ada] } }\nproducts:",
);
const NAME = "canary-ada";

const ask = async ({ httpUrl }: TestDaemon, method: string, path: string, body?: object, device = "pc-1") => {
  const headers = { "content-type": "application/json", "seatmeter-device": device };
  const response = await fetch(httpUrl + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  return (await response.json()) as Record<string, unknown>;
};

/** A launch from its beginning to its end. */
async function launch(daemon: TestDaemon, user: string, device: string): Promise<void> {
  const leaseId = randomUUID();
  await ask(daemon, "POST", "/api/v1/checkouts", { leaseId, user, product: "demo" }, device);
  await ask(daemon, "DELETE", `/api/v1/checkouts/${leaseId}`, undefined, device);
}

interface Told {
  parts: { part: string; items: { outcome?: string; untilMs?: number | null }[] }[];
}
const told = async (daemon: TestDaemon) =>
  (await ask(daemon, "POST", "/api/v1/privacy/export", { user: NAME })) as unknown as Told;
const countsOf = ({ parts }: Told) => Object.fromEntries(parts.map(({ part, items }) => [part, items.length]));
const ready = async (daemon: TestDaemon) =>
  (await ask(daemon, "GET", "/readyz")) as { backlog: number; history: string };
const recorded = (daemon: TestDaemon, launches: number) =>
  expect.poll(async () => countsOf(await told(daemon)).launches, { timeout: 20_000, interval: 100 }).toBe(launches);

interface Place {
  env: Record<string, string>;
  /** Yesterday's backup. */
  backUp(): Promise<void>;
  restore(): Promise<void>;
}

function erasedForGood(placeOf: (data: string) => Promise<Place>) {
  test("a person is found, told and erased under load, and is still erased after yesterday's backup was restored", {
    timeout: 120_000,
  }, async () => {
    using folder = dataFolder();
    const { env, backUp, restore } = await placeOf(folder.path);
    const start = () => startDaemon({ register, data: folder.path, env: { SEATMETER_HISTORY: "on", ...env } });

    const yesterday = await start();
    for (let i = 0; i < 5; i++) await launch(yesterday, NAME, "pc-ada");
    const held = await Promise.all(["a", "b", "c"].map((user) => holdSeat(yesterday, user)));
    await launch(yesterday, NAME, "pc-ada");
    for (const { leaseId, device } of held) {
      await ask(yesterday, "DELETE", `/api/v1/checkouts/${leaseId}`, undefined, device);
    }
    await launch(yesterday, NAME, "pc-ada");
    await recorded(yesterday, 6);
    expect(countsOf(await told(yesterday))).toMatchObject({
      launches: 6,
      denials: 1,
      refusals: 1,
      traces: 1,
      register: 1,
    });
    await yesterday.stop();
    await backUp();

    const today = await start();
    let isOver = false;
    let launches = 0;
    const load = Array.from({ length: 8 }, async (_, i) => {
      while (!isOver) {
        await launch(today, `worker-${i}`, `pc-${i}`);
        launches += 1;
      }
    });
    await expect.poll(() => launches).toBeGreaterThan(20);
    const { exit, stdout } = await shim(["privacy", "erase", NAME, "--reason", "asked for"], {
      SEATMETER_URL: today.url,
    }).finished;
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: expect.stringMatching(/^Erased: \d+ entries/) });
    isOver = true;
    await Promise.all(load);
    await expect.poll(async () => (await ready(today)).backlog).toBe(0);
    const gone = { leases: 0, waiting: 0, launches: 0, denials: 0, assignments: 0, traces: 0, register: 1 };
    expect(countsOf(await told(today))).toMatchObject(gone);
    // Also of computers that others use nothing was taken away.
    expect(today.output()).not.toContain(NAME);
    await today.stop();

    await restore();
    const again = await start();
    await expect.poll(() => again.output(), { timeout: 20_000, interval: 100 }).toMatch(/erasures.*done again/);
    expect(countsOf(await told(again))).toMatchObject(gone);
    await again.stop();
  });
}

async function holdSeat(daemon: TestDaemon, user: string) {
  const [leaseId, device] = [randomUUID(), `pc-${user}`];
  await ask(daemon, "POST", "/api/v1/checkouts", { leaseId, user, product: "demo" }, device);
  return { leaseId, device };
}

describe("SQLite", () => {
  erasedForGood(async (data) => {
    const file = join(data, "history.sqlite");
    return {
      env: {},
      backUp: async () => copyFileSync(file, `${file}.backup`),
      restore: async () => copyFileSync(`${file}.backup`, file),
    };
  });
});

describe.skipIf(!hasPostgres())("PostgreSQL", () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres({ fsync: "off" });
  }, 60_000);
  afterAll(() => postgres?.end());

  erasedForGood(async () => {
    const url = await postgres.newDatabase();
    const name = url.slice(url.lastIndexOf("/") + 1);
    const elsewhere = url.replace(name, "postgres");
    return {
      env: { DATABASE_URL: url },
      backUp: async () => void (await postgres.query(elsewhere, `create database ${name}_backup template ${name}`)),
      restore: async () => {
        await postgres.query(elsewhere, `drop database ${name}`);
        await postgres.query(elsewhere, `create database ${name} template ${name}_backup`);
      },
    };
  });
});
