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
      expect(totals.peakAtMs).toBe(totals.peak > 0 ? naive.firstAt(scenes, totals.peak) : undefined);
    }),
    { numRuns: 500 },
  );
});
