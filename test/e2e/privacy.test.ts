import { randomUUID } from "node:crypto";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dataFolder, demoRegister, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { hasPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { shim } from "../support/shim.ts";

/** A pool whose sums are to stay as they are, and one that is busy meanwhile. */
const register = `${demoRegister({ seats: 3, pool: "linger: 1h", lease: "{ ttl: 1h, heartbeatEvery: 10m }" }).replace(
  "products:",
  "groups: { team: { members: [canary-ada] } }\nproducts:\n  busy: { owner: it@exampleshire.example, pools: [busy] }",
)}  busy: { entitlements: [{ reference: PO-2, seats: 100, starts: 2020-01-01 }] }
`;
const NAME = "canary-ada";
const WITHIN_A_MINUTE = { timeout: 90_000, interval: 250 };

const ask = async ({ httpUrl }: TestDaemon, method: string, path: string, body?: object, device = "pc-1") => {
  const headers = { "content-type": "application/json", "seatmeter-device": device };
  const response = await fetch(httpUrl + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  return (await response.json()) as Record<string, unknown>;
};

/** A launch from its beginning to its end. */
async function launch(daemon: TestDaemon, user: string, device: string, product = "demo"): Promise<void> {
  const leaseId = randomUUID();
  await ask(daemon, "POST", "/api/v1/checkouts", { leaseId, user, product }, device);
  await ask(daemon, "DELETE", `/api/v1/checkouts/${leaseId}`, undefined, device);
}

interface Told {
  parts: { part: string; items: { outcome?: string; untilMs?: number | null }[] }[];
}
const told = async (daemon: TestDaemon, user = NAME) =>
  (await ask(daemon, "POST", "/api/v1/privacy/export", { user })) as unknown as Told;
const countsOf = ({ parts }: Told) => Object.fromEntries(parts.map(({ part, items }) => [part, items.length]));
const ready = async (daemon: TestDaemon) =>
  (await ask(daemon, "GET", "/readyz")) as { backlog: number; history: string };
const recorded = (daemon: TestDaemon, launches: number) =>
  expect.poll(async () => countsOf(await told(daemon)).launches, { interval: 100 }).toBe(launches);

/** What a report adds up of the pool that is not busy. */
async function sumsOf(daemon: TestDaemon) {
  const { items } = (await ask(daemon, "GET", "/api/v1/usage?pool=demo&step=day")) as {
    items: Record<"launches" | "peak" | "seatHours" | "turnedAway" | "keptWaiting" | "hoursFull", number>[];
  };
  const total = { launches: 0, peak: 0, seatHours: 0, turnedAway: 0, keptWaiting: 0, hoursFull: 0 };
  for (const day of items) {
    // Midnight may come in between, and of two days the highest is no sum.
    for (const name of Object.keys(total) as (keyof typeof total)[])
      total[name] = name === "peak" ? Math.max(total.peak, day.peak) : total[name] + day[name];
  }
  return total;
}

/** Of those who were looked up, in rows of the audit that lead to them. */
async function lookedUp(daemon: TestDaemon): Promise<string[]> {
  const { items } = (await ask(daemon, "GET", "/api/v1/audit?most=200")) as {
    items: { act: string; subject: string }[];
  };
  return items.filter(({ act }) => act === "export_person").flatMap(({ subject }) => (subject ? [subject] : []));
}

interface Place {
  env: Record<string, string>;
  /** Yesterday's backup. */
  backUp(): Promise<void>;
  restore(): Promise<void>;
}

function erasedForGood(placeOf: (data: string) => Promise<Place>) {
  test("a person is found, told and erased under load, sums unchanged, and is still erased after yesterday's backup was restored", {
    timeout: 300_000,
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
    const looks = await lookedUp(yesterday);
    expect(looks.length).toBeGreaterThan(0);
    await expect.poll(() => sumsOf(yesterday), { interval: 250 }).toMatchObject({ launches: 9 });
    const sums = await sumsOf(yesterday);
    expect(sums).toMatchObject({ peak: 3, turnedAway: 0, keptWaiting: 1 });
    expect(sums.seatHours).toBeGreaterThan(0);
    await yesterday.stop();
    await backUp();

    const today = await start();
    let isOver = false;
    let launches = 0;
    const load = Array.from({ length: 8 }, async (_, i) => {
      while (!isOver) {
        await launch(today, `worker-${i}`, `pc-${i}`, "busy");
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
    expect(await lookedUp(today)).toEqual([]);
    // What was freed just then is told of a moment later, and replaced within a minute.
    await expect.poll(async () => countsOf(await told(today)), WITHIN_A_MINUTE).toMatchObject(gone);
    expect(countsOf(await told(today, "b"))).toMatchObject({ launches: 1 });
    expect(await sumsOf(today)).toEqual(sums);
    // Also of computers that others use nothing was taken away.
    expect(today.output()).not.toContain(NAME);
    await today.stop();

    await restore();
    const again = await start();
    await expect.poll(() => again.output(), { interval: 100 }).toMatch(/erasures.*done again/);
    // Nor does the audit lead to anybody, which came back with all else; and it is as it was written.
    expect((await lookedUp(again)).filter((subject) => looks.includes(subject))).toEqual([]);
    expect(await ask(again, "GET", "/api/v1/audit/verify")).toMatchObject({ sound: true });
    await expect.poll(async () => countsOf(await told(again)), WITHIN_A_MINUTE).toMatchObject(gone);
    expect(await sumsOf(again)).toEqual(sums);
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
