import { wallTime } from "../domain/calendar.ts";
import { type LocalDay, localDays } from "../domain/local-days.ts";
import { countRefusals } from "../domain/refusals.ts";
import type { Register } from "../domain/register.ts";
import { sweepDays } from "../domain/sweep.ts";
import type { PoolDay, SeatsFrom, Span } from "../domain/usage.ts";
import type { Database } from "./database.ts";
import { presentName } from "./pool-names.ts";
import { assignedIn } from "./queries/assigned.ts";
import { gapsIn } from "./queries/conditions.ts";
import { holdingsIn } from "./queries/holdings.ts";
import { notableLaunches, refusalsIn } from "./queries/launches.ts";

/** One pool as its days are worked out. */
export interface PoolToSweep {
  /** Its present name, and all that it was recorded under. */
  pool: string;
  names: readonly string[];
  capacity: readonly SeatsFrom[];
  endless: boolean;
}

/** The local day that a moment lies in. */
export const dayAt = (register: Register, atMs: number) => wallTime(atMs, register.timezone).date;

/** The local days from one moment to another; the last one ends with the second, where it is not over by then. */
export function daysBetween(register: Register, fromMs: number, untilMs: number): LocalDay[] {
  return localDays(dayAt(register, fromMs), dayAt(register, untilMs), register)
    .map((day) => (day.endMs > untilMs ? { ...day, endMs: untilMs } : day))
    .filter(({ startMs, endMs }) => endMs > startMs);
}

export interface SweptDays {
  days: PoolDay[];
  /** The same with each seat in use for as long as it was assigned; of a pool that assigns its seats. */
  assigned?: PoolDay[];
}

/** Everything that is kept of these days, from what was recorded. */
export async function sweptDays(
  db: Database,
  register: Register,
  { pool, names, capacity, endless }: PoolToSweep,
  days: readonly LocalDay[],
): Promise<SweptDays> {
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last) return { days: [] };
  const span = { fromMs: first.startMs, untilMs: last.endMs };
  const gaps = await gapsIn(db, names, span);
  const holdings = await holdingsIn(db, names, span);
  const toSweep = [{ name: pool, capacity, gaps, endless }];
  const swept = sweepDays(holdings, toSweep, days);
  const find = finder(days);
  const shared = new Map<number, number>();
  const askedFirst = new Map<number, Record<string, number>>();
  for await (const launch of notableLaunches(db, names, span)) {
    if (inGap(gaps, launch.atMs)) continue;
    const day = find(launch.atMs);
    if (launch.shared) shared.set(day, (shared.get(day) ?? 0) + 1);
    if (launch.askedFirst === "") continue;
    const other = presentName(register, launch.askedFirst);
    const counts = askedFirst.get(day) ?? {};
    askedFirst.set(day, { ...counts, [other]: (counts[other] ?? 0) + 1 });
  }
  const refusals = Map.groupBy(await refusalsIn(db, names, span), ({ firstMs }) => find(firstMs));
  const withLaunches = (day: PoolDay, i: number): PoolDay => ({
    ...day,
    shared: shared.get(i) ?? 0,
    askedFirst: inOrder(askedFirst.get(i) ?? {}),
    refusals: countRefusals(refusals.get(i) ?? []),
  });
  const assigned = await assignedIn(db, register, { pool, names }, span);
  return {
    days: swept.map(withLaunches),
    ...(assigned && { assigned: sweepDays(assigned, toSweep, days).map(withLaunches) }),
  };
}

const inGap = (gaps: readonly Span[], atMs: number) =>
  gaps.some(({ fromMs, untilMs }) => fromMs <= atMs && atMs < untilMs);

/** By name, so that the same counts are the same text. */
const inOrder = (counts: Record<string, number>) =>
  Object.fromEntries(Object.entries(counts).sort(([one], [other]) => (one < other ? -1 : 1)));

/** The place of the day that a moment lies in. */
function finder(days: readonly LocalDay[]): (atMs: number) => number {
  return (atMs) => {
    let from = 0;
    let until = days.length - 1;
    while (from < until) {
      const middle = (from + until + 1) >> 1;
      if (days[middle]!.startMs <= atMs) from = middle;
      else until = middle - 1;
    }
    return from;
  };
}
