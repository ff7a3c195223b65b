import fc from "fast-check";
import { localDays } from "../../daemon/domain/local-days.ts";
import { NO_REFUSALS, type PoolDay } from "../../daemon/domain/usage.ts";
import { byLevel, HOUR, LONDON, poolDay } from "../support/usage.ts";

/* Days of up to 30 months, of which each is told by a few numbers: what growth and confidence look at. */

const ALL = localDays("2024-01-01", "2026-06-30", LONDON).map(({ date }) => poolDay(date));
const MONTHS = [...new Set(ALL.map(({ date }) => date.slice(0, 7)))];

const rarely = (...amounts: number[]) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.constantFrom(...amounts));

/** Most months are sound; what may be wrong with one is a limit, an outage or a day without any row. */
const anyMonth = fc.record({
  peak: fc.integer({ min: 0, max: 20 }),
  weekendPeak: fc.constantFrom(0, 0, 30),
  highDays: fc.constantFrom(0, 0, 0, 1, 3),
  fullDays: rarely(1),
  refused: fc.constantFrom(0, 0, 0, 1, 3),
  uncoveredHours: rarely(1, 4, 30),
  missingDay: rarely(9),
});

type Month = typeof anyMonth extends fc.Arbitrary<infer One> ? One : never;

function dayOf(day: PoolDay, month: Month): PoolDay {
  const number = Number(day.date.slice(8));
  const peak = day.workingMs === 0 ? month.weekendPeak : number <= month.highDays + 1 ? month.peak + 2 : month.peak;
  const uncoveredMs = Math.min(day.workingMs, number <= 4 ? (month.uncoveredHours / 4) * HOUR : 0);
  const isFull = number <= month.fullDays;
  return {
    ...day,
    hourPeaks: [0, peak],
    coveredWorkingMs: day.workingMs - uncoveredMs,
    fullMs: isFull ? HOUR : 0,
    holdings: 40,
    arrivals: byLevel({ 0: 40 }),
    refusals: {
      ...NO_REFUSALS,
      forSizing: number === 1 ? { keptWaiting: 0, turnedAway: isFull ? month.refused : 0 } : NO_REFUSALS.forSizing,
    },
  };
}

/** Begun and ended on any day of a month. */
export const anyMonths: fc.Arbitrary<PoolDay[]> = fc
  .record({
    first: fc.oneof(fc.constant(0), fc.nat(ALL.length - 1)),
    last: fc.oneof(fc.constant(ALL.length - 1), fc.nat(ALL.length - 1)),
    months: fc.array(anyMonth, { minLength: MONTHS.length, maxLength: MONTHS.length }),
  })
  .map(({ first, last, months }) =>
    ALL.slice(Math.min(first, last), Math.max(first, last) + 1).flatMap((day) => {
      const month = months[MONTHS.indexOf(day.date.slice(0, 7))]!;
      return Number(day.date.slice(8)) === month.missingDay ? [] : [dayOf(day, month)];
    }),
  );
