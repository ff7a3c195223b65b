import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { SeatmeterError } from "../../daemon/domain/errors.ts";
import { SOFTWARE_ITEMS, type Software } from "../../daemon/domain/inventory.ts";
import { ACCEPTS } from "../../daemon/protocol/messages.ts";
import { type Front, openFront } from "../support/front.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

let redis: TestRedis;
let front: Front;
/** By computer, what was written down, the newest last. */
const kept = new Map<string, Software[][]>();
let trouble: Error | undefined;
let nowMs = Date.now();
beforeAll(async () => {
  redis = await startRedis();
  front = await openFront({
    redis,
    now: () => nowMs,
    keepInventory: async ({ device }, software) => {
      if (trouble) throw trouble;
      kept.set(device, [...(kept.get(device) ?? []), [...software]]);
    },
  });
});
afterAll(async () => {
  await front?.close();
  await redis?.stop();
});

const named = (...names: string[]): Software[] => names.map((name) => ({ name, publisher: "", version: "1" }));

async function shim(device = `pc-${randomUUID()}`, at = front) {
  const connection = await at.connect();
  onTestFinished(() => connection.close());
  const welcome = await connection.greet(device);
  const tell = async (part: number, of: number, software: object[]) => {
    connection.say({ type: "inventory", part, of, software });
    return await connection.hear();
  };
  return { device, welcome, tell };
}
const inventoried = (part: number) => ({ type: "inventoried", part });

test("an inventory is written down when all its parts are here, and not before", async () => {
  const { device, welcome, tell } = await shim();
  expect(welcome.accepts).toContain("inventory");

  expect(await tell(1, 3, named("a"))).toEqual(inventoried(1));
  expect(await tell(2, 3, named("b", "c"))).toEqual(inventoried(2));
  expect(kept.has(device)).toBe(false);
  expect(await tell(3, 3, named("d"))).toEqual(inventoried(3));
  expect(kept.get(device)).toEqual([named("a", "b", "c", "d")]);
});

test("a part said again is answered again, and is there once", async () => {
  const { device, tell } = await shim();
  for (let i = 0; i < 2; i++) expect(await tell(1, 2, named("a"))).toEqual(inventoried(1));
  for (let i = 0; i < 3; i++) expect(await tell(2, 2, named("b"))).toEqual(inventoried(2));
  expect(kept.get(device)).toEqual([named("a", "b")]);
});

test("what changed meanwhile is told anew, from its first part on", async () => {
  const { device, tell } = await shim();
  await tell(1, 1, named("a"));
  await tell(1, 2, named("a", "b"));
  await tell(1, 2, named("a", "c"));
  await tell(2, 2, named("d"));
  expect(kept.get(device)).toEqual([named("a"), named("a", "c", "d")]);
});

test("a part that does not follow on what came before is refused by its field, and begins nothing", async () => {
  const { device, tell } = await shim();
  for (const [part, of] of [
    [2, 2],
    [3, 2],
  ] as const) {
    expect(await tell(part, of, named("b"))).toMatchObject({ code: "message_invalid", field: "part" });
  }
  await tell(1, 3, named("a"));
  expect(await tell(3, 3, named("c"))).toMatchObject({ code: "message_invalid", field: "part" });
  expect(await tell(2, 4, named("b"))).toMatchObject({ code: "message_invalid", field: "part" });
  expect(kept.has(device)).toBe(false);
});

test("what holds control characters, or is too long, is refused by name", async () => {
  const { tell } = await shim();
  const odd = [{ name: "a\u0007", publisher: "", version: "" }];
  expect(await tell(1, 1, odd)).toMatchObject({ code: "message_invalid", field: "software.0.name" });
  const long = [{ name: "a", publisher: "p".repeat(201), version: "" }];
  expect(await tell(1, 1, long)).toMatchObject({ code: "message_invalid", field: "software.0.publisher" });
  expect(await tell(1, 1, [{ ...named("a")[0], user: "asmith" }])).toMatchObject({
    code: "message_invalid",
    field: "software.0.user",
  });
});

test("a computer that tells of more than there may be is refused, and nothing of it kept", async () => {
  const { device, tell } = await shim();
  const some = named(...Array.from({ length: 250 }, (_, i) => String(i)));
  const of = SOFTWARE_ITEMS / some.length + 1;
  for (let part = 1; part < of; part++) expect(await tell(part, of, some)).toEqual(inventoried(part));
  expect(await tell(of, of, some)).toMatchObject({ code: "message_invalid", field: "software" });
  expect(kept.has(device)).toBe(false);
});

test("a computer tells so often in an hour, and then again in the next", async () => {
  const { tell } = await shim();
  for (let i = 0; i < 12; i++) expect(await tell(1, 1, named(String(i)))).toEqual(inventoried(1));
  expect(await tell(1, 1, named("more"))).toMatchObject({ code: "too_many_attempts", retry: true });
  nowMs += 3_600_001;
  expect(await tell(1, 1, named("more"))).toEqual(inventoried(1));
});

test("where it cannot be written down the computer is told, and tells it again", async () => {
  const { device, tell } = await shim();
  trouble = new SeatmeterError("history_unavailable", "the database is away");
  onTestFinished(() => {
    trouble = undefined;
  });
  expect(await tell(1, 1, named("a"))).toMatchObject({ code: "history_unavailable", retry: true });
  trouble = undefined;
  expect(await tell(1, 1, named("a"))).toEqual(inventoried(1));
  expect(kept.get(device)).toEqual([named("a")]);
});

test("a daemon that keeps no history asks for no inventories", async () => {
  const without = await openFront({ redis });
  onTestFinished(() => without.close());
  const { welcome, tell } = await shim("pc-1", without);
  expect(welcome.accepts).toEqual(ACCEPTS.filter((type) => type !== "inventory"));
  expect(await tell(1, 1, [])).toMatchObject({ code: "history_off" });
});
