import { addDays, type IsoDate, weekdayOf } from "../domain/calendar.ts";
import { type PeopleCount, type PoolDay, peakOf } from "../domain/usage.ts";
import { outages } from "../sizing/coverage.ts";
import { meanSeats } from "../sizing/occupancy.ts";
import { totalsOf } from "../sizing/totals.ts";
import type { Step, UseOfStep } from "./renewals.ts";

const HOUR_MS = 3_600_000;

/** Steps that a page can show, and somebody can read. */
export function usualStep(days: number): Step {
  if (days <= 3) return "hour";
  return days <= 100 ? "day" : days <= 400 ? "week" : "month";
}

/** The days of a pool, gathered by step. Peaks are the highest, everything else adds up. */
export function useByStep(days: readonly PoolDay[], step: Step, people: readonly PeopleCount[]): UseOfStep[] {
  if (step === "hour") return days.flatMap(hoursOf);
  const counted = new Map(people.map((count) => [count.from, count.people]));
  const steps = Map.groupBy(days, ({ date }) => firstDayOf(date, step));
  return [...steps].map(([first, ofStep]) => ({
    ...gathered(ofStep),
    people: step === "week" ? null : (counted.get(first) ?? null),
  }));
}

/** Weeks begin with Monday. */
function firstDayOf(date: IsoDate, step: Step): IsoDate {
  if (step === "month") return `${date.slice(0, 8)}01`;
  return step === "week" ? addDays(date, -((weekdayOf(date) + 6) % 7)) : date;
}

function gathered(days: readonly PoolDay[]): UseOfStep {
  const totals = totalsOf(days);
  const { levels, amounts } = totals.occupancyMs;
  return {
    date: days[0]!.date,
    fromMs: days[0]!.startMs,
    untilMs: days.at(-1)!.endMs,
    peak: totals.peak,
    peakAtMs: totals.peakAtMs ?? null,
    seatHours: levels.reduce((sum, level, i) => sum + level * amounts[i]!, 0) / HOUR_MS,
    typicalWorkingHour: meanSeats(totals.workingOccupancyMs),
    launches: totals.holdings,
    shared: totals.shared,
    turnedAway: totals.turnedAway,
    keptWaiting: totals.keptWaiting,
    hoursFull: days.reduce((sum, { fullMs }) => sum + fullMs, 0) / HOUR_MS,
    hoursOver: totals.overMs.all / HOUR_MS,
    observed: totals.observed.holdings,
    overflow: days.flatMap(({ askedFirst }) => Object.values(askedFirst)).reduce((sum, count) => sum + count, 0),
    people: null,
    gaps: outages(days),
  };
}

/** Only peaks are kept by the hour. */
const hoursOf = (day: PoolDay): UseOfStep[] =>
  day.hourPeaks.map((peak, hour) => {
    const fromMs = day.startMs + hour * HOUR_MS;
    const untilMs = Math.min(day.endMs, fromMs + HOUR_MS);
    return {
      ...{
        date: day.date,
        fromMs,
        untilMs,
        peak,
        peakAtMs: day.peakAtMs !== undefined && peak === peakOf(day) ? within(day.peakAtMs, fromMs, untilMs) : null,
      },
      ...{
        seatHours: null,
        typicalWorkingHour: null,
        launches: null,
        shared: null,
        turnedAway: null,
        keptWaiting: null,
      },
      ...{ hoursFull: null, hoursOver: null, observed: null, overflow: null, people: null },
      gaps: day.gaps.filter((gap) => gap.fromMs < untilMs && gap.untilMs > fromMs),
    };
  });

const within = (atMs: number, fromMs: number, untilMs: number) => (atMs >= fromMs && atMs < untilMs ? atMs : null);
