import { LevelTally } from "../domain/level-tally.ts";
import { type ByLevel, type PoolDay, peakOf } from "../domain/usage.ts";

/** The amounts of several days, level by level. */
export function totalByLevel(parts: Iterable<ByLevel>): ByLevel {
  const tally = new LevelTally();
  for (const part of parts) tally.addAll(part);
  return tally.take();
}

/** What the days of one pool add up to; lengths in milliseconds. */
export interface Totals {
  peak: number;
  /** The first moment of the peak; absent where no seat was in use. */
  peakAtMs?: number;
  arrivals: ByLevel;
  occupancyMs: ByLevel;
  workingOccupancyMs: ByLevel;
  /** Launches that needed a seat. */
  holdings: number;
  shared: number;
  keptWaiting: number;
  turnedAway: number;
  /** Of the refusals, those that another seat would have cured. */
  refusedForSizing: number;
  turnedAwayForSizing: number;
  /** Days with a time in which no seat was free. */
  daysFull: number;
  overMs: { all: number; overdraft: number; excess: number };
  observed: { holdings: number; seatMs: number };
  ungoverned: { holdings: number; seatMs: number };
}

export function totalsOf(days: readonly PoolDay[]): Totals {
  const sum = (amount: (day: PoolDay) => number) => days.reduce((total, day) => total + amount(day), 0);
  const peak = Math.max(0, ...days.map(peakOf));
  const peakAtMs = days.find((day) => peakOf(day) === peak)?.peakAtMs;
  const turnedAwayForSizing = sum(({ refusals }) => refusals.forSizing.turnedAway);
  return {
    peak,
    ...(peakAtMs !== undefined && { peakAtMs }),
    arrivals: totalByLevel(days.map(({ arrivals }) => arrivals)),
    occupancyMs: totalByLevel(days.map(({ occupancyMs }) => occupancyMs)),
    workingOccupancyMs: totalByLevel(days.map(({ workingOccupancyMs }) => workingOccupancyMs)),
    holdings: sum(({ holdings }) => holdings),
    shared: sum(({ shared }) => shared),
    keptWaiting: sum(({ refusals }) => refusals.keptWaiting),
    turnedAway: sum(({ refusals }) => refusals.turnedAway),
    refusedForSizing: turnedAwayForSizing + sum(({ refusals }) => refusals.forSizing.keptWaiting),
    turnedAwayForSizing,
    daysFull: days.filter(({ fullMs }) => fullMs > 0).length,
    overMs: {
      all: sum(({ overMs }) => overMs.all),
      overdraft: sum(({ overMs }) => overMs.overdraft),
      excess: sum(({ overMs }) => overMs.excess),
    },
    observed: {
      holdings: sum(({ observed }) => observed.holdings),
      seatMs: sum(({ observed }) => observed.seatMs),
    },
    ungoverned: {
      holdings: sum(({ ungoverned }) => ungoverned?.holdings ?? 0),
      seatMs: sum(({ ungoverned }) => ungoverned?.seatMs ?? 0),
    },
  };
}
