import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeFacts } from "../../daemon/domain/events.ts";
import type { CheckoutRequest } from "../../daemon/ledger/answers.ts";
import { facts, policy, request, useLedger } from "../support/ledger.ts";

const { openPool, socket } = useLedger();

let redis: Redis;
beforeAll(() => {
  redis = new Redis({ path: socket() });
});
afterAll(() => redis.disconnect());

type Pool = Awaited<ReturnType<typeof openPool>>;
const age = ({ ledger, pool }: Pool, ms: number) => redis.hincrby(ledger.keys.of(pool, "state"), "vnow", ms);
const waiting = (change: Partial<CheckoutRequest> = {}) => request({ terms: { waitMs: 1_800_000 }, ...change });
const of = (user: string) => ({ facts: encodeFacts(facts({ user })) });
const queue = 1_800_000;
/** The queue is served after a call's looks, so the first one only lets it be served. */
async function standing({ ledger, pool }: Pool, { leaseId }: CheckoutRequest) {
  await ledger.act(pool, leaseId, { order: "look" });
  return (await ledger.act(pool, leaseId, { order: "look" })).outcome;
}

test("who waits and was cooling off is offered the free seat when that is over", async () => {
  const pool = await openPool({ seats: 2, ttlMs: 600_000, rules: { queue } });
  const [reclaimed, other] = [request(of("ada")), request(of("bo"))];
  await pool.checkout(reclaimed);
  await pool.checkout(other);
  const asked = waiting(of("ada"));
  expect(await pool.checkout(asked)).toMatchObject({ outcome: "queued", position: 1 });

  const order = { order: "reclaim", why: "reclaimed_by_admin", graceMs: 0, postponable: false } as const;
  await pool.ledger.act(pool.pool, reclaimed.leaseId, order);
  expect(await standing(pool, asked)).toBe("queued");
  expect((await pool.level()).used).toBe(1);

  await age(pool, 120_000);
  expect(await standing(pool, asked)).toBe("offered");
});

test("who may share a seat does not wait behind those who need one", async () => {
  const pool = await openPool({ seats: 1, ttlMs: 600_000, rules: { queue } });
  const holding = request();
  await pool.checkout(holding);
  const [first, stranger, second] = [waiting({ seatKey: "ada" }), waiting(), waiting({ seatKey: "ada" })];
  for (const asked of [first, stranger, second]) await pool.checkout(asked);

  await pool.checkin(holding);
  expect(await standing(pool, first)).toBe("offered");
  await pool.checkout(first);
  expect(await standing(pool, second)).toBe("offered");
  expect(await standing(pool, stranger)).toBe("queued");
  expect(await pool.checkout(second)).toMatchObject({ outcome: "granted", flags: ["shared"] });
});

test("an offer that a new policy denies is over, and gives back once what was set aside", async () => {
  const pool = await openPool({ seats: 1, rules: { queue } });
  const holding = request();
  const asked = waiting({ draws: "group:cad" });
  await pool.checkout(holding);
  await pool.checkout(asked);
  await pool.checkin(holding);
  expect(await standing(pool, asked)).toBe("offered");
  const stricter = policy({ revision: 2, seats: 1, limits: { "group:cad": 0 } });
  await pool.ledger.adopt(new Map([[pool.pool, stricter]]));

  expect(await pool.checkout(asked)).toMatchObject({ outcome: "denied", reason: "group_limit" });
  expect(await standing(pool, asked)).toBe("gone");
  await age(pool, 31_000);
  await pool.checkout(request());
  expect(await pool.level()).toMatchObject({ used: 1, offered: 0, waiting: 0, sites: { hall: 1 } });
});

test("an offer is not taken while more is overdue than was ended, and is not lost", async () => {
  const pool = await openPool({ seats: 1, ttlMs: 20_000, rules: { queue } }, { settings: { sweepMost: 1 } });
  const holding = request();
  const asked = waiting({ draws: "group:cad" });
  await pool.checkout(holding);
  await pool.checkout(asked);
  await pool.checkin(holding);
  await pool.checkout(request({ next: "another" }));
  const limited = policy({ revision: 2, seats: 1, limits: { "group:cad": 0 } });
  await pool.ledger.adopt(new Map([[pool.pool, limited]]));

  expect(await pool.checkout(asked)).toMatchObject({ outcome: "denied", reason: "group_limit" });
  expect((await pool.level()).offered).toBe(0);
});

test("a launch that waits, and whose program runs by now, waits no longer", async () => {
  const pool = await openPool({ seats: 1, rules: { queue } });
  await pool.checkout(request());
  const asked = waiting();
  expect(await pool.checkout(asked)).toMatchObject({ outcome: "queued" });

  const running = { ...asked, terms: { running: true as const } };
  expect(await pool.checkout(running)).toMatchObject({ outcome: "granted", flags: ["excess"] });
  expect(await pool.level()).toMatchObject({ used: 2, outside: 1, waiting: 0 });
});

test("what runs outside the count takes a seat within its limits, and of its group's reservation", async () => {
  const pool = await openPool({ seats: 2, limits: { "each:user": 1 }, ttlMs: 600_000 });
  const draws = "user:ada<each:user";
  const [first, stranger] = [request({ draws }), request()];
  await pool.checkout(first);
  await pool.checkout(stranger);
  const running = request({ draws, terms: { running: true } });
  expect(await pool.checkout(running)).toMatchObject({ flags: ["excess"] });

  await pool.checkin(stranger);
  await pool.checkin(request());
  expect(await pool.level()).toMatchObject({ used: 2, outside: 1 });
  await pool.checkin(first);
  await pool.checkin(request());
  expect(await pool.level()).toMatchObject({ used: 1, outside: 0 });
});

test("a checkin beside one that says why is told as checked in", async () => {
  const pool = await openPool({ seats: 2 });
  const [first, second] = [request(), request()];
  await pool.checkout(first);
  await pool.checkout(second);

  await Promise.all([
    pool.checkin(first),
    pool.ledger.checkin(pool.pool, second.leaseId, second.holder, "program_crashed"),
  ]);
  const lines = await redis.hmget(pool.ledger.keys.of(pool.pool, "leases"), first.leaseId, second.leaseId);
  expect(lines).toEqual(["\tchecked_in", "\tprogram_crashed"]);
});

test("an id that expired, came back and was given back is remembered from its return on", async () => {
  const pool = await openPool({ seats: 1, ttlMs: 60_000 });
  const asked = request();
  await pool.checkout(asked);
  await age(pool, 60_000);
  await pool.checkout(asked);
  for (let beat = 0; beat < 20; beat++) {
    await age(pool, 44_000);
    await pool.renew(asked);
  }
  await pool.checkin(asked);

  await age(pool, 60_000);
  expect(await pool.checkout(asked)).toEqual({ outcome: "returned" });
});
