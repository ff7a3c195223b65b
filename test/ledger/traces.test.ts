import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeFacts } from "../../daemon/domain/events.ts";
import { TRACES } from "../../daemon/ledger/traces.ts";
import { facts, request, useLedger } from "../support/ledger.ts";

const { openPool, socket } = useLedger();
let redis: Redis;
beforeAll(() => {
  redis = new Redis({ path: socket() });
});
afterAll(() => redis.disconnect());

type Pool = Awaited<ReturnType<typeof openPool>>;
const by = (user: string, change = {}) =>
  request({ facts: encodeFacts(facts({ user, device: `of-${user}` })), ...change });

/** Everything that Redis holds of a pool but its events, as one text. */
async function held({ ledger, pool }: Pool): Promise<string> {
  const [hashes, sets] = [
    ["state", "leases", "counts", "seats"] as const,
    ["due", "dated", "linger", "queue"] as const,
  ];
  const maps = await Promise.all(hashes.map((key) => redis.hgetall(ledger.keys.of(pool, key))));
  const lists = await Promise.all(sets.map((key) => redis.zrange(ledger.keys.of(pool, key), "0", "-1")));
  return JSON.stringify([maps, lists]);
}

const forget = async ({ ledger, pool }: Pool, ...names: string[]) => {
  const traces = (await ledger.traces(names)).filter((trace) => trace.pool === pool);
  for (const { name } of traces) {
    expect(await ledger.act(pool, name, { order: "forget" })).toEqual({ outcome: "forgotten" });
    expect(await ledger.act(pool, name, { order: "forget" })).toEqual({ outcome: "gone" });
  }
  return traces.map(({ kind }) => kind).sort();
};

test("a seat that lingers is found by its person, and somebody else's stays", async () => {
  const pool = await openPool({ seats: 2, rules: { linger: 600_000 } });
  for (const user of ["asmith", "bo"]) {
    const asked = by(user);
    await pool.checkout(asked);
    await pool.checkin(asked);
  }
  expect(await forget(pool, "asmith")).toEqual(["linger"]);
  expect(await held(pool)).not.toContain("asmith");
  expect(await held(pool)).toContain("bo");
  expect(await pool.level()).toMatchObject({ used: 0, lingering: 1 });
});

test("an assigned seat is found by person or computer, also one of several, and is free afterwards", async () => {
  const person = await openPool({ seats: 3, rules: { hold: 86_400_000, holdBy: 1 } });
  const asked = by("asmith", { seats: 3 });
  await person.checkout(asked);
  await person.checkin(asked);
  expect(await person.checkout(by("bo"))).toMatchObject({ outcome: "denied" });
  expect(await forget(person, "asmith")).toEqual(["hold"]);
  expect(await person.checkout(by("bo"))).toMatchObject({ outcome: "granted" });
  expect(await held(person)).not.toContain("hold:asmith");

  const device = await openPool({ seats: 1, rules: { hold: 86_400_000, holdBy: 2 } });
  const other = by("asmith");
  await device.checkout(other);
  await device.checkin(other);
  expect(await forget(device, "asmith", "of-asmith")).toEqual(["hold"]);
  expect(await held(device)).not.toContain("of-asmith");
});

test("a cool-off, a refusal and the count of broken glass are found, and forgetting them counts nothing twice", async () => {
  const pool = await openPool({ seats: 1, rules: { glass: 2 } });
  const asked = by("asmith");
  await pool.checkout(asked);
  await pool.checkout(by("asmith", { terms: { glass: "asmith:2026-11" } }));
  await pool.ledger.act(pool.pool, asked.leaseId, {
    ...{ order: "reclaim", why: "reclaimed_by_admin", graceMs: 0, postponable: false },
  });
  await pool.checkout(by("asmith", { seats: 5 }));
  await redis.hincrby(pool.ledger.keys.of(pool.pool, "state"), "vnow", 1);
  await pool.ledger.act(pool.pool, asked.leaseId, { order: "look" });
  expect(await forget(pool, "asmith")).toEqual(["cool", "glass", "refused"]);
  expect(await held(pool)).toMatch(/"tally":"(?!.*(cooling|refused))/);
  expect(Object.keys(TRACES).sort()).toEqual(["cool", "glass", "hold", "linger", "refused"]);
});

test("what is no trace is not forgotten, however it is called", async () => {
  const pool = await openPool({ seats: 1 });
  const asked = by("asmith");
  await pool.checkout(asked);
  for (const name of [asked.leaseId, "hold:asmith", "linger:asmith:d", "reclaim:x", "", "refused:"]) {
    expect(await pool.ledger.act(pool.pool, name || "-", { order: "forget" })).toEqual({ outcome: "gone" });
  }
  expect(await pool.level()).toMatchObject({ used: 1 });
});
