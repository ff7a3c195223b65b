import { addDays, addMonths, type IsoDate } from "../domain/calendar.ts";

/**
 * The days that a report is about unless others are asked for: the twelve whole months before today. Where there is no
 * whole month of records yet, the year up to today, so that something can be seen from the first launch on.
 *
 * @param first of which anything is kept
 */
export function usualYear(first: IsoDate | undefined, today: IsoDate): { from: IsoDate; to: IsoDate } {
  const thisMonth = `${today.slice(0, 8)}01`;
  if (first === undefined || first > addMonths(thisMonth, -1)) {
    return { from: addDays(addMonths(today, -12), 1), to: today };
  }
  return { from: addMonths(thisMonth, -12), to: addDays(thisMonth, -1) };
}
