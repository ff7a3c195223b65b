import fc from "fast-check";
import { expect, test } from "vitest";
import { holdingsOf } from "../../daemon/domain/holdings.ts";
import { localDays } from "../../daemon/domain/local-days.ts";
import { sweepDays } from "../../daemon/domain/sweep.ts";
import { type Holding, type PoolDay, peakOf } from "../../daemon/domain/usage.ts";
import * as naive from "../sizing/naive.ts";
import {
  type AnyUse,
  anyUse,
  asRecord,
  at,
  HOUR,
  holding,
  LONDON,
  MINUTE,
  pool,
  steps,
  sum,
} from "../support/usage.ts";

const days = (from: string, until = from) => localDays(from, until, LONDON);
const swept = (from: string, until: string, ...holdings: Holding[]) =>
  sweepDays(holdingsOf(holdings), [pool()], days(from, until));
const sweepUse = ({ holdings, gaps, capacity, days }: AnyUse) =>
  sweepDays(holdingsOf(holdings), [pool({ gaps, capacity })], days);
const fullHours = (amounts: Record<number, number>) =>
  Object.fromEntries(Object.entries(amounts).map(([level, ms]) => [level, ms / HOUR]));

test("a day worked out by hand: three people, one of whom comes when another leaves", () => {
  const [day] = swept(
    "2026-01-07",
    "2026-01-07",
    holding("2026-01-07 09:00", "2026-01-07 12:00", { department: "Planning" }),
    holding("2026-01-07 10:00", "2026-01-07 10:30", { department: "Revenues" }),
    holding("2026-01-07 12:00", "2026-01-07 19:30", { department: "Planning" }),
  );
  expect(day!.hourPeaks).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0]);
  expect(day!.peakAtMs).toBe(at("2026-01-07 10:00"));
  expect(fullHours(asRecord(day!.occupancyMs))).toEqual({ 0: 13.5, 1: 10, 2: 0.5 });
  expect(fullHours(asRecord(day!.workingOccupancyMs))).toEqual({ 0: 1, 1: 8.5, 2: 0.5 });
  expect(asRecord(day!.arrivals)).toEqual({ 0: 2, 1: 1 });
  expect(day!.holdings).toBe(3);
  expect(day!.departments).toEqual({
    Planning: { seatMs: 10.5 * HOUR, busySeatMs: 0, launches: 2 },
    Revenues: { seatMs: 0.5 * HOUR, busySeatMs: 0, launches: 1 },
  });
});

test("a session that ended on the hour is not in the next hour, and one that ended at midnight not in the next day", () => {
  const [first, second] = swept("2026-01-07", "2026-01-08", holding("2026-01-07 22:10", "2026-01-08 00:00"));
  expect(first!.hourPeaks.slice(21)).toEqual([0, 1, 1]);
  expect(peakOf(second!)).toBe(0);
  expect(second!.peakAtMs).toBeUndefined();
});

test("who comes in the moment in which another leaves makes no second seat", () => {
  const [day] = swept(
    "2026-01-07",
    "2026-01-07",
    holding("2026-01-07 10:00", "2026-01-07 11:00"),
    holding("2026-01-07 09:00", "2026-01-07 10:00"),
  );
  expect(peakOf(day!)).toBe(1);
  expect(asRecord(day!.arrivals)).toEqual({ 0: 2 });
});

test("what lasts from the day before is carried in, and is no launch of the day", () => {
  const [, second] = swept("2026-12-31", "2027-01-01", holding("2026-12-31 23:00", "2027-01-01 01:00"));
  expect(second!.date).toBe("2027-01-01");
  expect(second!.hourPeaks.slice(0, 3)).toEqual([1, 0, 0]);
  expect(second!.peakAtMs).toBe(at("2027-01-01 00:00"));
  expect(second!.holdings).toBe(0);
  expect(asRecord(second!.occupancyMs)).toEqual({ 0: 23 * HOUR, 1: HOUR });
});

test("the days on which clocks change have 23 and 25 hours", () => {
  const [spring] = swept("2026-03-29", "2026-03-29", holding("2026-03-28 00:00", "2026-03-31 00:00"));
  const [autumn] = swept("2026-10-25", "2026-10-25", holding("2026-10-24 00:00", "2026-10-27 00:00"));
  expect(spring!.hourPeaks).toHaveLength(23);
  expect(asRecord(spring!.occupancyMs)).toEqual({ 1: 23 * HOUR });
  expect(autumn!.hourPeaks).toHaveLength(25);
  expect(asRecord(autumn!.occupancyMs)).toEqual({ 1: 25 * HOUR });
});

test("the hour that a clock shows twice is two hours", () => {
  const [day] = swept("2026-10-25", "2026-10-25", holding("2026-10-25 01:10", "2026-10-25 01:20"));
  // 00:00 BST is hour 0; 01:00 GMT is the second time that the clocks show one.
  expect(day!.hourPeaks.slice(0, 4)).toEqual([0, 0, 1, 0]);
});

test("an open session is clipped to the days", () => {
  const open = { ...holding("2026-01-07 23:00", "2026-01-07 23:00"), endMs: Number.POSITIVE_INFINITY };
  const [first, second] = swept("2026-01-07", "2026-01-08", open);
  expect(asRecord(first!.occupancyMs)).toEqual({ 0: 23 * HOUR, 1: HOUR });
  expect(asRecord(second!.occupancyMs)).toEqual({ 1: 24 * HOUR });
});

test("a launch of several seats counts at the last one that it needed", () => {
  const [day] = swept(
    "2026-01-07",
    "2026-01-07",
    holding("2026-01-07 09:00", "2026-01-07 12:00"),
    holding("2026-01-07 10:00", "2026-01-07 11:00", { seats: 3 }),
  );
  expect(peakOf(day!)).toBe(4);
  expect(asRecord(day!.arrivals)).toEqual({ 0: 1, 3: 1 });
});

test("levels of thousands of seats are kept apart like small ones", () => {
  const [day] = swept(
    "2026-01-07",
    "2026-01-07",
    holding("2026-01-07 09:00", "2026-01-07 12:00", { seats: 70_000 }),
    holding("2026-01-07 10:00", "2026-01-07 11:00", { seats: 1 }),
  );
  expect(asRecord(day!.occupancyMs)).toEqual({ 0: 21 * HOUR, 70000: 2 * HOUR, 70001: HOUR });
  expect(asRecord(day!.arrivals)).toEqual({ 69999: 1, 70000: 1 });
});

test("a gap counts nowhere: neither its time, nor its launches, nor its level", () => {
  const gaps = [{ fromMs: at("2026-01-07 10:00"), untilMs: at("2026-01-07 10:42") }];
  const holdings = [
    holding("2026-01-07 09:00", "2026-01-07 12:00"),
    holding("2026-01-07 10:10", "2026-01-07 10:20"),
    holding("2026-01-07 10:30", "2026-01-07 11:00"),
  ];
  const [day] = sweepDays(holdingsOf(holdings), [pool({ gaps })], days("2026-01-07"));
  expect(day!.holdings).toBe(1);
  expect(asRecord(day!.occupancyMs)).toEqual({ 0: 21 * HOUR, 1: 2 * HOUR, 2: 18 * MINUTE });
  expect(day!.peakAtMs).toBe(at("2026-01-07 10:42"));
  expect(day!.gapMs).toBe(42 * MINUTE);
  expect(day!.workingMs - day!.coveredWorkingMs).toBe(42 * MINUTE);
});

test("capacity is a step: hours full and hours above it follow what was in force at the time", () => {
  const capacity = steps(["", 3], ["2026-01-07 10:00", 1], ["2026-01-07 11:00", 2]);
  const holdings = [
    holding("2026-01-07 09:00", "2026-01-07 12:00", { department: "Planning" }),
    holding("2026-01-07 09:00", "2026-01-07 11:30", { grantedAs: "overdraft" }),
  ];
  const [day] = sweepDays(holdingsOf(holdings), [pool({ capacity })], days("2026-01-07"));
  expect(day!.capacity.map(({ seats }) => seats)).toEqual([3, 1, 2]);
  expect(day!.fullMs).toBe(1.5 * HOUR);
  expect(day!.overMs).toEqual({ all: HOUR, overdraft: HOUR, excess: 0 });
  expect(day!.departments.Planning).toMatchObject({ seatMs: 3 * HOUR, busySeatMs: 1.5 * HOUR });
});

test("what no overdraft accounts for is excess, also where nothing was bought", () => {
  const [day] = swept("2026-01-07", "2026-01-07", holding("2026-01-07 09:00", "2026-01-07 12:00"));
  expect(day!.overMs).toEqual({ all: 3 * HOUR, overdraft: 0, excess: 3 * HOUR });
  expect(day!.fullMs).toBe(0);
});

test("what was observed is told apart, and is no use of what was bought", () => {
  const [day] = swept(
    "2026-01-07",
    "2026-01-07",
    holding("2026-01-07 09:00", "2026-01-07 12:00", { grantedAs: "observed", seats: 2 }),
  );
  expect(day!.observed).toEqual({ holdings: 1, seatMs: 6 * HOUR });
  expect(peakOf(day!)).toBe(0);
  expect(day!.holdings).toBe(0);
});

test("what was told afterwards is use like any other, and is told apart also where no daemon was there", () => {
  const gaps = [{ fromMs: at("2026-01-07 10:00"), untilMs: at("2026-01-07 11:00") }];
  const ungoverned = { grantedAs: "ungoverned" as const };
  const holdings = [
    holding("2026-01-06 23:00", "2026-01-07 01:00", ungoverned),
    holding("2026-01-07 09:30", "2026-01-07 10:30", ungoverned),
    holding("2026-01-07 10:30", "2026-01-07 11:30", { ...ungoverned, seats: 2 }),
    holding("2026-01-07 14:00", "2026-01-07 15:00"),
  ];
  const [day] = sweepDays(holdingsOf(holdings), [pool({ gaps })], days("2026-01-07"));
  expect(day!.ungoverned).toEqual({ holdings: 2, seatMs: (1 + 1 + 2) * HOUR });
  expect(day!.holdings).toBe(2);
  expect(peakOf(day!)).toBe(2);
  expect(swept("2026-01-07", "2026-01-07", holdings[3]!)[0]).not.toHaveProperty("ungoverned");
});

test("pools are swept together and stay apart", () => {
  const both = holdingsOf(
    [holding("2026-01-07 09:00", "2026-01-07 10:00")],
    [holding("2026-01-07 09:30", "2026-01-07 10:00"), holding("2026-01-07 09:40", "2026-01-07 10:00")],
  );
  const result = sweepDays(both, [pool({ name: "cad" }), pool({ name: "gis" })], days("2026-01-07"));
  expect(result.map((day) => [day.pool, peakOf(day)])).toEqual([
    ["cad", 1],
    ["gis", 2],
  ]);
});

test("each measure is what its definition says, whatever happened", () => {
  fc.assert(
    fc.property(anyUse, (use) => {
      const result = sweepUse(use);
      for (const [i, day] of use.days.entries()) {
        const got = result[i]!;
        const span = { fromMs: day.startMs, untilMs: day.endMs };
        const hours = naive.hoursOf(day);
        const scenes = naive.scenes(use, span, hours);
        const working = day.working ? naive.scenes(use, day.working) : [];
        const byHour = Map.groupBy(scenes, ({ fromMs }) => hours.findLastIndex((hourMs) => hourMs <= fromMs));
        expect(got.hourPeaks).toEqual(hours.map((_, hour) => naive.peak(byHour.get(hour) ?? [])));
        expect(asRecord(got.occupancyMs)).toEqual(naive.occupancyMs(scenes));
        expect(asRecord(got.workingOccupancyMs)).toEqual(naive.occupancyMs(working));
        expect(asRecord(got.arrivals)).toEqual(naive.arrivals(use, span));
        expect(got.departments).toEqual(naive.departments(use, span, scenes));
        expect(got.fullMs).toBe(naive.timeWith(scenes, ({ level, capacity }) => capacity > 0 && level >= capacity));
        expect(got.overMs).toEqual({
          all: naive.timeWith(scenes, ({ level, capacity }) => level > capacity),
          overdraft: naive.timeWith(scenes, ({ level, capacity, overdraft }) => level > capacity && overdraft > 0),
          excess: naive.timeWith(scenes, ({ level, capacity, overdraft }) => level - capacity > overdraft),
        });
        expect(got.gapMs).toBe(day.endMs - day.startMs - naive.timeWith(scenes, () => true));
        expect(got.coveredWorkingMs).toBe(naive.timeWith(working, () => true));
        expect(got.holdings).toBe(sum(got.arrivals.amounts));
        expect(got.observed).toEqual(naive.observed(use, span));
        expect(got.peakAtMs).toBe(peakOf(got) > 0 ? naive.firstAt(scenes, peakOf(got)) : undefined);
      }
    }),
    { numRuns: 2000 },
  );
});

test("pools that are swept together come out as each by itself", () => {
  fc.assert(
    fc.property(anyUse, fc.array(fc.nat(2), { minLength: 12, maxLength: 12 }), (use, numbers) => {
      const own = [0, 1, 2].map((number) => use.holdings.filter((_, i) => numbers[i] === number));
      const pools = own.map((_, number) => pool({ name: `pool-${number}`, gaps: number === 1 ? use.gaps : [] }));
      const apart = pools.flatMap((one, number) => sweepDays(holdingsOf(own[number]!), [one], use.days));
      expect(sweepDays(holdingsOf(...own), pools, use.days)).toEqual(apart);
    }),
    { numRuns: 2000 },
  );
});

test("the order of the rows changes nothing, byte for byte", () => {
  const shuffled = anyUse.chain((use) =>
    fc.record({
      use: fc.constant(use),
      order: fc.shuffledSubarray(use.holdings, { minLength: use.holdings.length, maxLength: use.holdings.length }),
    }),
  );
  fc.assert(
    fc.property(shuffled, ({ use, order }) => {
      expect(JSON.stringify(sweepUse({ ...use, holdings: order }))).toBe(JSON.stringify(sweepUse(use)));
    }),
    { numRuns: 2000 },
  );
});

const levels = (day: PoolDay) => [day.hourPeaks, day.peakAtMs, day.occupancyMs, day.workingOccupancyMs, day.overMs];

test("a holding cut in two halves that abut changes no level", () => {
  const cut = ({ startMs, endMs, ...rest }: AnyUse["holdings"][number]): AnyUse["holdings"] => {
    if (endMs - startMs < 2) return [{ startMs, endMs, ...rest }];
    const middleMs = Number.isFinite(endMs) ? Math.floor((startMs + endMs) / 2) : startMs + HOUR;
    return [
      { startMs, endMs: middleMs, ...rest },
      { startMs: middleMs, endMs, ...rest },
    ];
  };
  fc.assert(
    fc.property(anyUse, (use) => {
      const halves = sweepUse({ ...use, holdings: use.holdings.flatMap(cut) });
      expect(halves.map(levels)).toEqual(sweepUse(use).map(levels));
    }),
    { numRuns: 2000 },
  );
});

test("the time at each level, times the level, is the time that seats were held", () => {
  fc.assert(
    fc.property(anyUse, (use) => {
      const windowMs = [use.days[0]!.startMs, use.days.at(-1)!.endMs] as const;
      const held = use.holdings
        .filter(({ grantedAs }) => grantedAs !== "observed")
        .map(({ startMs, endMs, seats }) => {
          const lastMs = Math.min(windowMs[1], endMs > startMs ? endMs : startMs + 1);
          return seats * Math.max(0, lastMs - Math.max(windowMs[0], startMs));
        });
      const result = sweepUse({ ...use, gaps: [] });
      expect(
        sum(result.map(({ occupancyMs: { levels, amounts } }) => sum(levels.map((k, i) => k * amounts[i]!)))),
      ).toBe(sum(held));
      expect(sum(result.flatMap(({ departments }) => Object.values(departments).map(({ seatMs }) => seatMs)))).toBe(
        sum(held),
      );
    }),
    { numRuns: 2000 },
  );
});
