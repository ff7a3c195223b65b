import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeFacts } from "../../daemon/domain/events.ts";
import { facts, policy, request, step, useLedger } from "../support/ledger.ts";

const { openPool, openLedger, socket } = useLedger();

let redis: Redis;
beforeAll(() => {
  redis = new Redis({ path: socket() });
});
afterAll(() => redis.disconnect());

type Pool = Awaited<ReturnType<typeof openPool>>;
const DAY_MS = 86_400_000;
const inDays = (days: number) => Date.now() + days * DAY_MS;

/** So many days pass by the wall for what is dated. */
async function pass({ ledger, pool }: Pool, days: number) {
  const dated = ledger.keys.of(pool, "dated");
  for (const name of await redis.zrange(dated, "0", "-1")) await redis.zincrby(dated, -days * DAY_MS, name);
  const state = ledger.keys.of(pool, "state");
  const tally = (await redis.hget(state, "tally")) ?? "";
  await redis.hset(state, "tally", tally.replace(/dated=\d+/, "dated=1"));
}

test("a lease that is borrowed and ran outside the count is borrowed still when it takes a seat", async () => {
  const pool = await openPool({ seats: 1, ttlMs: 600_000 });
  const holding = request();
  await pool.checkout(holding);
  const asked = request({ terms: { running: true, borrowUntilMs: inDays(3) } });
  expect(await pool.checkout(asked)).toMatchObject({ flags: ["excess", "borrowed"] });
  await pool.checkin(holding);
  expect(await pool.level()).toMatchObject({ used: 1, outside: 0, borrowed: 1 });

  await pool.checkin(asked);
  await pass(pool, 4);
  expect(await pool.checkout(request())).toMatchObject({ outcome: "granted" });
  expect(await pool.level()).toMatchObject({ used: 1, borrowed: 0 });
});

test("a name or a reason that reads like a mark of the ledger is none", async () => {
  const pool = await openPool({ seats: 2, ttlMs: 60_000 });
  const written = encodeFacts(facts({ breakGlassReason: "laptop was not borrowed=1,recalled" }));
  const asked = request({ user: "borrowed=1", facts: written });
  await pool.checkout(asked);
  await redis.hincrby(pool.ledger.keys.of(pool.pool, "state"), "vnow", 50_000);
  expect(await pool.renew(asked)).toBe("alive");
  await redis.hincrby(pool.ledger.keys.of(pool.pool, "state"), "vnow", 50_000);
  expect(await pool.renew(asked)).toBe("alive");
  expect(await pool.ledger.act(pool.pool, asked.leaseId, { order: "recall" })).toEqual({ outcome: "gone" });
});

test("borrowing a reserved seat takes none of those that must stay free", async () => {
  const steps = [step({ seats: 4, reserved: [{ group: "planning", seats: 2 }] })];
  const pool = await openPool({ steps, rules: { keepFree: 2 } });
  const borrowUntilMs = inDays(3);

  expect(await pool.checkout(request({ terms: { from: ["planning"], borrowUntilMs } }))).toMatchObject({
    outcome: "granted",
  });
  expect(await pool.checkout(request({ terms: { borrowUntilMs } }))).toMatchObject({
    outcome: "denied",
    reason: "borrow_limit",
    rule: "borrow.keepFree",
  });
});

test("a lease that moved and may not be borrowed is given back where it moved to", async () => {
  const pool = await openPool({ seats: 2, rules: { keepFree: 2 } });
  const asked = request({ site: "hall" });
  await pool.checkout(asked);
  const moved = { ...asked, site: "depot", terms: { borrowUntilMs: inDays(1) } };
  expect(await pool.checkout(moved)).toMatchObject({ outcome: "denied", reason: "borrow_limit" });
  expect((await pool.level()).sites).toEqual({ depot: 1 });

  await pool.checkin(asked);
  expect(await pool.level()).toMatchObject({ used: 0, sites: {} });
});

test("a program that ran past the day on which its seat was due comes back as one that runs", async () => {
  const pool = await openPool({ seats: 1 });
  const asked = request({ terms: { borrowUntilMs: inDays(1) } });
  await pool.checkout(asked);
  await pass(pool, 2);

  expect(await pool.checkout({ ...asked, terms: { running: true } })).toMatchObject({ flags: ["resumed"] });
});

test("a borrowed seat is free on its day, though the daemon that granted it is no more", async () => {
  const pool = await openPool({ seats: 1 });
  const other = await openLedger();
  await other.adopt(new Map([[pool.pool, policy({ seats: 1 })]]));
  await other.pulse();
  await pool.checkout(request({ terms: { borrowUntilMs: inDays(1) } }));
  await pass(pool, 2);

  await other.pulse();
  await expect.poll(async () => (await pool.level()).used).toBe(0);
});

test("a seat is assigned to a person once, whatever he gives back", async () => {
  const pool = await openPool({ seats: 3, rules: { hold: 90 * DAY_MS, holdBy: 1 } });
  const own = encodeFacts(facts({ user: "ada" }));
  const [first, second] = [request({ facts: own }), request({ facts: own })];
  await pool.checkout(first);
  await pool.checkout(second);
  await pool.checkin(first);
  await pool.checkin(second);

  expect(await pool.level()).toMatchObject({ used: 0, assignedIdle: 1 });
});

test("what a pool assigns no more counts no more from the first launch on", async () => {
  const pool = await openPool({ seats: 4, rules: { hold: 90 * DAY_MS, holdBy: 1 } }, { settings: { sweepMost: 1 } });
  const launches = ["ada", "bo", "cy", "di"].map((user) => request({ facts: encodeFacts(facts({ user })) }));
  for (const asked of launches) await pool.checkout(asked);
  for (const asked of launches) await pool.checkin(asked);
  expect((await pool.level()).assignedIdle).toBe(4);
  await pool.ledger.adopt(new Map([[pool.pool, policy({ revision: 2, seats: 4 })]]));

  const answers = await Promise.all(Array.from({ length: 4 }, () => pool.checkout(request())));
  expect(answers.every(({ outcome }) => outcome === "granted")).toBe(true);
});
