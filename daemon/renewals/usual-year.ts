import { addDays, addMonths, type IsoDate } from "../domain/calendar.ts";
import type { Database } from "../history/database.ts";
import { firstDay, lastMeteredDay } from "../history/queries/days.ts";

/** What is recorded of a pool: the first day, and the last one before this month in which a daemon, or a log, was there. */
export interface RecordedDays {
  first: IsoDate | undefined;
  lastMetered: IsoDate | undefined;
}

const monthOf = (date: IsoDate): IsoDate => `${date.slice(0, 8)}01`;

/**
 * The days that a report is about unless others are asked for: the twelve whole months before today. Where there is no
 * whole month of records yet, the year up to today, so that something can be seen from the first launch on; where nothing
 * is recorded of those months, as after a log of years ago, the twelve that end with the last one of which something is.
 */
export function usualYear({ first, lastMetered }: RecordedDays, today: IsoDate): { from: IsoDate; to: IsoDate } {
  const thisMonth = monthOf(today);
  if (first === undefined || first > addMonths(thisMonth, -1)) {
    return { from: addDays(addMonths(today, -12), 1), to: today };
  }
  const isRecent = lastMetered === undefined || lastMetered >= addMonths(thisMonth, -12);
  const end = isRecent ? thisMonth : addMonths(monthOf(lastMetered), 1);
  return { from: addMonths(end, -12), to: addDays(end, -1) };
}

export async function recordedDays(db: Database, pool: string, today: IsoDate): Promise<RecordedDays> {
  const first = await firstDay(db, pool);
  return { first, lastMetered: first && (await lastMeteredDay(db, pool, monthOf(today))) };
}
