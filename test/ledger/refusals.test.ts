import fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DENIAL_REASONS, DENIALS, type DenialReason } from "../../daemon/domain/denials.ts";
import { encodeFacts, type Facts, type LedgerEvent } from "../../daemon/domain/events.ts";
import { foldRefusals, type LaunchAnswer } from "../../daemon/domain/refusals.ts";
import { Refusals } from "../../daemon/history/refusals.ts";
import type { RefusalRow } from "../../daemon/history/tables.ts";
import type { RedisClient } from "../../daemon/ledger/connection.ts";
import { readEvents } from "../../daemon/ledger/event-reader.ts";
import { CALL_SETTINGS } from "../../daemon/ledger/operations.ts";
import { facts, request, useLedger } from "../support/ledger.ts";
import { MINUTE } from "../support/usage.ts";

const { openLedger, openPool, socket } = useLedger();

let redis: Redis;
beforeAll(() => {
  redis = new Redis({ path: socket() });
});
afterAll(() => redis.disconnect());

type Pool = Awaited<ReturnType<typeof openPool>>;
const leasesKey = ({ ledger, pool }: Pool) => ledger.keys.of(pool, "leases");

/** Somebody asks; denied for that reason, or granted. */
const ask = (pool: Pool, of: Partial<Facts>, verdict?: DenialReason) =>
  pool.checkout(request({ facts: encodeFacts(facts(of)), ...(verdict && { verdict }) }));
const refusals = async (pool: Pool) => (await pool.level()).refusals;

/** So much time passes for those who were denied, by the wall and by the pool's own. */
async function pass(pool: Pool, ms: number) {
  const { ledger } = pool;
  await redis.hincrby(ledger.keys.of(pool.pool, "state"), "vnow", ms);
  for (const [name, line] of Object.entries(await redis.hgetall(leasesKey(pool)))) {
    const [, kind, lastMs, attempts] = line.split("\t");
    if (kind === "refused")
      await redis.hset(leasesKey(pool), name, ["", kind, Number(lastMs) - ms, attempts].join("\t"));
  }
}
const whoIsKept = async (pool: Pool) =>
  Object.keys(await redis.hgetall(leasesKey(pool))).filter((name) => name.startsWith("refused:"));

test.for(DENIAL_REASONS)(
  "a person who is denied twice is refused once, if a seat would have helped: %s",
  async (reason) => {
    const pool = await openPool({ seats: 1000 });
    await ask(pool, { user: "ada" }, reason);
    await ask(pool, { user: "ada" }, reason);
    expect(await refusals(pool)).toBe(DENIALS[reason].seats ? 1 : 0);
  },
);

test("a pool that denied nobody has refused nobody", async () => {
  expect(await refusals(await openPool())).toBe(0);
});

const step = fc.record({
  user: fc.constantFrom("ada", "bo"),
  product: fc.constantFrom("cad", "cad", "gis"),
  minutes: fc.constantFrom(1, 7, 14, 16, 40),
  granted: fc.nat(3).map((n) => n === 0),
  attempt: fc.constantFrom("", "", "first", "second"),
});

const answerOf = ({ atMs, kind, word, seats, pool, facts }: LedgerEvent): LaunchAnswer => ({
  ...{ atMs, person: facts.user, product: facts.product, pool, seats, department: "", attemptId: facts.attemptId },
  ...(kind === "denied" && { denied: word as DenialReason }),
});

test("the ledger counts as many refusals as are folded from its events, by their definition and for the history", async () => {
  const counts: number[] = [];
  const ledger = await openLedger();
  const ledgers = fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 14 }), async (steps) => {
    const pool = await openPool({ seats: 1000, ttlMs: 86_400_000 }, { ledger });
    /** A launch that was granted is over, and the next one is another attempt. */
    const launches = new Map<string, number>();
    const startedMs: number[] = [];
    let aheadMs = 0;
    for (const { user, product, minutes, granted, attempt } of steps) {
      aheadMs += minutes * MINUTE;
      await pass(pool, minutes * MINUTE);
      const who = `${user} ${product}`;
      const attemptId = attempt && `${who} ${launches.get(who) ?? 0} ${attempt}`.replaceAll(" ", "-");
      await ask(pool, { user, product, attemptId }, granted ? undefined : "no_seats");
      if (granted) launches.set(who, (launches.get(who) ?? 0) + 1);
      startedMs.push(aheadMs);
    }
    const events: LedgerEvent[] = [];
    for await (const event of readEvents(redis as unknown as RedisClient, pool.ledger.keys, pool.pool))
      if (event.kind === "granted" || event.kind === "denied") events.push(event);
    const inTime = events.map((event, i) => ({ ...event, atMs: event.atMs + startedMs[i]! }));
    expect(inTime).toHaveLength(steps.length);
    const history = new Refusals([]);
    const rows = new Set<RefusalRow>();
    for (const event of inTime) {
      history.apply(event);
      for (const row of history.take(0)) rows.add(row);
    }
    const counted = await refusals(pool);
    counts.push(counted);
    expect([counted, rows.size]).toEqual([foldRefusals(inTime.map(answerOf)).length, counted]);
  });
  await fc.assert(ledgers, { numRuns: 150 });
  expect(Math.max(...counts)).toBeGreaterThan(3);
});

test("the same person under next year's pseudonym is no second one", async () => {
  const pool = await openPool({ seats: 1000 });
  await ask(pool, { user: "ada26", userLastYear: "ada25" }, "no_seats");
  await ask(pool, { user: "ada27", userLastYear: "ada26" }, "no_seats");
  await ask(pool, { user: "ada27", userLastYear: "ada26" }, "no_seats");
  expect([await refusals(pool), await whoIsKept(pool)]).toEqual([1, ["refused:cad ada27"]]);
});

test("nobody's name is kept, and a quarter of an hour after the last denial nobody's pseudonym", async () => {
  const pool = await openPool({ seats: 0 });
  const canary = "canary-5r";
  await pool.checkout(request({ user: canary, device: canary, holder: canary }));
  expect(JSON.stringify(await redis.hgetall(leasesKey(pool)))).not.toContain(canary);
  expect(await whoIsKept(pool)).toEqual(["refused:cad u"]);

  await pass(pool, CALL_SETTINGS.foldMs + 1);
  await pool.ledger.pulse();
  await pool.ledger.act(pool.pool, "nobody's", { order: "look" });
  expect(await redis.exists(leasesKey(pool), pool.ledger.keys.of(pool.pool, "due"))).toBe(0);
  expect(await refusals(pool)).toBe(1);
});

test("of one attempt that goes on and on the last ten names are kept, and of people so many at most", async () => {
  const pool = await openPool({ seats: 0 }, { settings: { foldMost: 5 } });
  for (let i = 0; i < 40; i++) await ask(pool, { user: "ada", attemptId: crypto.randomUUID() });
  const [kept] = Object.values(await redis.hgetall(leasesKey(pool)));
  expect(kept!.length).toBeLessThan(500);
  for (let i = 0; i < 40; i++) await ask(pool, { user: `user-${i}` });
  expect(await whoIsKept(pool)).toHaveLength(5);
  expect(await refusals(pool)).toBe(41);
});
