import { expect, test } from "vitest";
import { request, useLedger } from "../support/ledger.ts";

const { openPool } = useLedger();

test("a checkin said before its checkout is answered comes after it, and gives the seat back", async () => {
  const pool = await openPool({ seats: 1 });
  const asked = request();

  const answers = await Promise.all([pool.checkout(asked), pool.checkin(asked)]);

  expect(answers).toMatchObject([{ outcome: "granted" }, "returned"]);
  expect((await pool.level()).used).toBe(0);
});

test("a thousand questions at once are answered in the order of each lease", async () => {
  const pool = await openPool({ seats: 1000 });
  const launches = Array.from({ length: 500 }, () => request());

  const answers = await Promise.all(launches.map((asked) => Promise.all([pool.checkout(asked), pool.checkin(asked)])));

  expect(answers.filter(([checkout]) => checkout.outcome === "granted")).toHaveLength(500);
  expect(answers.filter(([, checkin]) => checkin === "returned")).toHaveLength(500);
  expect((await pool.level()).used).toBe(0);
});
