import type { IsoDate } from "../../domain/calendar.ts";
import { weekdayOf } from "../../domain/calendar.ts";
import { departmentsShown } from "../../downloads/report-sheets.ts";
import type { DayNote } from "../../renewals/renewals.ts";
import { dayInWords } from "../../sizing/plain-words.ts";
import type { RenewalReport } from "../../sizing/renewal-report.ts";

const SHORT = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
/** More are in the workbook. */
const DEPARTMENTS_NAMED = 4;

export interface BusyDay {
  date: IsoDate;
  /** `Mon 13 April 2026` */
  words: string;
  peak: number;
  notes: { note: string; by: string }[];
}

/** The days with the highest use, and what people know of them; then other days that have notes. */
export function busiestDays({ busiestDays }: RenewalReport, notes: readonly DayNote[]): BusyDay[] {
  const about = Map.groupBy(notes, ({ date }) => date);
  return busiestDays.map(({ date, peak }) => ({
    date,
    words: `${SHORT[weekdayOf(date)]} ${dayInWords(date)}`,
    peak,
    notes: (about.get(date) ?? []).map(({ note, by }) => ({ note, by })),
  }));
}

/** `Revenues 90.9%, Children 2.6%, others 4.1% (of hours)` */
export function whoUsesIt({ departments }: RenewalReport): string {
  const rows = departmentsShown(departments);
  if (rows.length === 0) return departments.length > 0 ? "too few people to say, or nobody counted them" : "not known";
  const named = rows.slice(0, rows.length > DEPARTMENTS_NAMED + 1 ? DEPARTMENTS_NAMED : rows.length);
  const rest = rows.slice(named.length).reduce((sum, { share }) => sum + share, 0);
  const parts = named.map(({ department, share }) => `${department || "not known"} ${percent(share)}`);
  return `${[...parts, ...(rest > 0 ? [`others ${percent(rest)}`] : [])].join(", ")} (of hours)`;
}

const percent = (share: number) => `${(share * 100).toLocaleString("en-GB", { maximumFractionDigits: 1 })}%`;
