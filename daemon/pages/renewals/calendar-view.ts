import type { IsoDate } from "../../domain/calendar.ts";
import { departmentsOf, filteredCalendar } from "../../downloads/calendar-rows.ts";
import { isAdvised, isUsed, statusInWords, titleOfRow } from "../../downloads/calendar-words.ts";
import type { CalendarRow, CalendarSums, RenewalCalendar } from "../../renewals/renewals.ts";
import { monthsLater } from "../../sizing/months.ts";
import { counted, moneyInWords, noticeInWords, weekdayInWords } from "../../sizing/plain-words.ts";
import { monthInWords } from "./month-words.ts";

/** A line of the calendar as the page shows it. */
export interface CalendarLine {
  pool: string;
  title: string;
  noticeBy?: IsoDate;
  /** Days from today; with a minus where it is late. */
  daysLeft: string;
  /** How the deadline came about, where that is not plain. */
  moved: string;
  /** Why more are recommended than were ever in use, where each person or computer has its own. */
  assigned: string;
  reference: string;
  ends?: IsoDate;
  owned: number;
  /** With a star where the limit was reached, so that the need is higher. */
  highest: string;
  recommended: string;
  cost: string;
  saving: string;
  costsMore: boolean;
  status: string;
  urgent: boolean;
}

export interface CalendarGroup {
  /** In an address: `m-2026-12`. */
  id: string;
  heading: string;
  lines: CalendarLine[];
}

export interface CalendarAsked {
  show: "year" | "all";
  department: string;
}

/** The page of the calendar. */
export function calendarView(calendar: RenewalCalendar, asked: CalendarAsked) {
  const departments = departmentsOf(calendar);
  const department = departments.includes(asked.department) ? asked.department : undefined;
  const shown = filteredCalendar(calendar, { show: asked.show, department });
  const groups: CalendarGroup[] = [
    ...group("late", "Late", shown.late),
    ...shown.months.flatMap((month) => group(`m-${month.month}`, monthHeading(month.month, month), month.rows)),
    ...group("undated", "Nothing to give notice of", shown.undated),
  ];
  const lines = groups.flatMap((one) => one.lines);
  return {
    behind: calendar.behind,
    ...{ today: calendar.today, asked: { show: asked.show, department: department ?? "" }, departments, groups },
    summary: summary(shown),
    starred: lines.some(({ highest }) => highest.endsWith("*")),
    costsMore: lines.some((line) => line.costsMore),
    months: monthCounts(shown),
  };
}

/** `3 decisions, £587,000 a year, could save £336,400, could cost £17,100 more.` */
function summary({ next90Days: { decisions, late, ...sums }, months }: RenewalCalendar): string[] {
  const unknown = months.flatMap(({ rows }) => rows).filter(({ deadline }) => !deadline?.noticeBy).length;
  const parts = [counted(decisions, "decision"), ...moneyParts(sums)];
  return [
    `Next 90 days: ${decisions === 0 ? "nothing to decide" : parts.join(", ")}.`,
    ...(late > 0 ? [`Late: ${late.toLocaleString("en-GB")}.`] : []),
    ...(unknown > 0 ? [`Notice period not known: ${unknown.toLocaleString("en-GB")}.`] : []),
  ];
}

function moneyParts({ cost, couldSave, couldCost, currency }: Omit<CalendarSums, "decisions">): string[] {
  return [
    ...(cost > 0 ? [`${moneyInWords(cost, currency)} a year`] : []),
    ...(couldSave > 0 ? [`could save ${moneyInWords(couldSave, currency)}`] : []),
    ...(couldCost > 0 ? [`could cost ${moneyInWords(couldCost, currency)} more`] : []),
  ];
}

const monthHeading = (month: string, { cost, currency }: CalendarSums) =>
  `${monthInWords(month)}${cost > 0 ? `: ${moneyInWords(cost, currency)} a year` : ""}`;

const group = (id: string, heading: string, rows: readonly CalendarRow[]): CalendarGroup[] =>
  rows.length === 0 ? [] : [{ id, heading, lines: rows.map(lineOf) }];

function lineOf(row: CalendarRow): CalendarLine {
  const { deadline, cost, currency, saving } = row;
  const used = isUsed(row);
  const limited = row.variants.some(({ kind }) => kind === "limit reached");
  const money = (amount: number | null) => (amount === null || !currency ? "–" : moneyInWords(amount, currency));
  return {
    pool: row.pool,
    title: titleOfRow(row),
    ...(deadline?.noticeBy && { noticeBy: deadline.noticeBy }),
    daysLeft: deadline ? daysInWords(deadline.daysLeft) : "–",
    moved: movedInWords(row),
    assigned: assignedInWords(row),
    reference: row.reference ?? "–",
    ...(row.ends && { ends: row.ends }),
    owned: row.owned,
    highest: used ? `${row.peak.toLocaleString("en-GB")}${limited ? "*" : ""}` : "–",
    recommended: isAdvised(row)
      ? `${row.need === "at least" ? "≥" : ""}${row.recommended.toLocaleString("en-GB")}`
      : "–",
    cost: money(cost),
    saving: !used || saving === null || !currency ? "–" : saving < 0 ? `(${money(saving)})` : money(saving),
    costsMore: used && saving !== null && saving < 0,
    status: statusInWords(row),
    urgent: row.status === "late" || row.status === "notice unknown",
  };
}

/** A true minus: screen readers say the hyphen of `-11` as nothing. */
const daysInWords = (days: number | undefined) =>
  days === undefined ? "?" : days < 0 ? `−${-days}` : days.toLocaleString("en-GB");

/** The day that the notice period leads to, where the deadline is another one. */
const movedInWords = ({ deadline }: CalendarRow) =>
  deadline?.movedFrom && deadline.notice
    ? `${noticeInWords(deadline.notice)} before is ${weekdayInWords(deadline.movedFrom)}, so the working day before`
    : "";

function assignedInWords({ variants }: CalendarRow): string {
  const named = variants.find((variant) => variant.kind === "named-user");
  return named ? `Assigned to ${named.seats.to}: at most ${named.seats.assigned.toLocaleString("en-GB")} at once` : "";
}

/** How many decisions each of the next twelve months has. */
function monthCounts({ today, months }: RenewalCalendar) {
  const first = today.slice(0, 7);
  return Array.from({ length: 12 }, (_, i) => {
    const month = monthsLater(first, i);
    return { name: monthInWords(month), decisions: months.find((one) => one.month === month)?.decisions ?? 0 };
  });
}
