import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CheckoutRequest } from "../../daemon/ledger/answers.ts";
import { policy, request, useLedger } from "../support/ledger.ts";

const { openPool, openLedger, socket } = useLedger();
const TTL_MS = 60_000;
const RECOVERING = { code: "ledger_recovering", retry: true };

let redis: Redis;
beforeAll(() => {
  redis = new Redis({ path: socket() });
});
afterAll(() => redis.disconnect());

type Pool = Awaited<ReturnType<typeof openPool>>;

const running = (asked: CheckoutRequest): CheckoutRequest => ({ ...asked, terms: { running: true } });
const epochOf = ({ ledger, pool }: Pool) => redis.hget(ledger.keys.of(pool, "state"), "epoch");

async function keysOf({ ledger, pool }: Pool) {
  return (await redis.keys(`${ledger.keys.prefix}{${pool}}:*`)).sort();
}

/** As after the disk was lost. */
const empty = async (pool: Pool) => redis.del(...(await keysOf(pool)));

/** What lies in Redis now, to be put back later: as a backup is, or a replica that lagged behind. */
async function backup(pool: Pool) {
  const held = await Promise.all(
    (await keysOf(pool)).map(async (key) => [key, (await redis.dumpBuffer(key))!] as const),
  );
  return async () => {
    await empty(pool);
    for (const [key, dump] of held) await redis.restore(key, 0, dump);
  };
}

/** A ttl passes, in which a daemon is there. */
async function passTtl(pool: Pool) {
  await redis.hincrby(pool.ledger.keys.of(pool.pool, "state"), "vnow", TTL_MS);
  await pool.ledger.pulse();
}

test("a ledger that came back empty grants nothing fresh for one ttl, and hears who runs", async () => {
  const pool = await openPool({ seats: 2, ttlMs: TTL_MS });
  const runs = request();
  await pool.checkout(runs);
  await empty(pool);

  await expect(pool.checkout(request())).rejects.toMatchObject(RECOVERING);
  expect(await pool.renew(runs)).toBe("gone");
  expect(await pool.checkout(running(runs))).toMatchObject({ outcome: "granted", flags: [] });
  await expect(pool.checkout(request())).rejects.toMatchObject(RECOVERING);

  await passTtl(pool);
  expect(await pool.checkout(running(runs))).toMatchObject({ outcome: "granted", flags: ["resumed"] });
  expect(await pool.checkout(request())).toMatchObject({ outcome: "granted" });
  expect(await pool.checkout(request())).toMatchObject({ outcome: "denied", reason: "no_seats" });
});

test("a ledger that came back older begins a new epoch, and keeps what it has", async () => {
  const pool = await openPool({ seats: 2, ttlMs: TTL_MS });
  const [before, after] = [request(), request()];
  await pool.checkout(before);
  const restore = await backup(pool);
  await pool.checkout(after);
  const epoch = await epochOf(pool);
  await restore();

  await expect(pool.checkout(request())).rejects.toMatchObject(RECOVERING);
  expect(Number(await epochOf(pool))).toBeGreaterThan(Number(epoch));
  expect(await pool.renew(before)).toBe("alive");
  expect(await pool.checkout(running(after))).toMatchObject({ outcome: "granted" });
  expect((await pool.level()).used).toBe(2);
  await passTtl(pool);
  expect(await pool.checkout(request())).toMatchObject({ outcome: "granted" });
});

test("who runs above what was bought when the ledger came back is excess, and never denied", async () => {
  const pool = await openPool({ seats: 1, ttlMs: TTL_MS });
  await pool.checkout(request());
  await empty(pool);

  expect(await pool.checkout(running(request()))).toMatchObject({ outcome: "granted", flags: [] });
  expect(await pool.checkout(running(request()))).toMatchObject({ outcome: "granted", flags: ["excess"] });
});

test("a second daemon that knew of the loss does not begin to listen again", async () => {
  const pool = await openPool({ seats: 2, ttlMs: TTL_MS });
  const other = await openLedger();
  await other.adopt(new Map([[pool.pool, policy({ seats: 2, ttlMs: TTL_MS })]]));
  await pool.checkout(request());
  await other.checkout(pool.pool, request());
  await empty(pool);
  await expect(pool.checkout(request())).rejects.toMatchObject(RECOVERING);
  await passTtl(pool);
  const epoch = await epochOf(pool);

  expect(await other.checkout(pool.pool, request())).toMatchObject({ outcome: "granted" });
  expect(await epochOf(pool)).toBe(epoch);
});

test("a daemon that was started on the empty ledger meanwhile does not hide the loss from the others", async () => {
  const pool = await openPool({ seats: 1, ttlMs: TTL_MS });
  const runs = request();
  await pool.checkout(runs);
  await empty(pool);
  const fresh = await openLedger();
  await fresh.adopt(new Map([[pool.pool, policy({ seats: 1, ttlMs: TTL_MS })]]));

  await expect(pool.checkout(request())).rejects.toMatchObject(RECOVERING);
  await expect(fresh.checkout(pool.pool, request())).rejects.toMatchObject(RECOVERING);
  expect(await pool.checkout(running(runs))).toMatchObject({ outcome: "granted", flags: [] });
});

test("a pool that nobody knows of grants at once", async () => {
  const pool = await openPool({ seats: 1 });
  expect(await pool.checkout(request())).toMatchObject({ outcome: "granted" });
});

test("what the history recorded is what a new daemon knows: where somebody was in, the ledger recovers", async () => {
  const ledger = await openLedger();
  const recorded = { epoch: "1", number: 7 };
  await ledger.know([
    { ...recorded, pool: "held", isHeld: true },
    { ...recorded, pool: "free", isHeld: false },
  ]);
  await ledger.adopt(new Map(["held", "free"].map((pool) => [pool, policy({ seats: 1 })])));

  await expect(ledger.checkout("held", request())).rejects.toMatchObject(RECOVERING);
  expect(await ledger.checkout("free", request())).toMatchObject({ outcome: "granted" });
});

test("a ledger that is behind the history begins a new epoch, though nobody was in", async () => {
  const pool = await openPool({ seats: 1 });
  const epoch = (await epochOf(pool))!;
  const started = await openLedger();
  await started.know([{ pool: pool.pool, epoch, number: 1000, isHeld: false }]);

  await expect(started.checkout(pool.pool, request())).rejects.toMatchObject(RECOVERING);
  expect(Number(await epochOf(pool))).toBeGreaterThan(Number(epoch));
});

test("time passes in a pool that recovers, though it holds nothing", async () => {
  const pool = await openPool({ seats: 1, ttlMs: TTL_MS });
  const asked = request();
  await pool.checkout(asked);
  await pool.checkin(asked);
  await empty(pool);
  await expect(pool.checkout(request())).rejects.toMatchObject(RECOVERING);

  await passTtl(pool);
  expect(await pool.checkout(request())).toMatchObject({ outcome: "granted" });
});

test("a pool that came back with an earlier policy than a daemon obeys gets the later one again", async () => {
  const pool = await openPool({ seats: 1 });
  await pool.checkout(request());
  const restore = await backup(pool);
  await pool.ledger.adopt(new Map([[pool.pool, policy({ seats: 2, revision: 2 })]]));
  await restore();

  await pool.ledger.pulse();
  await expect.poll(() => pool.level()).toMatchObject({ revision: 2, capacity: 2 });
});

test("a lease that an older ledger brought back, and that ended since and came back, keeps its seat when its end is forgotten", async () => {
  const pool = await openPool({ seats: 1, ttlMs: TTL_MS });
  const lent = request({ terms: { borrowUntilMs: Date.now() + 86_400_000 } });
  await pool.checkout(lent);
  const restore = await backup(pool);
  await pool.checkout(request());
  await restore();
  await pool.ledger.pulse();
  const order = { order: "over", epoch: (await epochOf(pool))!, why: "device_retired" } as const;
  expect(await pool.ledger.act(pool.pool, lent.leaseId, order)).toEqual({ outcome: "over" });

  const runs = running(lent);
  expect(await pool.checkout(runs)).toMatchObject({ outcome: "granted", flags: ["excess"] });
  for (let beats = 0; beats < 3; beats++) {
    await redis.hincrby(pool.ledger.keys.of(pool.pool, "state"), "vnow", 300_001);
    const { state, due } = {
      state: pool.ledger.keys.of(pool.pool, "state"),
      due: pool.ledger.keys.of(pool.pool, "due"),
    };
    await redis.zadd(due, Number(await redis.hget(state, "vnow")) + TTL_MS, lent.leaseId);
    expect(await pool.renew(runs)).toBe("alive");
  }
  expect(await pool.checkin(runs)).toBe("returned");
  expect((await pool.level()).used).toBe(0);
});
