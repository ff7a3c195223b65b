import { addMonths, type IsoDate } from "../domain/calendar.ts";
import type { Entitlement, Register } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import { type Deadline, endedOn, nextDeadline } from "./deadline.ts";
import { inForce, priceOn } from "./money.ts";
import { type Month, monthOf } from "./months.ts";
import type { RenewalReport } from "./renewal-report.ts";
import type { Need } from "./variants.ts";

/** Where in the calendar a pool stands: late, in a month, ended, or nowhere, because nothing of it ends. */
export type CalendarPlace = Month | "late" | "ended" | "no end";

/** One pool in the calendar of renewals. Null: not known. */
export interface CalendarEntry {
  pool: string;
  /** What people call it: the names of its products. */
  title: string;
  place: CalendarPlace;
  /** What is decided about next; none where nothing ends any more. */
  deadline: Deadline | null;
  endedOn: IsoDate | null;
  /** Of the entitlement that it is about. */
  supplier: string | null;
  department: string | null;
  owned: number;
  highest: number | null;
  recommended: number | null;
  need: Need;
  people: number | null;
  /** A year, without VAT. */
  cost: { now: number; currency: string } | null;
  /** A year, with the seats that are recommended; below 0: what it would cost more. */
  saving: number | null;
  /** What to do, in a few words. */
  status: string;
}

/** What somebody has decided about a pool already. */
export interface Decided {
  reference: string;
  inWords: string;
}

/** Whoever gives notice has to ask, write and sign before. */
const SOON_DAYS = 90;

/**
 * A pool's line in the calendar, with its report where there is one.
 *
 * @see renewals.md, "The renewal report"
 */
export function calendarEntry(
  register: Register,
  pool: string,
  today: IsoDate,
  report?: RenewalReport,
  decided?: Decided,
): CalendarEntry {
  const entitlements = register.pools[pool]?.entitlements ?? [];
  const deadline = nextDeadline(entitlements, register, today) ?? null;
  const about = entitlements.find(({ reference, ends }) => reference === deadline?.reference && ends === deadline.ends);
  const ended = endedOn(entitlements, today) ?? null;
  const price = priceOn(entitlements, today);
  const option = report?.options.find(({ notes }) => notes.includes("recommended"));
  const known = report !== undefined && report.launches > 0;
  return {
    pool,
    title: titleOf(register, pool),
    place: placeOf(deadline, ended),
    deadline,
    endedOn: ended,
    supplier: about?.supplier ?? null,
    department: (about ?? entitlements.at(-1))?.department ?? null,
    owned: ownedOn(entitlements, today),
    highest: known ? report.peak : null,
    recommended: known ? report.recommended : null,
    need: report?.need ?? "measured",
    people: report?.people ?? null,
    cost: price ? { now: price.amount, currency: price.currency } : null,
    saving: known ? (option?.saving ?? null) : null,
    status: statusOf(deadline, ended, report, decided),
  };
}

const titleOf = (register: Register, pool: string) =>
  indexOf(register)
    .productsOf(pool)
    .map((product) => register.products[product]?.name ?? product)
    .join(", ") || pool;

const ownedOn = (entitlements: readonly Entitlement[], date: IsoDate) =>
  entitlements.filter((one) => inForce(one, date)).reduce((sum, { seats }) => sum + seats, 0);

function placeOf(deadline: Deadline | null, ended: IsoDate | null): CalendarPlace {
  if (!deadline) return ended ? "ended" : "no end";
  return (deadline.daysLeft ?? 0) < 0 ? "late" : monthOf(deadline.noticeBy ?? deadline.ends);
}

function statusOf(
  deadline: Deadline | null,
  ended: IsoDate | null,
  report: RenewalReport | undefined,
  decided: Decided | undefined,
): string {
  if (decided && decided.reference === deadline?.reference) return decided.inWords;
  if (ended) return "Ended";
  if (!deadline) return "Nothing ends";
  if (!deadline.noticeBy) return "Find the notice clause";
  if ((deadline.daysLeft ?? 0) < 0) return deadline.autoRenews ? "Renews by itself: ring now" : "Late: ring now";
  const kinds = new Map(report?.variants.map((variant) => [variant.kind, variant]));
  const full = kinds.get("limit reached");
  if (full?.kind === "limit reached") return `Limit reached on ${full.days} ${full.days === 1 ? "day" : "days"}: review`;
  if (!report || report.launches === 0) return kinds.has("unused") ? "Nobody uses it" : "No records yet";
  if (kinds.has("unused")) return "Nobody uses it";
  if (kinds.has("too early")) return "Too early to tell";
  return (deadline.daysLeft ?? 0) <= SOON_DAYS ? "Report ready" : "Early";
}

/** The calendar: late ones first, then month by month, unknown notice periods at the top of theirs; what never ends last. */
export function inCalendarOrder(entries: readonly CalendarEntry[]): CalendarEntry[] {
  return entries.toSorted((one, other) => {
    const [first, second] = [sortKey(one), sortKey(other)];
    return first === second ? one.title.localeCompare(other.title, "en-GB") : first < second ? -1 : 1;
  });
}

function sortKey({ place, deadline }: CalendarEntry): string {
  const day = deadline?.noticeBy ?? "";
  if (place === "late") return `0 ${day}`;
  if (place === "ended") return "2";
  return place === "no end" ? "3" : `1 ${place} ${day}`;
}

/** Whether something has to be decided within a year: late ones, and those whose day is not known but near. */
export function withinAYear({ place, deadline }: CalendarEntry, today: IsoDate): boolean {
  if (place === "late") return true;
  return deadline !== null && (deadline.noticeBy ?? deadline.ends) <= addMonths(today, 12);
}

/** What is at stake in some lines of a calendar, in one currency. */
export interface Stake {
  currency: string;
  now: number;
  couldSave: number;
  couldCostMore: number;
}

/** Sums by currency; lines whose price is not known add nothing. */
export function stakes(entries: readonly CalendarEntry[]): Stake[] {
  const sums = new Map<string, Stake>();
  for (const { cost, saving } of entries) {
    if (!cost) continue;
    const { currency } = cost;
    const sum = sums.get(currency) ?? { currency, now: 0, couldSave: 0, couldCostMore: 0 };
    sum.now += cost.now;
    sum.couldSave += Math.max(0, saving ?? 0);
    sum.couldCostMore += Math.max(0, -(saving ?? 0));
    sums.set(currency, sum);
  }
  return [...sums.values()];
}

/** Lines whose notice has to be given within so many days from today. */
export const dueWithin = (entries: readonly CalendarEntry[], days: number) =>
  entries.filter(({ deadline }) => deadline?.daysLeft !== undefined && deadline.daysLeft >= 0 && deadline.daysLeft <= days);
