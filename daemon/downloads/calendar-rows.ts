import { addMonths, type IsoDate } from "../domain/calendar.ts";
import type { CalendarMonth, CalendarRow, CalendarSums, RenewalCalendar } from "../renewals/renewals.ts";

/** What of the calendar somebody wants to see. */
export interface CalendarFilter {
  /** What has to be decided within twelve months and what is late; or everything. */
  show: "year" | "all";
  department?: string | undefined;
}

/** The calendar as somebody wants to see it; its sums are of what is left. */
export function filteredCalendar(calendar: RenewalCalendar, { show, department }: CalendarFilter): RenewalCalendar {
  const { today } = calendar;
  const shown = (row: CalendarRow) =>
    (department === undefined || row.department === department) && (show === "all" || isSoon(row, today));
  const months = calendar.months.map(({ month, rows }) => monthOf(month, rows.filter(shown)));
  const late = calendar.late.filter(shown);
  const rows = months.flatMap((month) => month.rows);
  return {
    today,
    late,
    months: months.filter((month) => month.rows.length > 0),
    undated: calendar.undated.filter(shown),
    next90Days: { ...sumsOf(rows.filter(isDueIn90Days)), late: late.length },
  };
}

const monthOf = (month: string, rows: CalendarRow[]): CalendarMonth => ({ month, rows, ...sumsOf(rows) });

const isSoon = ({ deadline }: CalendarRow, today: IsoDate) =>
  deadline !== null && (deadline.noticeBy ?? deadline.ends) <= addMonths(today, 12);

const isDueIn90Days = ({ deadline }: CalendarRow) =>
  deadline?.daysLeft !== undefined && deadline.daysLeft >= 0 && deadline.daysLeft <= 90;

/** Sums of one currency: that of the most rows. */
function sumsOf(rows: readonly CalendarRow[]): CalendarSums {
  const currencies = Map.groupBy(
    rows.filter(({ currency }) => currency !== null),
    ({ currency }) => currency!,
  );
  const [currency, priced] = [...currencies].sort(([, one], [, other]) => other.length - one.length)[0] ?? ["GBP", []];
  const sum = (amount: (row: CalendarRow) => number) => priced.reduce((total, row) => total + amount(row), 0);
  return {
    decisions: rows.length,
    cost: sum(({ cost }) => cost ?? 0),
    couldSave: sum(({ saving }) => Math.max(0, saving ?? 0)),
    couldCost: sum(({ saving }) => Math.max(0, -(saving ?? 0))),
    currency,
  };
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
