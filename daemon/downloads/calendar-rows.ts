import { addMonths } from "../domain/calendar.ts";
import { renewalCalendar } from "../renewals/calendar.ts";
import type { CalendarRow, RenewalCalendar } from "../renewals/renewals.ts";

/** What of the calendar somebody wants to see. */
export interface CalendarFilter {
  /** What has to be decided within twelve months and what is late; or everything. */
  show: "year" | "all";
  department?: string | undefined;
}

/** The calendar as somebody wants to see it; its sums are of what is left. */
export function filteredCalendar(calendar: RenewalCalendar, { show, department }: CalendarFilter): RenewalCalendar {
  const lastDay = addMonths(calendar.today, 12);
  const isSoon = ({ deadline }: CalendarRow) => deadline !== null && (deadline.noticeBy ?? deadline.ends) <= lastDay;
  const shown = (row: CalendarRow) =>
    (department === undefined || row.department === department) && (show === "all" || isSoon(row));
  return renewalCalendar(rowsOf(calendar).filter(shown), calendar.today, calendar.behind);
}

/** Every line, in the order of the calendar. */
export const rowsOf = ({ late, months, undated }: RenewalCalendar): CalendarRow[] => [
  ...late,
  ...months.flatMap(({ rows }) => rows),
  ...undated,
];

/** Departments that contracts belong to, for a choice among them. */
export const departmentsOf = (calendar: RenewalCalendar): string[] =>
  [...new Set(rowsOf(calendar).flatMap(({ department }) => department ?? []))].sort((one, other) =>
    one.localeCompare(other, "en-GB"),
  );
