import { addDays, addMonths, type IsoDate, startOfDayMs } from "../domain/calendar.ts";
import { capacitySteps } from "../domain/capacity.ts";
import type { Entitlement } from "../domain/register.ts";
import { type PoolDay, peakOf, type SeatsFrom } from "../domain/usage.ts";
import { coverageOf } from "./coverage.ts";

/** `2026-04`. */
export type Month = string;

export const monthOf = (date: IsoDate): Month => date.slice(0, 7);

export const monthsLater = (month: Month, months: number): Month => monthOf(addMonths(`${month}-01`, months));

/** One calendar month of a pool, as far as there are days of it. */
export interface MonthOfUse {
  month: Month;
  peak: number;
  /** Most seats in force in it. */
  owned: number;
  /** Mean of the peaks of its working days; undefined where it has none. */
  workingDayPeak: number | undefined;
  /** All of its days are there. */
  complete: boolean;
  /** Share of its working hours with a daemon; 1 where it has none. */
  coverage: number;
  /** In some moment of it no seat was free. */
  limitReached: boolean;
}

/** Use by calendar month, in order. Months without any day are not there. */
export function monthsOfUse(days: readonly PoolDay[]): MonthOfUse[] {
  const months = Map.groupBy(days, ({ date }) => monthOf(date));
  return [...months]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([month, ofMonth]) => {
      const working = ofMonth.filter(({ coveredWorkingMs }) => coveredWorkingMs > 0);
      const peaks = working.reduce((sum, day) => sum + peakOf(day), 0);
      return {
        month,
        peak: Math.max(0, ...ofMonth.map(peakOf)),
        owned: Math.max(0, ...ofMonth.flatMap(({ capacity }) => capacity.map(({ seats }) => seats))),
        workingDayPeak: working.length > 0 ? peaks / working.length : undefined,
        complete: ofMonth.length === lengthOf(month),
        coverage: coverageOf(ofMonth),
        limitReached: ofMonth.some(({ fullMs }) => fullMs > 0),
      };
    });
}

const lengthOf = (month: Month) => Number(addDays(`${monthsLater(month, 1)}-01`, -1).slice(8));

/** The months of a time of which there is nothing, or no working hour with a daemon. */
export function missingMonths(days: readonly PoolDay[], from: IsoDate, until: IsoDate): Month[] {
  const metered = new Set(days.filter(({ coveredWorkingMs }) => coveredWorkingMs > 0).map(({ date }) => monthOf(date)));
  const missing: Month[] = [];
  for (let month = monthOf(from); month <= monthOf(until); month = monthsLater(month, 1)) {
    if (!metered.has(month)) missing.push(month);
  }
  return missing;
}

/** The first day of which the register says what was bought; undefined where nothing was. */
const firstBought = (entitlements: readonly Entitlement[]): IsoDate | undefined =>
  entitlements.map(({ starts }) => starts).sort()[0];

/** Whether it is known what was owned on a day: a register may not have what was bought before a log's end, or its own. */
export const isOwnedKnown = ({ date, capacity }: PoolDay, entitlements: readonly Entitlement[]): boolean =>
  date >= (firstBought(entitlements) ?? "") || capacity.some(({ seats }) => seats > 0);

/** Seats owned, as they changed in these days, as far as that is known. */
export const knownSteps = (days: readonly PoolDay[], entitlements: readonly Entitlement[]): SeatsFrom[] =>
  ownedSteps(days.filter((day) => isOwnedKnown(day, entitlements)));

/** The steps in which it changed after a moment, up to today. */
export function ownedSince(
  entitlements: readonly Entitlement[],
  timezone: string,
  afterMs: number,
  today: IsoDate,
): SeatsFrom[] {
  const todayMs = startOfDayMs(today, timezone);
  return capacitySteps(entitlements, timezone)
    .filter(({ fromMs }) => fromMs >= afterMs && fromMs <= todayMs)
    .map(({ fromMs, seats }) => ({ fromMs, seats }));
}

/** What was bought, as the steps in which it changed. */
export function ownedSteps(days: readonly PoolDay[]): SeatsFrom[] {
  return days.flatMap(({ capacity }) => capacity).filter(({ seats }, i, all) => all[i - 1]?.seats !== seats);
}
