import { expect, test } from "vitest";
import { holdingsOf } from "../../daemon/domain/holdings.ts";
import { localDays } from "../../daemon/domain/local-days.ts";
import { sweepDays } from "../../daemon/domain/sweep.ts";
import { inWorker } from "../../daemon/sizing/in-worker.ts";
import { renewalReport } from "../../daemon/sizing/renewal-report.ts";
import { ORGANISATION, registerOf } from "../support/registers.ts";
import { holding, LONDON, pool } from "../support/usage.ts";

const days = localDays("2026-01-05", "2026-03-31", LONDON);
const pools = [pool({ name: "cad" }), pool({ name: "gis" })];
const held = () =>
  holdingsOf(
    [holding("2026-01-07 09:00", "2026-01-07 12:00"), holding("2026-01-07 10:00", "2026-01-07 12:00")],
    [holding("2026-02-10 10:00", "2026-02-10 12:00")],
  );

test("a thread gives the days that the sweep gives, and tells how far it is", async () => {
  const shares: number[] = [];
  const swept = await inWorker(
    "sweep",
    { holdings: held(), pools, days },
    { onProgress: (share) => shares.push(share) },
  );
  expect(swept).toEqual(sweepDays(held(), pools, days));
  expect(shares.at(-1)).toBe(1);
  expect(shares.toSorted((one, other) => one - other)).toEqual(shares);
});

test("columns are handed over, not copied", async () => {
  const holdings = held();
  await inWorker("sweep", { holdings, pools, days });
  expect(holdings.startMs.length).toBe(0);
});

test("a thread replays each pool with its own numbers of seats", async () => {
  const replays = await inWorker("replay", { holdings: held(), pools, days, seats: [[2, 1], [0]] });
  expect(replays.map((of) => of.map(({ seats, turnedAway }) => [seats, turnedAway]))).toEqual([
    [
      [2, 0],
      [1, 1],
    ],
    [[0, 1]],
  ]);
});

test("a thread makes the reports that would be made here, their options replayed", async () => {
  const { register } = registerOf(ORGANISATION);
  const inputs = pools.map(({ name }) => ({
    register,
    pool: name,
    days: [],
    from: "2026-01-05",
    until: "2026-03-31",
    today: "2026-04-01",
  }));
  const [cad] = await inWorker("reports", { holdings: held(), pools, days, inputs });
  const here = sweepDays(held(), pools, days).filter((day) => day.pool === "cad");
  const expected = renewalReport({ ...inputs[0]!, days: here });
  expect(cad).toEqual({
    ...expected,
    options: expected.options.map((option) => ({ ...option, peopleRefused: Math.max(0, 2 - option.seats) })),
  });
});

test("what goes wrong in a thread is told here, and a report that nobody waits for is given up", async () => {
  const wrong = { holdings: held(), pools, days, seats: null as never };
  await expect(inWorker("replay", wrong)).rejects.toThrow(TypeError);
  await expect(
    inWorker("sweep", { holdings: held(), pools, days }, { signal: AbortSignal.timeout(1) }),
  ).rejects.toThrow("timeout");
});
