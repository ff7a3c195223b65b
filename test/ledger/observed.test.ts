import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { policy, request, useLedger } from "../support/ledger.ts";

const { openPool, socket } = useLedger();

test("what is observed and taken along leaves to others what may be borrowed, and goes back as it came", async () => {
  const pool = await openPool({ seats: 2, rules: { observe: 1, borrow: 1 } });
  const borrowUntilMs = Date.now() + 86_400_000;
  const [tooMany, next, third] = [request({ seats: 3 }), request(), request()];

  const observed = { outcome: "granted", flags: ["observed", "borrowed"] };
  expect(await pool.checkout({ ...tooMany, terms: { borrowUntilMs } })).toMatchObject(observed);
  expect(await pool.checkout({ ...next, terms: { borrowUntilMs } })).toMatchObject({ flags: ["borrowed"] });
  expect(await pool.checkout({ ...third, terms: { borrowUntilMs } })).toMatchObject(observed);
  expect((await pool.level()).borrowed).toBe(5);

  for (const asked of [tooMany, next]) expect(await pool.checkin(asked)).toBe("returned");
  expect((await pool.level()).borrowed).toBe(1);
  expect(await pool.checkout({ ...request(), terms: { borrowUntilMs } })).toMatchObject({ flags: ["borrowed"] });
});

test("what was observed, ran out and comes back takes no seat that others may have", async () => {
  const pool = await openPool({ seats: 1, rules: { observe: 1 } });
  const redis = new Redis({ path: socket() });
  const [first, second, third] = [request(), request(), request()];
  await pool.checkout(first);
  expect(await pool.checkout(second)).toMatchObject({ flags: ["observed"] });
  await pool.checkin(first);
  await redis.hincrby(pool.ledger.keys.of(pool.pool, "state"), "vnow", 60_000);
  redis.disconnect();

  expect(await pool.checkout(second)).toMatchObject({ flags: ["resumed", "observed"] });
  expect(await pool.checkout(third)).toMatchObject({ flags: [] });
  expect(await pool.level()).toMatchObject({ used: 2, outside: 1 });
});

test("what was observed, ran out and comes back when the pool enforces has a free seat like others", async () => {
  const pool = await openPool({ seats: 1, rules: { observe: 1 } });
  const redis = new Redis({ path: socket() });
  const [first, second] = [request(), request()];
  await pool.checkout(first);
  await pool.checkout(second);
  await redis.hincrby(pool.ledger.keys.of(pool.pool, "state"), "vnow", 60_000);
  redis.disconnect();
  await pool.ledger.adopt(new Map([[pool.pool, policy({ revision: 2 })]]));

  expect(await pool.checkout(second)).toMatchObject({ flags: ["resumed"] });
  expect(await pool.checkout(first)).toMatchObject({ flags: ["resumed", "excess"] });
});
