import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LedgerEvent } from "../../daemon/domain/events.ts";
import type { CheckoutAnswer, CheckoutRequest } from "../../daemon/ledger/answers.ts";
import type { RedisClient } from "../../daemon/ledger/connection.ts";
import { readEvents } from "../../daemon/ledger/event-reader.ts";
import type { Ledger } from "../../daemon/ledger/ledger.ts";
import { policy, request, step, useLedger } from "../support/ledger.ts";

const { openPool, openLedger, socket } = useLedger();

let redis: Redis;
beforeAll(() => {
  redis = new Redis({ path: socket() });
});
afterAll(() => redis.disconnect());

type Pool = Awaited<ReturnType<typeof openPool>>;
const stateOf = ({ ledger, pool }: Pool) => ledger.keys.of(pool, "state");

/** Leases grow older by so much virtual time. */
const age = (pool: Pool, ms: number) => redis.hincrby(stateOf(pool), "vnow", ms);
/** The last call was so long ago by the wall clock; negative: the clock was set back since. */
const lastCallWas = (pool: Pool, agoMs: number) => redis.hincrby(stateOf(pool), "wlast", -agoMs);

async function eventsOf({ ledger, pool }: { ledger: Ledger; pool: string }) {
  const events: LedgerEvent[] = [];
  for await (const event of readEvents(redis as unknown as RedisClient, ledger.keys, pool)) events.push(event);
  return events;
}

test("a lease without heartbeats ends after its ttl, and its use ended at the last one", async () => {
  const pool = await openPool({ seats: 1, ttlMs: 60_000 });
  const silent = request();
  await pool.checkout(silent);
  await age(pool, 30_000);
  expect(await pool.checkout(request())).toMatchObject({ outcome: "denied" });
  await age(pool, 30_000);

  expect(await pool.checkout(request())).toMatchObject({ outcome: "granted" });
  const ended = (await eventsOf(pool)).find((event) => event.kind === "ended");
  expect(ended).toMatchObject({ leaseId: silent.leaseId, word: "expired" });
  expect(ended?.silentMs).toBeGreaterThanOrEqual(60_000);
  expect(await pool.renew(silent)).toBe("gone");
});

test("a heartbeat in time keeps the seat", async () => {
  const pool = await openPool({ seats: 1, ttlMs: 60_000 });
  const asked = request();
  await pool.checkout(asked);
  for (let beat = 0; beat < 4; beat++) {
    await age(pool, 45_000);
    expect(await pool.renew(asked)).toBe("alive");
  }

  expect(await pool.checkout(request())).toMatchObject({ outcome: "denied", reason: "no_seats" });
});

test("a lease that expired is taken up again by its id when a seat is free", async () => {
  const pool = await openPool({ seats: 1 });
  const asked = request();
  await pool.checkout(asked);
  await age(pool, 61_000);

  expect(await pool.checkout(asked)).toMatchObject({ outcome: "granted", flags: ["resumed"] });
  expect((await pool.level()).used).toBe(1);
});

/** A lease that a full pool passed on to `second`, with a note of two minutes; by now there is room. */
async function passedOn() {
  const pool = await openPool({ seats: 1, noteMs: 120_000 });
  const holding = request();
  await pool.checkout(holding);
  const asked = request({ next: "second" });
  await pool.checkout(asked);
  await pool.checkin(holding);
  return { pool, asked };
}

test("a lease that the next pool denied as well is asked for here again when its note has expired", async () => {
  const { pool, asked } = await passedOn();
  await age(pool, 60_000);
  expect(await pool.checkout(asked)).toEqual({ outcome: "passed", next: "second" });
  await age(pool, 60_000);
  expect(await pool.checkout(asked)).toMatchObject({ outcome: "granted" });
});

test("the note of the next pool lives as long as its lease is heard of", async () => {
  const { pool, asked } = await passedOn();
  for (let beat = 0; beat < 4; beat++) {
    await age(pool, 60_000);
    expect(await pool.renew(asked)).toBe("alive");
  }
  expect(await pool.checkout(asked)).toEqual({ outcome: "passed", next: "second" });
});

test.for([
  ["an hour ahead", 3_600_000],
  ["an hour back", -3_600_000],
  ["past an outage of a day", 86_400_000],
])("a clock that jumps %s takes no live lease, and is told as a gap", async ([, jumpMs]) => {
  const pool = await openPool({ seats: 1, ttlMs: 60_000 });
  const asked = request();
  await pool.checkout(asked);

  await lastCallWas(pool, jumpMs as number);

  expect(await pool.checkout(request())).toMatchObject({ outcome: "denied" });
  expect(await pool.renew(asked)).toBe("alive");
  const gap = (await eventsOf(pool)).find((event) => event.kind === "gap");
  expect(Math.abs(Number(gap?.word) - (jumpMs as number))).toBeLessThan(10_000);
});

test("a crashed client's seat comes back though the clock was set back", async () => {
  const pool = await openPool({ seats: 1, ttlMs: 60_000 });
  await pool.checkout(request());
  await lastCallWas(pool, -3_600_000);
  await pool.ledger.pulse();
  await age(pool, 60_000);

  expect(await pool.checkout(request())).toMatchObject({ outcome: "granted" });
});

/** How far the pool's own time and the wall's had come at the last call, and how much of the latter was missed. */
async function timesOf(pool: Pool) {
  const [virtualMs, wallMs] = (await redis.hmget(stateOf(pool), "vnow", "wlast")).map(Number) as [number, number];
  const gaps = (await eventsOf(pool)).filter((event) => event.kind === "gap");
  return { virtualMs, wallMs, gapsMs: gaps.reduce((sum, { word }) => sum + Number(word), 0) };
}

test("two daemons that tick one pool do not make time pass twice", async () => {
  const pool = await openPool({ seats: 1 });
  const other = await openLedger();
  await other.adopt(new Map([[pool.pool, policy({ seats: 1 })]]));
  await pool.checkout(request());
  const before = await timesOf(pool);

  for (let tick = 0; tick < 20; tick++) await Promise.all([pool.ledger.pulse(), other.pulse()]);
  await pool.checkout(request());

  // Where the machine stood still for more than one call lets pass, that is a gap.
  const after = await timesOf(pool);
  expect(after.virtualMs - before.virtualMs + after.gapsMs - before.gapsMs).toBe(after.wallMs - before.wallMs);
});

test("time passes in pools that hold something, by whichever daemon ticks, and not in empty ones", async () => {
  const pool = await openPool({ seats: 1 });
  const other = await openLedger();
  await other.adopt(new Map([[pool.pool, policy({ seats: 1 })]]));
  // Answered after the first call of each, which an adoption does not wait for.
  for (const ledger of [pool.ledger, other]) await ledger.checkin(pool.pool, "nobody's", "nobody", "checked_in");
  const atRest = await redis.hget(stateOf(pool), "wlast");
  await pool.ledger.pulse();
  await other.pulse();
  expect(await redis.hget(stateOf(pool), "wlast")).toBe(atRest);

  await pool.checkout(request());
  await age(pool, 61_000);
  await other.pulse();
  await expect.poll(async () => (await pool.level()).used).toBe(0);
});

test("a launch does not wait until time has passed in all of many pools", async () => {
  const many = 400;
  const names = Array.from({ length: many }, () => `many-${randomUUID()}`);
  let calls = 0;
  const watcher = { call: () => calls++, ranOut: () => {}, offered: () => {} };
  const ledger = await openLedger({ watcher });
  await ledger.adopt(new Map(names.map((name) => [name, policy({ seats: 2 })])));
  // One after the other: so many calls at once are not all answered in time where the machine is slow.
  for (const name of names) await ledger.checkout(name, request());

  calls = 0;
  const passing = ledger.pulse();
  await ledger.checkout(names.at(-1)!, request());
  expect(calls).toBeLessThan(many);
  await passing;
  expect(calls).toBeGreaterThanOrEqual(many);
});

test("no denial is given while more leases are overdue than one call may end", async () => {
  const pool = await openPool({ seats: 30 }, { settings: { sweepMost: 4 } });
  await Promise.all(Array.from({ length: 30 }, () => pool.checkout(request({ seatKey: "shared" }))));
  await Promise.all(Array.from({ length: 29 }, () => pool.checkout(request())));
  await age(pool, 61_000);

  const answers = await Promise.all(Array.from({ length: 30 }, () => pool.checkout(request())));

  expect(answers.filter((answer) => answer.outcome === "denied")).toEqual([]);
});

test("capacity steps by itself at the moments the policy names, downwards too, and nobody is cut", async () => {
  const nowMs = Date.now();
  const steps = (stepMs: number) => [
    step({ fromMs: 0, seats: 3, reason: "no_seats" as const }),
    step({ fromMs: stepMs, seats: 1, reason: "no_seats" as const }),
  ];
  const pool = await openPool({ steps: steps(nowMs + 3_600_000) });
  const held = [request(), request()];
  for (const asked of held) await pool.checkout(asked);
  expect(await pool.level()).toMatchObject({ used: 2, capacity: 3 });

  await pool.ledger.adopt(new Map([[pool.pool, policy({ revision: 2, steps: steps(nowMs - 1000) })]]));

  expect(await pool.checkout(request())).toMatchObject({ outcome: "denied", reason: "no_seats" });
  expect(await pool.renew(held[0]!)).toBe("alive");
  expect(await pool.level()).toMatchObject({ used: 2, capacity: 1, revision: 2 });
  const capacities = (await eventsOf(pool)).filter((event) => event.kind === "capacity").map((event) => event.word);
  expect(capacities).toEqual(["3", "1"]);
});

test("before the first entitlement and after the last a denial says so", async () => {
  const pool = await openPool({
    steps: [
      step({ fromMs: 0, seats: 0, reason: "entitlement_not_started" }),
      step({ fromMs: 4e12, seats: 1, reason: "no_seats" }),
    ],
  });
  expect(await pool.checkout(request())).toMatchObject({ outcome: "denied", reason: "entitlement_not_started" });

  const steps = [step({ fromMs: 0, seats: 0, reason: "entitlement_ended" as const })];
  await pool.ledger.adopt(new Map([[pool.pool, policy({ revision: 2, steps })]]));
  const asked = request({ next: "elsewhere" });
  expect(await pool.checkout(asked)).toMatchObject({ outcome: "denied", reason: "entitlement_ended" });
});

test("a day's peak is of the local day, which ends where the zone's offset says, summer time too", async () => {
  const pool = await openPool({ seats: 5, offsets: [{ fromMs: 0, offsetMs: 0 }] });
  await pool.checkout(request());
  const utc = Number(await redis.hget(stateOf(pool), "dayEndsMs"));
  expect(utc % 86_400_000).toBe(0);

  // The zone goes to summer time two hours before midnight UTC: local midnight comes an hour earlier.
  const changing = await openPool({
    seats: 5,
    offsets: [
      { fromMs: 0, offsetMs: 0 },
      { fromMs: utc - 7_200_000, offsetMs: 3_600_000 },
    ],
  });
  await changing.checkout(request());
  const ends = Number(await redis.hget(stateOf(changing), "dayEndsMs"));
  expect(ends === utc - 3_600_000 || ends === utc + 86_400_000 - 3_600_000).toBe(true);
});

test("a pool at rest shows no peak of long ago", async () => {
  const pool = await openPool({ seats: 5 });
  const asked = request();
  await pool.checkout(asked);
  await pool.checkin(asked);
  expect(await pool.level()).toMatchObject({ used: 0, recentPeak: 1, dayPeak: 1 });

  await redis.hincrby(stateOf(pool), "atMs", -600_000);
  expect(await pool.level()).toMatchObject({ recentPeak: 0, dayPeak: 1 });
  await redis.hset(stateOf(pool), "dayEndsMs", Date.now() - 1);
  expect(await pool.level()).toMatchObject({ dayPeak: 0 });
});

test("ten thousand checkouts at once, through two daemons, are granted one hundred seats", async () => {
  const pool = await openPool({ seats: 100 });
  const other = await openLedger();
  await other.adopt(new Map([[pool.pool, policy({ seats: 100 })]]));

  // A busy machine may keep an answer past its time-out: asking again is what a shim does then.
  const ask = async (ledger: Ledger, asked: CheckoutRequest): Promise<CheckoutAnswer> =>
    ledger.checkout(pool.pool, asked).catch((error) => {
      if (error.code !== "ledger_unavailable") throw error;
      return ask(ledger, asked);
    });
  const answers = await Promise.all(
    Array.from({ length: 10_000 }, (_, i) => ask(i % 2 ? pool.ledger : other, request())),
  );

  expect(answers.filter((answer) => answer.outcome === "granted")).toHaveLength(100);
  expect(answers.filter((answer) => answer.outcome === "denied" && answer.reason === "no_seats")).toHaveLength(9_900);
  expect((await pool.level()).used).toBe(100);
});

test("the events of a pool rebuild its counts and integrals", async () => {
  const pool = await openPool({ seats: 40 });
  const sites = ["hall", "depot", "home"];
  const held: ReturnType<typeof request>[] = [];
  for (let turn = 0; turn < 60; turn++) {
    const asked = request({
      site: sites[turn % 3]!,
      seats: 1 + (turn % 2),
      seatKey: turn % 4 ? "" : `key-${turn % 8}`,
    });
    if ((await pool.checkout(asked)).outcome === "granted") held.push(asked);
    if (turn % 3 === 2) await pool.checkin(held.splice(turn % held.length, 1)[0]!);
    if (turn % 10 === 9) await lastCallWas(pool, 1_500);
  }
  await pool.checkin(held.pop()!);

  const counts: Record<string, number> = {};
  let seatMs = 0;
  let before: LedgerEvent | undefined;
  for (const event of await eventsOf(pool)) {
    expect(event.number).toBe((before?.number ?? 0) + 1);
    if (before) seatMs += before.level * (event.virtualMs - before.virtualMs);
    for (const name of event.draws.split(" ")) counts[name] = (counts[name] ?? 0) + event.seatsMoved;
    before = event;
  }

  const level = await pool.level();
  expect(before?.level).toBe(level.used);
  expect(counts).toMatchObject(Object.fromEntries(Object.entries(level.sites).map(([site, n]) => [`site:${site}`, n])));
  expect(seatMs).toBe(level.seatMs);
  expect(level.seatMs).toBeGreaterThan(0);
});

test("when Redis has no memory left, leases are given back and renewed, and nothing is granted", async () => {
  const pool = await openPool({ seats: 5 });
  const asked = request();
  const kept = request();
  await pool.checkout(asked);
  await pool.checkout(kept);
  await redis.config("SET", "maxmemory", "1");
  try {
    const refused = pool.checkout(request());
    const returned = pool.checkin(asked);
    await expect(refused).rejects.toMatchObject({ code: "ledger_unavailable" });
    expect(await returned).toBe("returned");
    expect(await pool.renew(kept)).toBe("alive");
  } finally {
    await redis.config("SET", "maxmemory", "0");
  }
  expect(await pool.checkout(request())).toMatchObject({ outcome: "granted" });
});

test("a ledger that lost everything is given its policies again by the next daemon that asks", async () => {
  const pool = await openPool({ seats: 1 });
  await redis.flushall();

  const running = { terms: { running: true } } as const;
  expect(await pool.checkout(request(running))).toMatchObject({ outcome: "granted", flags: [] });
  expect(await pool.checkout(request(running))).toMatchObject({ outcome: "granted", flags: ["excess"] });
});

test("of two registers published on the same revision one is in force, and the other is told", async () => {
  const ledger = await openLedger({ prefix: `${randomUUID()}:` });
  const publish = (text: string) => ledger.publish({ text, files: {}, author: "test" }, 0);

  const outcomes = await Promise.allSettled([publish("one"), publish("other")]);

  expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(outcomes.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "register_stale" } });
  expect(await ledger.publication()).toMatchObject({ revision: 1, text: "one", previousText: "" });
});

test("a published register is told to every daemon at once", async () => {
  const prefix = `${randomUUID()}:`;
  const [here, there] = await Promise.all([openLedger({ prefix }), openLedger({ prefix })]);
  const told = new Promise<void>((resolve) => there.onPublication(resolve));
  await expect.poll(async () => (await redis.pubsub("NUMSUB", `${prefix}register`))[1]).toBe(1);

  await here.publish({ text: "text", files: { "members.csv": "user" }, author: "admin" }, 0);
  await told;

  expect(await there.publication()).toMatchObject({ revision: 1, files: { "members.csv": "user" }, author: "admin" });
});
