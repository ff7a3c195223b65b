import fc from "fast-check";
import { expect, test } from "vitest";
import { localDays } from "../../daemon/domain/local-days.ts";
import { NO_REFUSALS, type PoolDay } from "../../daemon/domain/usage.ts";
import { confidence } from "../../daemon/sizing/confidence.ts";
import { coverageOf, outages } from "../../daemon/sizing/coverage.ts";
import { growth } from "../../daemon/sizing/growth.ts";
import { missingMonths, monthsOfUse, ownedSteps } from "../../daemon/sizing/months.ts";
import { totalsOf } from "../../daemon/sizing/totals.ts";
import { at, byLevel, HOUR, LONDON, poolDay } from "../support/usage.ts";
import { anyMonths } from "./any-months.ts";
import * as naive from "./naive-trust.ts";

const days = (from: string, until: string, change: (date: string) => Partial<PoolDay>) =>
  localDays(from, until, LONDON).map(({ date }) => poolDay(date, change(date)));
const peaks = (peak: (date: string) => number) => (date: string) => ({ hourPeaks: [peak(date)] });
const RANGE = { seats: 80, range: [70, 80] as [number, number] };
const NARROW = { seats: 80, range: [77, 80] as [number, number] };
const judge = (from: readonly PoolDay[], recommended = RANGE) => confidence(from, totalsOf(from), recommended);

test("use that rises by a tenth from one year to the next has grown by a tenth", () => {
  const two = days(
    "2025-04-01",
    "2027-03-31",
    peaks((date) => (date < "2026-04-01" ? 10 : 11)),
  );
  expect(growth(two)).toEqual({ factor: 1.1, months: 12 });
});

test("growth is the median of months, so two unusual ones change nothing", () => {
  const unusual = ["2026-06", "2026-07"];
  const two = days(
    "2025-04-01",
    "2027-03-31",
    peaks((date) => (unusual.includes(date.slice(0, 7)) ? 100 : 10)),
  );
  expect(growth(two).factor).toBe(1);
});

test("what grew in the years before is not this year's growth", () => {
  const yearly = (date: string) => (date < "2025-04-01" ? 10 : 20);
  expect(growth(days("2024-04-01", "2027-03-31", peaks(yearly)))).toEqual({ factor: 1, months: 12 });
});

test("one year is no trend, and neither are fewer than six months to compare", () => {
  expect(
    growth(
      days(
        "2026-04-01",
        "2027-03-31",
        peaks(() => 10),
      ),
    ),
  ).toEqual({ months: 0 });
  expect(
    growth(
      days(
        "2025-11-01",
        "2027-03-31",
        peaks(() => 10),
      ),
    ),
  ).toEqual({ months: 5 });
  expect(
    growth(
      days(
        "2025-10-01",
        "2027-03-31",
        peaks(() => 10),
      ),
    ),
  ).toEqual({ factor: 1, months: 6 });
  expect(growth([])).toEqual({ months: 0 });
});

test("months in which the limit was reached or hours are missing are not compared", () => {
  const capped = days("2025-04-01", "2027-03-31", (date) => ({
    hourPeaks: [10],
    fullMs: date >= "2026-04-01" && date < "2026-06-01" ? HOUR : 0,
    coveredWorkingMs: date === "2025-09-01" ? 0 : (poolDay(date).coveredWorkingMs ?? 0),
  }));
  expect(growth(capped)).toEqual({ factor: 1, months: 9 });
});

test("a month that has only begun is not compared, and the year before it moves back", () => {
  const two = days(
    "2025-03-01",
    "2027-03-15",
    peaks((date) => (date < "2026-03-01" ? 10 : 12)),
  );
  expect(growth(two)).toEqual({ factor: 1.2, months: 12 });
});

test("a whole year with several days near the highest use and no limit is told with high confidence", () => {
  const result = judge(
    days(
      "2026-04-01",
      "2027-03-31",
      peaks((date) => (date.startsWith("2026-04") ? 80 : 60)),
    ),
  );
  expect(result).toMatchObject({ level: "high", tests: { data: true, tail: true, cap: true } });
  expect(result.why).toContain("several days came near the highest use");
});

test("a narrow range makes up for a single high day", () => {
  const year = days(
    "2026-04-01",
    "2027-03-31",
    peaks((date) => (date === "2026-04-13" ? 83 : 60)),
  );
  expect(judge(year)).toMatchObject({ level: "medium", why: "only one day came near the highest use" });
  expect(judge(year, NARROW)).toMatchObject({
    level: "high",
    why: "a whole year was metered, the likely range is narrow, and the limit refused next to nobody",
  });
});

test("half a year with one high day is told with low confidence, and why", () => {
  const half = days(
    "2026-04-01",
    "2026-09-30",
    peaks((date) => (date === "2026-04-13" ? 83 : 60)),
  );
  expect(judge(half)).toMatchObject({
    level: "low",
    why: "there are only 6 whole months of records; only one day came near the highest use",
  });
});

test.each([
  ["2026-04-29", "there is no whole month of records"],
  ["2026-04-30", "there is only 1 whole month of records"],
  ["2026-05-31", "there are only 2 whole months of records"],
])("records from 1 April to %s: %s", (until, why) => {
  expect(
    judge(
      days(
        "2026-04-01",
        until,
        peaks(() => 60),
      ),
    ).why,
  ).toBe(why);
});

test("a limit that was reached counts only where people were refused", () => {
  const year = (refused: number) =>
    days("2026-04-01", "2027-03-31", (date) => ({
      hourPeaks: [10],
      fullMs: date === "2026-06-10" ? HOUR : 0,
      arrivals: byLevel({ 9: 10 }),
      refusals: {
        ...NO_REFUSALS,
        forSizing: { keptWaiting: 0, turnedAway: date === "2026-06-10" ? refused : 0 },
      },
    }));
  expect(judge(year(3), NARROW).tests.cap).toBe(true);
  expect(judge(year(4), NARROW)).toMatchObject({ level: "medium", tests: { cap: false } });
});

test("coverage is of working hours, and an outage over midnight is one", () => {
  const midnight = at("2026-01-08 00:00");
  const pair = [
    poolDay("2026-01-07", {
      gaps: [{ fromMs: midnight - HOUR, untilMs: midnight }],
      coveredWorkingMs: 10 * HOUR,
    }),
    poolDay("2026-01-08", { gaps: [{ fromMs: midnight, untilMs: midnight + 9 * HOUR }], coveredWorkingMs: 9 * HOUR }),
    poolDay("2026-01-10"),
  ];
  expect(coverageOf(pair)).toBe(0.95);
  expect(outages(pair)).toEqual([{ fromMs: midnight - HOUR, untilMs: midnight + 9 * HOUR }]);
  expect(coverageOf([poolDay("2026-01-10")])).toBe(1);
});

test("months are calendar months, told with what was owned in them, and missing ones are named", () => {
  const some = [
    ...days("2026-04-01", "2026-04-30", (date) => ({ hourPeaks: [date === "2026-04-13" ? 83 : 50] })),
    ...days("2026-06-01", "2026-06-10", (date) => ({
      hourPeaks: [58],
      capacity: [{ fromMs: at(`${date} 00:00`), seats: 12 }],
    })),
  ];
  expect(monthsOfUse(some).map(({ month, peak, owned, complete }) => ({ month, peak, owned, complete }))).toEqual([
    { month: "2026-04", peak: 83, owned: 10, complete: true },
    { month: "2026-06", peak: 58, owned: 12, complete: false },
  ]);
  expect(missingMonths(some, "2026-03-15", "2026-06-30")).toEqual(["2026-03", "2026-05"]);
  expect(ownedSteps(some).map(({ seats }) => seats)).toEqual([10, 12]);
});

test("growth is what the definition says, whatever the months were like", () => {
  fc.assert(
    fc.property(anyMonths, (some) => {
      const { factor, ...found } = growth(some);
      const { factor: expected, ...naively } = naive.growth(some);
      expect(found).toEqual(naively);
      if (factor === undefined || expected === undefined) expect(factor).toBe(expected);
      else expect(factor).toBeCloseTo(expected, 9);
    }),
    { numRuns: 2000 },
  );
});

test("confidence is what its three tests say, whatever the months were like", () => {
  const seats = fc.integer({ min: 1, max: 60 });
  fc.assert(
    fc.property(anyMonths, seats, fc.nat(4), (some, high, wide) => {
      const range: [number, number] = [Math.max(0, high - wide), high];
      const { level, tests } = confidence(some, totalsOf(some), { seats: high, range });
      expect({ level, tests }).toEqual(naive.confidence(some, high, range));
    }),
    { numRuns: 2000 },
  );
});
