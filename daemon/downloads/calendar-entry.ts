import { addMonths, type IsoDate } from "../domain/calendar.ts";
import { titleOf } from "../domain/pool-title.ts";
import type { Register } from "../domain/register.ts";
import { type Deadline, endedOn } from "../sizing/deadline.ts";
import { inForce } from "../sizing/money.ts";
import type { Month } from "../sizing/months.ts";
import { type CalendarMonth, renewalCalendar } from "../sizing/renewal-calendar.ts";
import type { RenewalReport } from "../sizing/renewal-report.ts";
import type { Need } from "../sizing/variants.ts";

/** A line of the calendar, in words and figures as people read it. Null: not known. */
export interface CalendarEntry {
  pool: string;
  /** The names of its products. */
  title: string;
  /** What is decided about next; none where nothing ends any more. */
  deadline: Deadline | null;
  endedOn: IsoDate | null;
  supplier: string | null;
  department: string | null;
  owned: number;
  highest: number | null;
  recommended: number | null;
  need: Need;
  people: number | null;
  /** A year, without VAT. */
  cost: { now: number; currency: string } | null;
  /** A year, with the seats that are recommended; below 0: what they would cost more. */
  saving: number | null;
  /** What to do, in a few words. */
  status: string;
}

/** Part of a calendar: what is late, a month, or what has no day. */
export interface CalendarPart {
  of: Month | "late" | "ended" | "no end";
  /** What is paid a year for all of it, as far as it is known. */
  atStake: number;
  entries: CalendarEntry[];
}

/** What somebody has decided already, by pool. */
export type Decided = ReadonlyMap<string, { reference: string; inWords: string }>;

export interface CalendarFacts {
  register: Register;
  /** Of the pools that are to be shown. */
  reports: readonly RenewalReport[];
  today: IsoDate;
  decided?: Decided;
}

/** Within so many days a report is more than early: whoever gives notice has to ask, write and sign before. */
const SOON_DAYS = 90;

/** All pools by notice deadline, as sizing orders them; then what has ended, and what never does. */
export function calendarParts(facts: CalendarFacts): CalendarPart[] {
  const { register, reports, today } = facts;
  const byPool = new Map(reports.map((report) => [report.pool, report]));
  const dated = renewalCalendar(reports).map(({ month, atStake, rows }: CalendarMonth) => ({
    of: month,
    atStake,
    entries: rows.map((row) => ({ ...entryOf(byPool.get(row.pool)!, facts), saving: row.couldSave })),
  }));
  const undated = reports.filter(({ deadline }) => !deadline);
  const over = ({ pool }: RenewalReport) => endedOn(register.pools[pool]?.entitlements ?? [], today) !== undefined;
  const part = (of: "ended" | "no end", some: RenewalReport[]): CalendarPart[] =>
    some.length === 0 ? [] : [{ of, atStake: 0, entries: some.map((report) => entryOf(report, facts)).sort(byTitle) }];
  return [
    ...dated,
    ...part("ended", undated.filter(over)),
    ...part(
      "no end",
      undated.filter((one) => !over(one)),
    ),
  ];
}

const byTitle = (one: CalendarEntry, other: CalendarEntry) => one.title.localeCompare(other.title, "en-GB");

function entryOf(report: RenewalReport, { register, today, decided }: CalendarFacts): CalendarEntry {
  const { pool, deadline, cost } = report;
  const entitlements = register.pools[pool]?.entitlements ?? [];
  const about =
    entitlements.find(({ reference, ends }) => reference === deadline?.reference && ends === deadline.ends) ??
    entitlements.findLast((one) => inForce(one, today)) ??
    entitlements.at(-1);
  const ended = endedOn(entitlements, today) ?? null;
  const used = report.launches > 0;
  return {
    pool,
    title: titleOf(register, pool),
    deadline,
    endedOn: ended,
    supplier: about?.supplier ?? null,
    department: about?.department ?? null,
    owned: entitlements.filter((one) => inForce(one, today)).reduce((sum, { seats }) => sum + seats, 0),
    highest: used ? report.peak : null,
    recommended: used ? report.recommended : null,
    need: report.need,
    people: report.people,
    cost: cost && { now: cost.now, currency: cost.currency },
    saving: null,
    status: statusOf(report, ended, decided?.get(pool)),
  };
}

function statusOf(
  report: RenewalReport,
  ended: IsoDate | null,
  decided: { reference: string; inWords: string } | undefined,
) {
  const { deadline, variants } = report;
  if (decided && decided.reference === deadline?.reference) return decided.inWords;
  if (!deadline) return ended ? "Ended" : "Nothing ends";
  if (!deadline.noticeBy) return "Find the notice clause";
  if ((deadline.daysLeft ?? 0) < 0) return deadline.autoRenews ? "Renews by itself: ring now" : "Late: ring now";
  for (const variant of variants) {
    if (variant.kind === "unused") return "Nobody uses it";
    if (variant.kind === "too early") return report.launches > 0 ? "Too early to tell" : "No records yet";
    if (variant.kind === "limit reached")
      return `Limit reached on ${variant.days} ${variant.days === 1 ? "day" : "days"}: review`;
  }
  return (deadline.daysLeft ?? 0) <= SOON_DAYS ? "Report ready" : "Early";
}

/** Whether something has to be decided within a year; what is late has to be all the same. */
export const withinAYear = ({ deadline }: RenewalReport, today: IsoDate) =>
  deadline !== null && (deadline.noticeBy ?? deadline.ends) <= addMonths(today, 12);
