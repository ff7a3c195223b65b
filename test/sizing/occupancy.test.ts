import fc from "fast-check";
import { expect, test } from "vitest";
import { holdingsOf } from "../../daemon/domain/holdings.ts";
import { sweepDays } from "../../daemon/domain/sweep.ts";
import {
  hours,
  hoursBySeats,
  hoursWithAtLeast,
  meanSeats,
  seatHours,
  shareOfWorkingHours,
} from "../../daemon/sizing/occupancy.ts";
import { totalsOf } from "../../daemon/sizing/totals.ts";
import { whatIf } from "../../daemon/sizing/what-if.ts";
import { anyUse, byLevel, HOUR, pool } from "../support/usage.ts";
import * as naive from "./naive.ts";

/** Ten working hours: two without use, five with one seat, two with two, one with four. */
const TEN_HOURS = byLevel({ 0: 2 * HOUR, 1: 5 * HOUR, 2: 2 * HOUR, 4: HOUR });

test("occupancy worked out by hand", () => {
  expect(seatHours(TEN_HOURS)).toBe(13);
  expect(hours(TEN_HOURS)).toBe(10);
  expect(meanSeats(TEN_HOURS)).toBe(1.3);
  expect([0, 1, 2, 3, 4, 5].map((seats) => hoursWithAtLeast(TEN_HOURS, seats))).toEqual([10, 8, 3, 1, 1, 0]);
  expect(shareOfWorkingHours(TEN_HOURS, 2)).toBe(0.3);
  expect(meanSeats(byLevel({}))).toBe(0);
});

test("the figure's steps are round numbers, and no more than a dozen", () => {
  expect(hoursBySeats(TEN_HOURS, 4).map(({ seats }) => seats)).toEqual([1, 2, 3, 4]);
  expect(hoursBySeats(TEN_HOURS, 83).map(({ seats }) => seats)).toEqual([10, 20, 30, 40, 50, 60, 70, 80]);
  expect(hoursBySeats(TEN_HOURS, 0)).toEqual([]);
  expect(hoursBySeats(TEN_HOURS, 1_000_000).length).toBeLessThanOrEqual(12);
});

test("whatever was used, days add up to what the definitions say of the whole time", () => {
  fc.assert(
    fc.property(anyUse, fc.integer({ min: 0, max: 10 }), (use, seats) => {
      const totals = totalsOf(sweepDays(holdingsOf(use.holdings), [pool(use)], use.days));
      const scenes = use.days.flatMap(({ startMs, endMs }) => naive.scenes(use, { fromMs: startMs, untilMs: endMs }));
      const seatMs = scenes.reduce((sum, { level, lengthMs }) => sum + level * lengthMs, 0);
      expect(totals.peak).toBe(naive.peak(scenes));
      expect(seatHours(totals.occupancyMs)).toBeCloseTo(seatMs / HOUR, 6);
      expect(hoursWithAtLeast(totals.occupancyMs, seats)).toBeCloseTo(
        naive.timeWith(scenes, ({ level }) => level >= seats) / HOUR,
        6,
      );
      const working = use.days.flatMap((day) => (day.working ? naive.scenes(use, day.working) : []));
      const workingMs = naive.timeWith(working, () => true);
      const workingSeatMs = working.reduce((sum, { level, lengthMs }) => sum + level * lengthMs, 0);
      expect(hours(totals.workingOccupancyMs)).toBeCloseTo(workingMs / HOUR, 6);
      expect(meanSeats(totals.workingOccupancyMs)).toBeCloseTo(workingMs > 0 ? workingSeatMs / workingMs : 0, 6);
      const enoughMs = naive.timeWith(working, ({ level }) => level >= seats);
      expect(shareOfWorkingHours(totals.workingOccupancyMs, seats)).toBeCloseTo(
        workingMs > 0 ? enoughMs / workingMs : 0,
        6,
      );
      for (const bar of hoursBySeats(totals.workingOccupancyMs, totals.peak))
        expect(bar.hours).toBeCloseTo(naive.timeWith(working, ({ level }) => level >= bar.seats) / HOUR, 6);
      expect(totals.peakAtMs).toBe(totals.peak > 0 ? naive.firstAt(scenes, totals.peak) : undefined);
    }),
    { numRuns: 2000 },
  );
});

test("what another number of seats would have meant is what the definitions say, whatever was used", () => {
  const cost = fc.integer({ min: 1, max: 10_000 });
  fc.assert(
    fc.property(anyUse, fc.integer({ min: 0, max: 10 }), cost, (use, seats, perSeat) => {
      const days = sweepDays(holdingsOf(use.holdings), [pool(use)], use.days);
      const scenes = use.days.map(({ startMs, endMs }) => naive.scenes(use, { fromMs: startMs, untilMs: endMs }));
      const price = { amount: 7 * perSeat, perSeat, currency: "GBP" };
      const arrivals = naive.arrivals(use, { fromMs: use.days[0]!.startMs, untilMs: use.days.at(-1)!.endMs });
      const short = Object.entries(arrivals).filter(([level]) => Number(level) >= seats);
      expect(whatIf(seats, days, totalsOf(days), price, [])).toEqual({
        seats,
        foundNoneFree: short.reduce((sum, [, launches]) => sum + launches, 0),
        daysShort: scenes.filter((ofDay) => ofDay.some(({ level }) => level > seats)).length,
        hoursFull: expect.closeTo(naive.timeWith(scenes.flat(), ({ level }) => level >= seats) / HOUR, 6),
        peopleRefused: null,
        cost: seats * perSeat,
        saving: (7 - seats) * perSeat,
      });
    }),
    { numRuns: 2000 },
  );
});
