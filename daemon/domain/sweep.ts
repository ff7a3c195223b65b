import { mergedSpans } from "./day-changes.ts";
import { holdingEvents } from "./holding-events.ts";
import type { Holdings } from "./holdings.ts";
import { HourSort } from "./hour-sort.ts";
import { Hours } from "./hours.ts";
import type { LocalDay } from "./local-days.ts";
import { PoolSweep, type SweptPool } from "./pool-sweep.ts";
import type { PoolDay } from "./usage.ts";

/**
 * Everything that is kept of some pools and some days in a row, from their holdings: one sort, and one pass in which the
 * level of each pool is followed. Holdings are cut at midnights, hours and working hours, and clipped to the days; what
 * happens in gaps counts nowhere.
 *
 * @param holdings of all pools, in no order; those outside the days change nothing
 * @param pools    in the order that the holdings number them by
 * @param days     one after the other
 * @returns pool after pool, each with its days; `shared`, `askedFirst` and `refusals` are left empty
 * @see renewals.md, "Measures"
 */
export function* sweepPools(
  holdings: Holdings,
  pools: readonly SweptPool[],
  days: readonly LocalDay[],
): Generator<PoolDay[]> {
  if (days.length === 0) return;
  const hours = new Hours(days);
  const { kinds, events, firstOf, carriedIn } = holdingEvents(holdings, pools.length, {
    fromMs: hours.startMs,
    untilMs: hours.endMs,
  });
  const departments = [...new Set(kinds.map(({ department }) => department))].sort();
  const sorted = new HourSort(hours, kinds.length);
  for (const [number, pool] of pools.entries()) {
    const gaps = mergedSpans(pool.gaps);
    const sweep = new PoolSweep(pool, kinds, departments);
    for (let kind = 0; kind < kinds.length; kind++) sweep.carryIn(kind, carriedIn[number * kinds.length + kind]!);
    sorted.sort(events.subarray(firstOf[number]!, firstOf[number + 1]!));
    yield days.map((day, i) => {
      const hoursOfDay = sorted.firstOf.subarray(hours.firstOfDay[i]!, hours.firstOfDay[i + 1]! + 1);
      return sweep.day(day, gaps, sorted.events, hoursOfDay);
    });
  }
}

/** The same at once. */
export const sweepDays = (holdings: Holdings, pools: readonly SweptPool[], days: readonly LocalDay[]): PoolDay[] =>
  [...sweepPools(holdings, pools, days)].flat();
