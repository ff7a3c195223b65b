import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { JOURNAL_KEPT_MS } from "../../daemon/domain/journal.ts";
import { type Front, openFront } from "../support/front.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

const MINUTE_MS = 60_000;

let redis: TestRedis;
let front: Front;
beforeAll(async () => {
  redis = await startRedis();
  front = await openFront({ redis });
});
afterAll(async () => {
  await front?.close();
  await redis?.stop();
});

const entry = (change: Record<string, unknown> = {}) => ({
  ...{ id: randomUUID(), product: "cad", user: "asmith", reason: "unreachable" },
  ...{ startedAtMs: Date.now() - 10 * MINUTE_MS, endedAtMs: Date.now() - MINUTE_MS },
  ...change,
});

async function shim(device = `pc-${randomUUID()}`, at = front) {
  const connection = await at.connect();
  onTestFinished(() => connection.close());
  const welcome = await connection.greet(device);
  const tell = async (...entries: object[]) => {
    connection.say({ type: "journal", entries });
    return await connection.hear();
  };
  return { connection, welcome, tell };
}

const ungoverned = async (at = front) => {
  const { payload } = await at.app.inject("/metrics");
  return Number(/^seatmeter_ungoverned_grants_total (\d+)$/m.exec(payload)?.[1]);
};

test("a daemon says in its welcome that it takes journals, and since when a program runs", async () => {
  const { welcome } = await shim();
  expect(welcome.accepts).toEqual(expect.arrayContaining(["journal", "checkout.runningSinceMs"]));
});

test("a journal is acknowledged with the ids in it, each time it is told, and counted once", async () => {
  const { tell } = await shim();
  const before = await ungoverned();
  const entries = [entry(), entry({ product: "gis", version: "2026", seats: 2, why: "program_crashed" })];
  const ids = entries.map(({ id }) => id);

  expect(await tell(...entries)).toEqual({ type: "journalled", ids });
  expect(await tell(...entries)).toEqual({ type: "journalled", ids });
  expect(await ungoverned()).toBe(before + entries.length);
});

test("what is older than a week is acknowledged, or it would be told for ever, not counted, and said in the log", async () => {
  const { tell } = await shim();
  const before = await ungoverned();
  const endedAtMs = Date.now() - JOURNAL_KEPT_MS - 1;
  const old = entry({ startedAtMs: endedAtMs - MINUTE_MS, endedAtMs });

  expect(await tell(old)).toEqual({ type: "journalled", ids: [old.id] });
  expect(await ungoverned()).toBe(before);
  expect(front.log.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ entries: 1, msg: expect.stringContaining("left out") }),
  );
});

test("use of a product that the register lacks is acknowledged too", async () => {
  const { tell } = await shim();
  const unknown = entry({ product: "no-such" });
  expect(await tell(unknown)).toEqual({ type: "journalled", ids: [unknown.id] });
});

test("nobody's lease is ended by somebody else's journal", async () => {
  const holder = await shim();
  const { leaseId } = await holder.connection.checkout();
  const other = await shim();

  expect(await other.tell(entry({ id: leaseId }))).toEqual({ type: "journalled", ids: [leaseId] });
  holder.connection.say({ type: "heartbeat", leaseIds: [leaseId] });
  expect(await holder.connection.hear()).toMatchObject({ type: "alive", gone: [] });
});

test("a lease whose program has ended meanwhile is over when its journal is told", async () => {
  const { connection, tell } = await shim();
  const { leaseId } = await connection.checkout();

  expect(await tell(entry({ id: leaseId }))).toEqual({ type: "journalled", ids: [leaseId] });
  connection.say({ type: "heartbeat", leaseIds: [leaseId] });
  expect(await connection.hear()).toMatchObject({ type: "alive", gone: [leaseId] });
});

test.each([
  ["a name that is none", { user: "" }, "entries.0.user"],
  ["a field that nobody knows", { colour: "green" }, "entries.0.colour"],
  ["a moment that is none", { endedAtMs: "now" }, "entries.0.endedAtMs"],
  ["a reason that is no code", { reason: "a b" }, "entries.0.reason"],
])("%s is named", async (_, change, field) => {
  const { tell } = await shim();
  expect(await tell(entry(change))).toMatchObject({ type: "error", code: "message_invalid", field });
});
