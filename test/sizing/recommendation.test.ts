import fc from "fast-check";
import { expect, test } from "vitest";
import { addDays } from "../../daemon/domain/calendar.ts";
import { seeded } from "../../daemon/domain/random.ts";
import { type PoolDay, peakOf } from "../../daemon/domain/usage.ts";
import { RULE, recommendation, resampledNeeds } from "../../daemon/sizing/recommendation.ts";
import { totalByLevel } from "../../daemon/sizing/totals.ts";
import { seatsForShare } from "../../daemon/sizing/turn-aways.ts";
import { byLevel, poolDay } from "../support/usage.ts";

/** Days in a row; each launch of a day needed the seat of its number. */
const daysWith = (...needed: number[][]): PoolDay[] =>
  needed.map((levels, i) => {
    const arrivals: Record<number, number> = {};
    for (const seat of levels) arrivals[seat - 1] = (arrivals[seat - 1] ?? 0) + 1;
    return poolDay(addDays("2026-01-05", i), { arrivals: byLevel(arrivals), hourPeaks: [Math.max(0, ...levels)] });
  });

const year = (ordinary: number[], days = 250) => Array.from({ length: days }, () => ordinary);

test("a year whose days are all alike needs what each of them needs", () => {
  expect(recommendation(daysWith(...year([1, 2, 3])))).toEqual({ seats: 3, range: [3, 3] });
  expect(recommendation([])).toEqual({ seats: 0, range: [0, 0] });
});

test("a single day of high use is in two years of three, and so decides no recommendation's lower end", () => {
  // 250 days of 4 launches, and one in which two launches needed a 6th seat: 0.1 % of 1,004 launches is one.
  const days = daysWith(...year([1, 2, 3, 4]), [5, 6, 6, 6]);
  const { range } = recommendation(days);
  expect(range).toEqual([4, 6]);
});

test("where a thousandth of the launches is less than one, the peak is needed", () => {
  expect(recommendation(daysWith([1], [1], [7])).seats).toBe(7);
});

test("half of the growth is added, a decline is not taken off, and nothing is rounded down", () => {
  const days = daysWith(...year(Array.from({ length: 80 }, () => 80)));
  expect(recommendation(days, { growth: 1.1 }).seats).toBe(84);
  expect(recommendation(days, { growth: 1.11 }).seats).toBe(85);
  expect(recommendation(days, { growth: 0.5 }).seats).toBe(80);
});

test("never more is recommended than all who use it could take at once, but packs are whole", () => {
  const days = daysWith(...year(Array.from({ length: 80 }, () => 80)));
  expect(recommendation(days, { growth: 2, mostSeats: 90 })).toEqual({ seats: 90, range: [90, 90] });
  expect(recommendation(days, { packSize: 25 })).toEqual({ seats: 100, range: [80, 80] });
  expect(recommendation(days, { mostSeats: 90, growth: 2, packSize: 25 }).seats).toBe(100);
});

test("days without a daemon are no days without use", () => {
  const days = daysWith([3], [3]);
  const outage = days.map((day) => ({ ...poolDay(addDays(day.date, 7)), gapMs: day.endMs - day.startMs }));
  expect(recommendation([...days, ...outage])).toEqual(recommendation(days));
});

const anyDays = fc
  .array(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 6 }), { minLength: 1, maxLength: 12 })
  .map((days) => daysWith(...days));

test("the resampled years need what each of them would need if it were really put together", () => {
  fc.assert(
    fc.property(anyDays, fc.integer(), fc.constantFrom(0.02, 0.1, 0.3), (days, seed, share) => {
      const random = seeded(seed);
      const expected = Array.from({ length: 20 }, () => {
        const drawn = days.map(() => days[Math.floor(random() * days.length)]!);
        return seatsForShare(
          totalByLevel(drawn.map(({ arrivals }) => arrivals)),
          share,
          Math.max(...drawn.map(peakOf)),
        );
      });
      expect(resampledNeeds(days, { ...RULE, share, seed, resamplings: 20 })).toEqual(
        expected.sort((one, other) => one - other),
      );
    }),
    { numRuns: 2000 },
  );
});

test("the recommendation is what nine in ten resampled years need, within its bounds, whatever they are", () => {
  const bound = (most: number) => fc.option(fc.integer({ min: 1, max: most }), { nil: undefined });
  const percent = fc.option(fc.integer({ min: 50, max: 200 }), { nil: undefined });
  fc.assert(
    fc.property(anyDays, percent, bound(12), bound(5), (days, grownTo, mostSeats, packSize) => {
      const rule = { ...RULE, share: 0.1, resamplings: 20 };
      const needs = resampledNeeds(days, rule);
      // Counted, not looked up: the fewest seats that serve so many of the twenty years.
      const serves = (years: number) => {
        for (let seats = 0; ; seats++) if (needs.filter((need) => need <= seats).length >= years) return seats;
      };
      const growth = Math.max(0, (grownTo ?? 100) - 100);
      const bounded = (seats: number) =>
        Math.min(Math.ceil((seats * (200 + growth)) / 200), mostSeats ?? Number.POSITIVE_INFINITY);
      const [low, high] = [bounded(serves(2)), bounded(serves(18))];
      const packs = Math.ceil(high / (packSize ?? 1));
      const bounds = { ...(grownTo !== undefined && { growth: grownTo / 100 }), mostSeats, packSize };
      expect(recommendation(days, bounds, rule)).toEqual({ seats: packs * (packSize ?? 1), range: [low, high] });
    }),
    { numRuns: 2000 },
  );
});

test("the recommendation lies in the range, and no higher than the peak", () => {
  fc.assert(
    fc.property(anyDays, (days) => {
      const { seats, range } = recommendation(days);
      expect(range[0]).toBeLessThanOrEqual(seats);
      expect(range[1]).toBe(seats);
      expect(seats).toBeLessThanOrEqual(Math.max(...days.map(peakOf)));
    }),
    { numRuns: 2000 },
  );
});
