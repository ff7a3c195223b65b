import { addDays, type IsoDate, startOfDayMs } from "../domain/calendar.ts";
import type { Holdings } from "../domain/holdings.ts";
import { type LocalDay, localDays } from "../domain/local-days.ts";
import type { Register } from "../domain/register.ts";
import { sweepDays } from "../domain/sweep.ts";
import type { PoolDay, SeatsFrom, Span } from "../domain/usage.ts";
import type { Database } from "../history/database.ts";
import { assignedIn } from "../history/queries/assigned.ts";
import { demandOf, keptDays } from "../history/queries/days.ts";
import { holdingsIn } from "../history/queries/holdings.ts";
import { refusalsIn } from "../history/queries/launches.ts";
import { putReplays } from "../history/queries/written.ts";
import { demandUnderLimit } from "../sizing/demand.ts";
import { inWorker } from "../sizing/in-worker.ts";
import { launchesOf, rowsByPool } from "../sizing/launches.ts";
import { ownedSteps } from "../sizing/months.ts";
import { type Replayed, replay } from "../sizing/replay.ts";

/** Up to so many holdings are played through here, in a few milliseconds; more of them in a thread of their own. */
const FEW = 20_000;

/** A pool in a time: what has to be known to play its launches through other numbers of seats. */
export interface PoolWindow {
  pool: string;
  names: readonly string[];
  from: IsoDate;
  to: IsoDate;
  /** What is kept of these days. */
  days: readonly PoolDay[];
}

/** Whether anybody was refused whom another seat would have helped: then use was less than demand. */
const limited = (days: readonly PoolDay[]) =>
  days.some(({ refusals: { forSizing } }) => forSizing.keptWaiting + forSizing.turnedAway > 0);

const spanOf = (register: Register, { from, to }: PoolWindow) => ({
  fromMs: startOfDayMs(from, register.timezone),
  untilMs: startOfDayMs(addDays(to, 1), register.timezone),
});

/** The launches of a window, with those that were refused as if they had not been; or its seats as they were assigned. */
export async function demandIn(db: Database, register: Register, window: PoolWindow): Promise<Holdings> {
  const span = spanOf(register, window);
  const assigned = await assignedIn(db, register, window, span);
  if (assigned) return assigned;
  if (!limited(window.days)) return await holdingsIn(db, window.names, span);
  const lengths = new Map<string, number[]>();
  const holdings = await holdingsIn(db, window.names, span, (person, lengthMs) => {
    if (!Number.isFinite(lengthMs)) return;
    const own = lengths.get(person);
    if (own) own.push(lengthMs);
    else lengths.set(person, [lengthMs]);
  });
  const medians = new Map([...lengths].map(([person, own]) => [person, medianOf(own)]));
  return demandUnderLimit(holdings, 0, await refusalsIn(db, window.names, span), medians);
}

function medianOf(values: number[]): number {
  values.sort((one, other) => one - other);
  return values[(values.length - 1) >> 1]!;
}

/** Play a window's launches through these numbers of seats. */
export async function replayed(
  register: Register,
  window: PoolWindow,
  holdings: Holdings,
  seats: readonly number[],
): Promise<Replayed[]> {
  const days = localDays(window.from, window.to, register);
  const gaps = gapsOf(window.days);
  if (holdings.pool.length <= FEW) {
    const span = { fromMs: days[0]!.startMs, untilMs: days.at(-1)!.endMs };
    const launches = launchesOf(holdings, rowsByPool(holdings, 1)[0]!, span, gaps);
    return seats.map((count) => replay(launches, count));
  }
  // Its columns are handed over, and somebody may play them through once more.
  const copied = {
    ...holdings,
    pool: holdings.pool.slice(),
    startMs: holdings.startMs.slice(),
    endMs: holdings.endMs.slice(),
    kind: holdings.kind.slice(),
  };
  const pools = [{ name: window.pool, capacity: capacityOf(window.days), gaps }];
  return (await inWorker("replay", { holdings: copied, pools, days, seats: [seats] })).flat();
}

export const storeReplays = (db: Database, { pool, from, to }: PoolWindow, all: readonly Replayed[]): Promise<void> =>
  putReplays(
    db,
    all.map(({ seats, launches, turnedAway, keptWaiting, waitedMs }) => ({
      ...{ pool, from_date: from, until_date: to, seats, launches },
      ...{ turned_away: turnedAway, kept_waiting: keptWaiting, waited_ms: waitedMs },
    })),
  );

/**
 * Write down the days of a window as they would have been without the limit, where it changed them. Those of a pool that
 * assigns its seats are there already.
 */
export async function storeDemand(
  db: Database,
  register: Register,
  window: PoolWindow,
  holdings: Holdings,
): Promise<PoolDay[] | undefined> {
  const { holdMs, metric } = register.pools[window.pool] ?? {};
  if (holdMs !== undefined) return (await keptDays(db, window.pool, window.from, window.to)).demand;
  if (!limited(window.days)) return undefined;
  const endless = metric === "site";
  const pool = { name: window.pool, capacity: capacityOf(window.days), gaps: gapsOf(window.days), endless };
  const swept = sweepDays(holdings, [pool], asSwept(register, window));
  const demand = window.days.map((day, i) => withUse(day, swept[i]!));
  await db.transaction().execute(async (trx) => {
    for (const [i, day] of demand.entries()) {
      await trx
        .updateTable("pool_days")
        .set({ demand: demandOf(window.days[i]!, day) })
        .where("pool", "=", window.pool)
        .where("date", "=", day.date)
        .execute();
    }
  });
  return demand;
}

/** The days that are kept; one that is under way ends where it did when it was worked out. */
function asSwept(register: Register, { days }: PoolWindow): LocalDay[] {
  const [first, last] = [days[0]!.date, days.at(-1)!.date];
  const ends = new Map(days.map(({ date, endMs }) => [date, endMs]));
  return localDays(first, last, register).map((day) => ({ ...day, endMs: ends.get(day.date) ?? day.endMs }));
}

/** What was counted from launches and denials stays as it was. */
const withUse = (day: PoolDay, swept: PoolDay): PoolDay => ({
  ...swept,
  ...{ shared: day.shared, askedFirst: day.askedFirst, refusals: day.refusals },
});

const capacityOf = (days: readonly PoolDay[]): SeatsFrom[] => ownedSteps(days);
const gapsOf = (days: readonly PoolDay[]): Span[] => days.flatMap(({ gaps }) => gaps);
