import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Front, openFront } from "../support/front.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import type { TestShim } from "../support/test-shim.ts";

const MANY = 1_000;
/** As a register has it that says nothing. */
const MOST_LEASES = 256;

let redis: TestRedis;
let front: Front;
beforeAll(async () => {
  redis = await startRedis();
  front = await openFront({ redis });
});
afterAll(async () => {
  await front.close();
  await redis.stop();
});

async function greeted(device: string): Promise<TestShim> {
  const shim = await front.connect();
  await shim.greet(device);
  return shim;
}
const used = async () => (await front.ledger.levels(["cad"]))[0]!.used;

/** Say all of it at once, and count the answers by what they are. */
async function answersTo(shim: TestShim, messages: object[]): Promise<Record<string, number>> {
  for (const message of messages) shim.say(message as Parameters<TestShim["say"]>[0]);
  const counted: Record<string, number> = {};
  for (let left = messages.length; left > 0; ) {
    const heard = await shim.hear();
    if (heard.type === "policy") continue;
    left -= 1;
    const what = heard.type === "error" ? heard.code : heard.type;
    counted[what] = (counted[what] ?? 0) + 1;
  }
  return counted;
}

test("of 1,000 seats that one computer asks for it gets 256, and others get theirs; of 1,000 forged returns none counts", async () => {
  const [greedy, other, thief] = [await greeted("pc-greedy"), await greeted("pc-other"), await greeted("pc-thief")];
  const leases = Array.from({ length: MANY }, () => randomUUID());
  const launches = leases.map((leaseId) => ({ type: "checkout", leaseId, product: "cad", user: "asmith" }));
  expect(await answersTo(greedy, launches)).toEqual({
    granted: MOST_LEASES,
    too_many_leases: MANY - MOST_LEASES,
  });
  expect(await other.checkout()).toMatchObject({ type: "granted" });
  expect(await used()).toBe(MOST_LEASES + 1);

  const { items } = await front.ledger.leases("cad");
  const held = items.filter(({ device }) => device === "pc-greedy").map(({ leaseId }) => leaseId);
  expect(held).toHaveLength(MOST_LEASES);
  const returns = Array.from({ length: MANY }, (_, i) => ({ type: "checkin", leaseId: held[i % held.length] }));
  expect(await answersTo(thief, returns)).toEqual({ not_holder: MANY });
  expect(await used()).toBe(MOST_LEASES + 1);
  for (const shim of [greedy, other, thief]) await shim.close();
});

test("a computer that names somebody else's user gets no hold of what that person has, and the page says whose word it is", async () => {
  const [victim, thief] = [await greeted("pc-victim"), await greeted("pc-thief")];
  const { leaseId } = await victim.checkout({ user: "asmith" });
  const before = await used();
  const attempts = [
    { type: "checkout", leaseId, product: "cad", user: "asmith" },
    { type: "heartbeat", leaseIds: [leaseId] },
    { type: "checkin", leaseId },
    { type: "postpone", leaseId },
  ];
  expect(await answersTo(thief, attempts)).toEqual({ not_holder: attempts.length });
  expect(await used()).toBe(before);
  const page = await (await fetch(`${front.url}/pools/cad`, { headers: { accept: "text/html" } })).text();
  expect(page).toContain("People are called what their computer said they are.");
  for (const shim of [victim, thief]) await shim.close();
});
