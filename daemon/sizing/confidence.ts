import { type PoolDay, peakOf } from "../domain/usage.ts";
import { coverageOf, isMetered } from "./coverage.ts";
import { monthsOfUse } from "./months.ts";
import { counted } from "./plain-words.ts";
import type { Recommendation } from "./recommendation.ts";
import type { Totals } from "./totals.ts";

/** Share of the working hours that have to be metered for a year or a month to count. */
export const ENOUGH_COVERAGE = 0.98;
const ENOUGH_MONTHS = 12;
const ENOUGH_DAYS = 5;
/** Of the launches; where fewer were refused the limit has hidden next to nothing. */
const FEW_REFUSED = 0.001;
/** Above it only a lower bound can be told. */
export const MANY_REFUSED = 0.01;

export interface Confidence {
  level: "high" | "medium" | "low";
  /** Which tests failed, in words; where none did, that. */
  why: string;
  /** What each test found. */
  tests: { data: boolean; tail: boolean; cap: boolean };
}

/** Of the launches that wanted a seat, the share that was refused one, for good or at first. */
export const refusedShare = ({ holdings, refusedForSizing, turnedAwayForSizing }: Totals): number =>
  refusedForSizing / (holdings + turnedAwayForSizing || 1);

/**
 * How far a recommendation can be trusted. Data: twelve calendar months, 98 % of the working hours. Tail: five days that
 * came near the highest use, or a narrow range. Cap: the limit was not reached, or next to nobody was refused.
 *
 * @see renewals.md, "confidence"
 */
export function confidence(
  days: readonly PoolDay[],
  totals: Totals,
  { seats, range: [low, high] }: Recommendation,
): Confidence {
  if (!days.some(isMetered)) return NOTHING;
  const months = monthsOfUse(days).filter(({ complete }) => complete).length;
  const coverage = coverageOf(days);
  const near = days.filter((day) => totals.peak > 0 && peakOf(day) >= 0.9 * totals.peak).length;
  const tests = {
    data: months >= ENOUGH_MONTHS && coverage >= ENOUGH_COVERAGE,
    tail: near >= ENOUGH_DAYS || high - low <= Math.max(1, 0.05 * seats),
    cap: totals.daysFull === 0 || refusedShare(totals) < FEW_REFUSED,
  };
  const reasons = [
    ...(months < ENOUGH_MONTHS ? [monthsInWords(months)] : []),
    ...(coverage < ENOUGH_COVERAGE ? [`only ${Math.floor(coverage * 100)}% of working hours were metered`] : []),
    ...(tests.tail ? [] : [`only ${near === 1 ? "one day" : `${near} days`} came near the highest use`]),
    ...(tests.cap ? [] : ["people were refused when the limit was reached, so the true need cannot be measured"]),
  ];
  const failed = Object.values(tests).filter((passed) => !passed).length;
  return {
    level: failed === 0 ? "high" : failed === 1 ? "medium" : "low",
    why: reasons.length > 0 ? reasons.join("; ") : soundInWords(near),
    tests,
  };
}

const monthsInWords = (months: number) =>
  months === 0
    ? "there is no whole month of records"
    : `there ${months === 1 ? "is" : "are"} only ${counted(months, "whole month")} of records`;

/** Of the two ways to pass the test of the tail, the one that was passed. */
const soundInWords = (near: number) =>
  `a whole year was metered, ${near >= ENOUGH_DAYS ? "several days came near the highest use" : "the likely range is narrow"}, and the limit refused next to nobody`;

const NOTHING: Confidence = {
  level: "low",
  why: "nothing is recorded of these days",
  tests: { data: false, tail: false, cap: true },
};
