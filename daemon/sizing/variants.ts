import { addDays, addMonths, type IsoDate } from "../domain/calendar.ts";
import { type PoolDay, peakOf } from "../domain/usage.ts";
import { type Confidence, MANY_REFUSED, refusedShare } from "./confidence.ts";
import { isMetered } from "./coverage.ts";
import { endedOn } from "./deadline.ts";
import type { RenewalInput, Sized } from "./renewal-input.ts";
import type { Totals } from "./totals.ts";

const HOUR_MS = 3_600_000;
const ENOUGH_MONTHS = 6;
/** So long without use is worth a word. */
const UNUSED_DAYS = 90;

/** How the number of seats that is needed is known. */
export type Need = "measured" | "estimated" | "at least";

/** Once people were refused, the highest use is the limit: the need is an estimate, and soon only a lower bound. */
export function needOf(totals: Totals): Need {
  if (totals.refusedForSizing === 0) return "measured";
  return refusedShare(totals) > MANY_REFUSED ? "at least" : "estimated";
}

/** Seats that are assigned, by what became of them. */
export interface Assigned {
  to: "people" | "computers";
  /** The most at once. */
  assigned: number;
  /** Of whom used one, however briefly: one after the other they may be more. Null: not counted. */
  active: number | null;
  /** Of the seats owned, those that never were anybody's. */
  neverUsed: number;
}

/** What makes a report another one than the usual; several may hold. */
export type Variant =
  | { kind: "ended"; on: IsoDate }
  | { kind: "named-user"; seats: Assigned }
  | { kind: "site" }
  | { kind: "too early"; days: number }
  | { kind: "unused"; days: number }
  | { kind: "limit reached"; days: number }
  | { kind: "over entitlement"; hours: number };

/** The variants that hold, the one that changes most first. */
export function variants(input: RenewalInput, use: Sized, { tests }: Confidence): Variant[] {
  const { days, totals, need, assigns, endless } = use;
  const ended = endedOn(use.entitlements, input.today);
  const full = (assigns ? need : totals).daysFull;
  // What was used since is used, though it lies behind the days that are reported.
  const begun = days[0]?.date;
  const unused = begun === undefined ? 0 : unusedDays(input.days.filter(({ date }) => date >= begun));
  const metered = days.filter(isMetered);
  const first = metered[0]?.date;
  const early = first === undefined || addMonths(first, ENOUGH_MONTHS) > addDays(metered.at(-1)!.date, 1);
  return [
    ...(ended ? [{ kind: "ended" as const, on: ended }] : []),
    ...(assigns && days.length > 0 ? [{ kind: "named-user" as const, seats: assignedSeats(input, use) }] : []),
    ...(endless ? [{ kind: "site" as const }] : []),
    ...(early ? [{ kind: "too early" as const, days: metered.length }] : []),
    ...(unused >= UNUSED_DAYS ? [{ kind: "unused" as const, days: unused }] : []),
    ...(tests.cap ? [] : [{ kind: "limit reached" as const, days: full }]),
    ...(totals.overMs.all > 0 ? [{ kind: "over entitlement" as const, hours: totals.overMs.all / HOUR_MS }] : []),
  ];
}

const assignedSeats = ({ register, pool, people }: RenewalInput, { need, owned }: Sized): Assigned => ({
  to: register.pools[pool]?.metric === "device" ? "computers" : "people",
  assigned: need.peak,
  active: people?.seatKeys ?? null,
  neverUsed: Math.max(0, owned - need.peak),
});

/** Whether a number would be no recommendation yet: a few weeks are no ground to give seats up on. */
export function isTooEarly({ variants, need }: { variants: readonly Variant[]; need: Need }): boolean {
  const kinds = variants.map(({ kind }) => kind);
  return need === "measured" && !isEndless(variants) && kinds.includes("too early") && !kinds.includes("ended");
}

/** Whether a number of seats says nothing about it. */
export const isEndless = (found: readonly Variant[]): boolean => found.some(({ kind }) => kind === "site");

/** Metered days, back from the last one that is known, in which nobody used it. */
function unusedDays(days: readonly PoolDay[]): number {
  const lastUse = days.findLastIndex((day) => peakOf(day) > 0);
  return days.slice(lastUse + 1).filter(isMetered).length;
}
