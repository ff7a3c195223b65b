import type { IsoDate } from "../../domain/calendar.ts";
import { type Month, monthsLater } from "../../sizing/months.ts";
import { dayInWords } from "../../sizing/plain-words.ts";

/** `December 2026` */
export const monthInWords = (month: Month) => dayInWords(`${month}-01`).replace(/^1 /, "");

/** `April 2026 to March 2027` */
export const monthsInWords = (from: IsoDate, to: IsoDate) =>
  from.slice(0, 7) === to.slice(0, 7)
    ? monthInWords(from.slice(0, 7))
    : `${monthInWords(from.slice(0, 7))} to ${monthInWords(to.slice(0, 7))}`;

/** Months in order, those that follow each other as one: `May 2026, August 2026 to October 2026`. */
export function monthListInWords(months: readonly Month[]): string {
  const runs: Month[][] = [];
  for (const month of months) {
    const last = runs.at(-1);
    if (last && monthsLater(last.at(-1)!, 1) === month) last.push(month);
    else runs.push([month]);
  }
  return runs.map((run) => monthsInWords(`${run[0]}-01`, `${run.at(-1)}-01`)).join(", ");
}
