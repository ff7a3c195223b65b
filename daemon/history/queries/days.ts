import { sql } from "kysely";
import type { IsoDate } from "../../domain/calendar.ts";
import type { PoolDay } from "../../domain/usage.ts";
import type { Database } from "../database.ts";
import type { PoolDayRow } from "../tables.ts";

/** What of a day the columns of its row say. */
type InColumns = "pool" | "date" | "startMs" | "endMs";

export function dayRow({ pool, date, startMs, endMs, ...rest }: PoolDay): PoolDayRow {
  return { pool, date, start_ms: startMs, end_ms: endMs, day: JSON.stringify(rest), demand: null };
}

/** As it would have been without the limit, or as its seats were assigned; null where that is the same day. */
export const demandOf = (day: PoolDay, demand: PoolDay | undefined): string | null =>
  demand === undefined || demandText(demand) === demandText(day) ? null : demandText(demand);

const demandText = ({ pool, date, startMs, endMs, ...rest }: PoolDay): string => JSON.stringify(rest);

export interface KeptDays {
  days: PoolDay[];
  /** As they would have been without the limit, or as seats were assigned; absent where none of them differs. */
  demand?: PoolDay[];
}

/** What is kept of a pool's days from one to another, both included, in their order. */
export async function keptDays(db: Database, pool: string, from: IsoDate, until: IsoDate): Promise<KeptDays> {
  const rows = await db
    .selectFrom("pool_days")
    .selectAll()
    .where("pool", "=", pool)
    .where("date", ">=", from)
    .where("date", "<=", until)
    .orderBy("date")
    .execute();
  const days = rows.map((row) => dayOf(row, row.day));
  if (rows.every(({ demand }) => demand === null)) return { days };
  return { days, demand: rows.map((row, i) => (row.demand === null ? days[i]! : dayOf(row, row.demand))) };
}

const dayOf = ({ pool, date, start_ms, end_ms }: PoolDayRow, text: string): PoolDay => ({
  pool,
  date,
  startMs: start_ms,
  endMs: end_ms,
  ...(JSON.parse(text) as Omit<PoolDay, InColumns>),
});

/** The first day of which anything is kept. */
export async function firstDay(db: Database, pool: string): Promise<IsoDate | undefined> {
  const row = await db
    .selectFrom("pool_days")
    .select("date")
    .where("pool", "=", pool)
    .orderBy("date")
    .limit(1)
    .executeTakeFirst();
  return row?.date;
}

/** The last day before another one in which a daemon, or a log, was there at all. */
export async function lastMeteredDay(db: Database, pool: string, before: IsoDate): Promise<IsoDate | undefined> {
  const row = await db
    .selectFrom("pool_days")
    .select("date")
    .where("pool", "=", pool)
    .where("date", "<", before)
    // The time without one is as long as the day.
    .where(sql<boolean>`day not like '%"gapMs":' || cast(end_ms - start_ms as text) || ',%'`)
    .orderBy("date", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.date;
}
