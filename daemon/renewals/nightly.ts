import { addDays, type IsoDate, wallTime } from "../domain/calendar.ts";
import type { Register } from "../domain/register.ts";
import { keptFromMs } from "../domain/retention.ts";
import type { Database, History } from "../history/database.ts";
import { calendarPeriods, countPeople, putPeople } from "../history/people.ts";
import { poolNames } from "../history/pool-names.ts";
import { keptDays } from "../history/queries/days.ts";
import type { OnPool, Rollups } from "../history/rollups.ts";
import { dayAt } from "../history/swept-days.ts";
import type { RolledPoolRow } from "../history/tables.ts";
import { seatsToReplay } from "../sizing/renewal-input.ts";
import { demandIn, type PoolWindow, replayed, storeDemand, storeReplays } from "./replaying.ts";
import { recordedDays, usualYear } from "./usual-year.ts";

export interface NightlyParts {
  history: Pick<History, "db">;
  rollups: Rollups;
  register: () => Register;
  now: () => number;
}

/**
 * What is worked out once a day of each pool: how many people used it, and how its usual year would have been with the
 * numbers of seats that its report shows. Slow next to what follows each launch, and needed for days that are over.
 *
 * @param onPool hears of each pool that is done
 * @returns the pools that were due; undefined where another daemon is at it
 */
export async function nightly(
  { history: { db }, rollups, register, now }: NightlyParts,
  onPool?: OnPool,
): Promise<string[] | undefined> {
  const { privacy, timezone } = register();
  const today = wallTime(now(), timezone).date;
  const keptFrom = dayAt(register(), keptFromMs(privacy.keepSessions, now(), timezone));
  if ((await dueRows(db, today, keptFrom)).length === 0) return [];
  return await rollups.alone(async () => {
    const done: string[] = [];
    const names = await poolNames(db, register());
    const due = await dueRows(db, today, keptFrom);
    for (const [i, row] of due.entries()) {
      const work = () => ofPool(db, register(), row, names.get(row.pool) ?? [row.pool], today);
      if (await rollups.guarded("night", row.pool, work)) done.push(row.pool);
      await onPool?.(row.pool, (i + 1) / due.length);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return done;
  });
}

/**
 * Once a day, and again where days have changed of which the launches are about to be deleted for their age: what a log
 * told after today's turn is not there any more at tomorrow's.
 */
const dueRows = (db: Database, today: IsoDate, keptFrom: IsoDate): Promise<RolledPoolRow[]> =>
  db
    .selectFrom("rolled_pools")
    .selectAll()
    .where(({ eb, or }) => or([eb("nightly", "<>", today), eb("people_from", "<", keptFrom)]))
    .execute();

async function ofPool(db: Database, register: Register, row: RolledPoolRow, names: readonly string[], today: IsoDate) {
  const { pool } = row;
  const recorded = await recordedDays(db, pool, today);
  const { from, to } = usualYear(recorded, today);
  const yesterday = addDays(today, -1);
  // A count from a part of the sessions would be wrong for ever.
  const keptFrom = row.kept_from_ms > 0 ? dayAt(register, row.kept_from_ms) : "";
  const usual = { period: "window" as const, from, until: to };
  const lately = { period: "90 days" as const, from: addDays(today, -90), until: yesterday };
  const periods = [
    ...calendarBetween(row.people_from ?? recorded.first ?? today, yesterday),
    ...(to < today ? [usual] : []),
    lately,
  ].filter((period) => period.from >= keptFrom);
  const counts = await countPeople(db, register, { pool, names }, periods);
  await db.transaction().execute(async (trx) => {
    for (const [i, { period }] of periods.entries()) await putPeople(trx, period, counts[i]!);
  });
  const ofYear = counts[periods.indexOf(usual)];

  const { days } = await keptDays(db, pool, from, to);
  const window: PoolWindow = { pool, names, from, to, days };
  if (days.length > 0 && to < today && days[0]!.date >= keptFrom) {
    const holdings = await demandIn(db, register, window);
    const demand = await storeDemand(db, register, window, holdings);
    const input = { ...{ register, pool, days, from, until: to, today }, ...(ofYear && { people: ofYear }) };
    const seats = seatsToReplay({ ...input, ...(demand && { demand }) });
    await storeReplays(db, window, await replayed(register, window, holdings, seats));
  }
  await db
    .updateTable("rolled_pools")
    .set(({ eb }) => ({ nightly: today, people_from: null, past_version: eb("past_version", "+", 1) }))
    .where("pool", "=", pool)
    .execute();
}

/** Days that changed, and the months, quarters and years in which they lie. */
function calendarBetween(from: IsoDate, until: IsoDate): ReturnType<typeof calendarPeriods> {
  const days: ReturnType<typeof calendarPeriods> = [];
  const longer = new Map<string, (typeof days)[number]>();
  for (let date = from; date <= until; date = addDays(date, 1)) {
    days.push({ period: "day", from: date, until: date });
    for (const one of calendarPeriods(date)) longer.set(`${one.period} ${one.from}`, one);
  }
  return [...days, ...longer.values()];
}
