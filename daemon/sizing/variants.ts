import { addDays, addMonths, type IsoDate } from "../domain/calendar.ts";
import { type PoolDay, peakOf } from "../domain/usage.ts";
import { type Confidence, MANY_REFUSED, refusedShare } from "./confidence.ts";
import { isMetered } from "./coverage.ts";
import { endedOn } from "./deadline.ts";
import type { Assigned, RenewalInput, Sized } from "./renewal-input.ts";
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

/** What makes a report another one than the usual; several may hold. */
export type Variant =
  | { kind: "ended"; on: IsoDate }
  | { kind: "named-user"; seats: Assigned }
  | { kind: "too early"; days: number }
  | { kind: "unused"; days: number }
  | { kind: "limit reached"; days: number }
  | { kind: "over entitlement"; hours: number };

/** The variants that hold, the one that changes most first. */
export function variants(input: RenewalInput, { days, totals, entitlements }: Sized, { tests }: Confidence): Variant[] {
  const ended = endedOn(entitlements, input.today);
  const named = input.register.pools[input.pool]?.metric === "named-user";
  const unused = unusedDays(days);
  const metered = days.filter(isMetered);
  const first = metered[0]?.date;
  const early = first === undefined || addMonths(first, ENOUGH_MONTHS) > addDays(metered.at(-1)!.date, 1);
  return [
    ...(ended ? [{ kind: "ended" as const, on: ended }] : []),
    ...(named && input.assigned ? [{ kind: "named-user" as const, seats: input.assigned }] : []),
    ...(early ? [{ kind: "too early" as const, days: metered.length }] : []),
    ...(unused >= UNUSED_DAYS ? [{ kind: "unused" as const, days: unused }] : []),
    ...(tests.cap ? [] : [{ kind: "limit reached" as const, days: totals.daysFull }]),
    ...(totals.overMs.all > 0 ? [{ kind: "over entitlement" as const, hours: totals.overMs.all / HOUR_MS }] : []),
  ];
}

/** Metered days at the end of the time, in which nobody used it. */
function unusedDays(days: readonly PoolDay[]): number {
  const lastUse = days.findLastIndex((day) => peakOf(day) > 0);
  return days.slice(lastUse + 1).filter(isMetered).length;
}
