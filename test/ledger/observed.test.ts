import { expect, test } from "vitest";
import { request, useLedger } from "../support/ledger.ts";

const { openPool } = useLedger();

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
