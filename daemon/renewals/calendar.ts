import type { IsoDate } from "../domain/calendar.ts";
import type { Register } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import type { RenewalReport } from "../sizing/renewal-report.ts";
import { isTooEarly } from "../sizing/variants.ts";
import type {
  CalendarMonth,
  CalendarRow,
  CalendarStatus,
  CalendarSums,
  Decision,
  RenewalCalendar,
} from "./renewals.ts";

const SOON_DAYS = 90;

/** One pool as the calendar has it. */
export function calendarRow(register: Register, report: RenewalReport, decisions: readonly Decision[]): CalendarRow {
  const { pool, deadline, cost } = report;
  const entitlements = register.pools[pool]?.entitlements ?? [];
  const about =
    entitlements.find(({ reference, ends }) => reference === deadline?.reference && ends === deadline.ends) ??
    entitlements.at(-1);
  const decision = decisions.find(
    ({ ends, reference }) => ends === deadline?.ends && reference === deadline?.reference,
  );
  const recommended = report.options.find(({ notes }) => notes.includes("recommended"));
  return {
    pool,
    products: indexOf(register)
      .productsOf(pool)
      .map((product) => register.products[product]?.name ?? product),
    reference: about?.reference ?? null,
    ends: about?.ends ?? null,
    supplier: about?.supplier ?? null,
    department: about?.department ?? null,
    officer: about?.officer ?? null,
    deadline,
    owned: report.owned,
    peak: report.peak,
    recommended: report.recommended,
    need: report.need,
    confidence: report.confidence.level,
    cost: cost?.now ?? null,
    currency: cost?.currency ?? null,
    // Where nothing is recorded, or too little, nothing is known to be too much.
    saving: report.meteredDays > 0 && !isTooEarly(report) ? (recommended?.saving ?? null) : null,
    status: statusOf(report, decision),
    variants: report.variants,
    decision: decision ?? null,
  };
}

/** What somebody has to know first. */
function statusOf({ variants, deadline }: RenewalReport, decision: Decision | undefined): CalendarStatus {
  const kinds = variants.map(({ kind }) => kind);
  if (decision) return "decided";
  if (kinds.includes("ended")) return "ended";
  if ((deadline?.daysLeft ?? 0) < 0) return "late";
  if (deadline && !deadline.noticeBy) return "notice unknown";
  for (const kind of ["too early", "unused", "limit reached"] as const) if (kinds.includes(kind)) return kind;
  return "report ready";
}

/** All pools by when something has to be decided: what is late apart, the others by month. */
export function renewalCalendar(rows: readonly CalendarRow[], today: IsoDate, behind = false): RenewalCalendar {
  const dated = rows.filter(({ deadline }) => deadline).sort(byDeadline);
  const late = dated.filter(({ status }) => status === "late");
  const months = Map.groupBy(
    dated.filter(({ status }) => status !== "late"),
    (row) => dayOf(row).slice(0, 7),
  );
  const soon = dated.filter(({ status, deadline }) => {
    const days = deadline?.daysLeft ?? Number.POSITIVE_INFINITY;
    return status !== "decided" && days >= 0 && days <= SOON_DAYS;
  });
  return {
    today,
    late,
    months: [...months]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([month, ofMonth]): CalendarMonth => ({ month, ...sums(ofMonth), rows: ofMonth })),
    undated: rows.filter(({ deadline }) => !deadline),
    next90Days: { ...sums(soon), late: late.length },
    behind,
  };
}

const dayOf = ({ deadline }: CalendarRow) => deadline?.noticeBy ?? deadline?.ends ?? "";

/** In a month, those without a known deadline first: theirs may have been yesterday. */
function byDeadline(one: CalendarRow, other: CalendarRow): number {
  const key = (row: CalendarRow) => `${dayOf(row).slice(0, 7)} ${row.deadline?.noticeBy ? dayOf(row) : ""} ${row.pool}`;
  return key(one) < key(other) ? -1 : 1;
}

/** What is at stake: of what is decided nothing is. Sums are of one currency; rows in another one tell their own. */
function sums(rows: readonly CalendarRow[]): CalendarSums {
  const open = rows.filter(({ status }) => status !== "decided");
  const currencies = Map.groupBy(open, ({ currency }) => currency ?? "");
  currencies.delete("");
  const [currency = "GBP", told = []] =
    [...currencies].sort(([, one], [, other]) => other.length - one.length)[0] ?? [];
  const sum = (amount: (row: CalendarRow) => number) => told.reduce((total, row) => total + amount(row), 0);
  return {
    decisions: open.length,
    cost: sum(({ cost }) => cost ?? 0),
    couldSave: sum(({ saving }) => Math.max(0, saving ?? 0)),
    couldCost: sum(({ saving }) => Math.max(0, -(saving ?? 0))),
    currency,
  };
}
