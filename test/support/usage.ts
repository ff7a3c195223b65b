import fc from "fast-check";
import { addDays } from "../../daemon/domain/calendar.ts";
import { type LocalDay, localDays } from "../../daemon/domain/local-days.ts";
import type { SweptPool } from "../../daemon/domain/pool-sweep.ts";
import { type ByLevel, type Holding, NO_REFUSALS, type PoolDay, type SeatsFrom } from "../../daemon/domain/usage.ts";

export const LONDON = {
  timezone: "Europe/London",
  workingHours: { days: [1, 2, 3, 4, 5], fromMinute: 8 * 60, untilMinute: 18 * 60 },
  holidays: "england" as const,
};

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** A moment in UTC, `2026-01-07 09:00`. */
export const at = (text: string) => Date.parse(`${text.replace(" ", "T")}Z`);

export function holding(start: string, end: string, change: Partial<Holding> = {}): Holding {
  return { startMs: at(start), endMs: at(end), seats: 1, department: "", grantedAs: "usual", ...change };
}

export const pool = (change: Partial<SweptPool> = {}): SweptPool => ({
  name: "cad",
  capacity: [],
  gaps: [],
  ...change,
});

export const steps = (...seats: [string, number][]): SeatsFrom[] =>
  seats.map(([from, count]) => ({ fromMs: from === "" ? 0 : at(from), seats: count }));

/** `{ 0: 5, 2: 1 }`. */
export const byLevel = (amounts: Record<number, number>): ByLevel => ({
  levels: Object.keys(amounts).map(Number),
  amounts: Object.values(amounts),
});

export const asRecord = ({ levels, amounts }: ByLevel): Record<number, number> =>
  Object.fromEntries(levels.map((level, i) => [level, amounts[i]!]));

export const sum = (amounts: Iterable<number>) => [...amounts].reduce((total, amount) => total + amount, 0);

/** A stored day as a test needs it. */
export function poolDay(date: string, change: Partial<PoolDay> = {}): PoolDay {
  const [day] = localDays(date, date, LONDON) as [LocalDay];
  const workingMs = day.working ? 10 * HOUR : 0;
  return {
    pool: "cad",
    date,
    startMs: day.startMs,
    endMs: day.endMs,
    hourPeaks: [0],
    occupancyMs: byLevel({}),
    workingOccupancyMs: byLevel({}),
    arrivals: byLevel({}),
    holdings: sum(change.arrivals?.amounts ?? []),
    shared: 0,
    askedFirst: {},
    refusals: NO_REFUSALS,
    departments: {},
    fullMs: 0,
    overMs: { all: 0, overdraft: 0, excess: 0 },
    observed: { holdings: 0, seatMs: 0 },
    gaps: [],
    gapMs: 0,
    workingMs,
    coveredWorkingMs: workingMs,
    capacity: [{ fromMs: day.startMs, seats: 10 }],
    ...change,
  };
}

/** A day around which a clock is changed, a year ends or nothing happens, in zones that differ in how. */
const anyDays = fc
  .record({
    timezone: fc.constantFrom("Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"),
    from: fc.constantFrom("2026-03-28", "2026-10-24", "2026-12-31", "2026-07-01", "2026-04-04", "2026-10-03"),
    count: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ timezone, from, count }) => localDays(from, addDays(from, count - 1), { ...LONDON, timezone }));

/**
 * A few days with what happened around them: moments lie close together and often on an hour, so that much happens in
 * one and the same.
 */
export const anyUse = anyDays.chain((days) => {
  const startMs = days[0]!.startMs - 12 * HOUR;
  const hours = Math.ceil((days.at(-1)!.endMs - startMs) / HOUR) + 12;
  const moment = fc.oneof(
    fc.integer({ min: 0, max: hours }).map((hour) => startMs + hour * HOUR),
    fc.integer({ min: 0, max: hours * 4 }).map((quarter) => startMs + quarter * 15 * MINUTE + (quarter % 3)),
  );
  const holdings = fc.record({
    startMs: moment,
    endMs: fc.oneof(moment, fc.constant(Number.POSITIVE_INFINITY)),
    seats: fc.constantFrom(1, 1, 1, 2, 5),
    department: fc.constantFrom("", "Planning", "Revenues"),
    grantedAs: fc.constantFrom(
      "usual" as const,
      "usual" as const,
      "usual" as const,
      "overdraft" as const,
      "observed" as const,
      "ungoverned" as const,
    ),
  });
  return fc.record({
    days: fc.constant(days),
    holdings: fc.array(
      holdings.map((one) => ({ ...one, endMs: Math.max(one.endMs, one.startMs) })),
      { maxLength: 12 },
    ),
    gaps: fc.array(
      fc.tuple(moment, moment).map(([one, other]) => ({ fromMs: Math.min(one, other), untilMs: Math.max(one, other) })),
      { maxLength: 2 },
    ),
    capacity: fc
      .array(fc.record({ fromMs: moment, seats: fc.integer({ min: 0, max: 6 }) }), { maxLength: 3 })
      .map((steps) => [{ fromMs: 0, seats: 3 }, ...steps.toSorted((one, other) => one.fromMs - other.fromMs)]),
  });
});
export type AnyUse = typeof anyUse extends fc.Arbitrary<infer Use> ? Use : never;
