import type { IsoDate } from "../domain/calendar.ts";
import type { Deadline } from "./deadline.ts";
import { type Month, monthOf } from "./months.ts";
import type { RenewalReport } from "./renewal-report.ts";
import type { Need } from "./variants.ts";

/** One pool in the calendar; money is a year's. */
export interface CalendarRow {
  pool: string;
  deadline: Deadline;
  owned: number;
  peak: number;
  recommended: number;
  need: Need;
  limitReached: boolean;
  /** Null: not known. */
  cost: number | null;
  /** What renewing as recommended would save; below 0: cost more. */
  couldSave: number | null;
}

/** The decisions of a month, or those that are late. */
export interface CalendarMonth {
  month: Month | "late";
  /** What is paid a year for all of them, as far as it is known. */
  atStake: number;
  rows: CalendarRow[];
}

/** What is to be decided soon. */
export interface Outlook {
  decisions: number;
  atStake: number;
  couldSave: number;
  couldCost: number;
  late: number;
}

const SOON_DAYS = 90;

/**
 * All pools of which something ends, by the last day to give notice: late ones first, then month by month. Where the notice
 * period is not known the month of the end counts, and they come first in it, since it has to be found out.
 */
export function renewalCalendar(reports: readonly RenewalReport[]): CalendarMonth[] {
  const rows = reports.flatMap((report) => (report.deadline ? [rowOf(report, report.deadline)] : [])).sort(inOrder);
  const months = Map.groupBy(rows, ({ deadline }) => (isLate(deadline) ? "late" : monthOf(dayOf(deadline))));
  return [...months].map(([month, ofMonth]) => ({ month, atStake: sum(ofMonth, ({ cost }) => cost), rows: ofMonth }));
}

/** What the next 90 days bring, and what is late. */
export function outlook(calendar: readonly CalendarMonth[]): Outlook {
  const rows = calendar.flatMap((month) => month.rows);
  const soon = rows.filter(
    ({ deadline: { daysLeft } }) => daysLeft !== undefined && daysLeft >= 0 && daysLeft <= SOON_DAYS,
  );
  return {
    decisions: soon.length,
    atStake: sum(soon, ({ cost }) => cost),
    couldSave: sum(soon, ({ couldSave }) => couldSave && Math.max(0, couldSave)),
    couldCost: sum(soon, ({ couldSave }) => couldSave && Math.max(0, -couldSave)),
    late: rows.filter(({ deadline }) => isLate(deadline)).length,
  };
}

function rowOf(report: RenewalReport, deadline: Deadline): CalendarRow {
  const { pool, owned, peak, recommended, need, cost, variants } = report;
  const option = report.options.find(({ seats }) => seats === recommended);
  const limitReached = variants.some(({ kind }) => kind === "limit reached");
  const couldSave = option?.saving ?? null;
  return { pool, deadline, owned, peak, recommended, need, limitReached, cost: cost?.now ?? null, couldSave };
}

const isLate = ({ daysLeft = 0 }: Deadline) => daysLeft < 0;

/** By which day a row is placed. */
const dayOf = ({ noticeBy, ends }: Deadline): IsoDate => noticeBy ?? ends;

const inOrder = (one: CalendarRow, other: CalendarRow) => (placeOf(one.deadline) < placeOf(other.deadline) ? -1 : 1);

function placeOf({ noticeBy, ends, daysLeft = 0 }: Deadline): string {
  const group = daysLeft < 0 ? "late" : "month";
  // A blank comes before the hyphen of a day: who has no day is first in the month.
  return `${group} ${noticeBy ?? `${monthOf(ends)} ${ends}`}`;
}

const sum = (rows: readonly CalendarRow[], amount: (row: CalendarRow) => number | null) =>
  rows.reduce((total, row) => total + (amount(row) ?? 0), 0);
