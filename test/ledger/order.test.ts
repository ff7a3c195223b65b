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

test("where more is asked than one call takes, returns and heartbeats go before checkouts", async () => {
  const pool = await openPool({ seats: 2 });
  const [gives, keeps] = [request(), request()];
  await Promise.all([pool.checkout(gives), pool.checkout(keeps)]);
  const answers: string[] = [];

  const crowd = Array.from({ length: 3000 }, async () => answers.push((await pool.checkout(request())).outcome));
  const renewed = pool.renew(keeps).then((answer) => answers.push(answer as string));
  const returned = pool.checkin(gives).then((answer) => answers.push(answer));
  await Promise.all([...crowd, renewed, returned]);

  // A call takes some hundreds, and two are under way at once.
  expect(Math.max(answers.indexOf("alive"), answers.indexOf("returned"))).toBeLessThan(answers.length / 2);
});
