import type { PoolDay } from "../domain/usage.ts";
import { ENOUGH_COVERAGE } from "./confidence.ts";
import { type MonthOfUse, monthsLater, monthsOfUse } from "./months.ts";

export interface Growth {
  /** This year's use ÷ last year's; absent where fewer than six months can be compared. */
  factor?: number;
  /** How many months were compared. */
  months: number;
}

const FEWEST_MONTHS = 6;

/**
 * How use has changed since last year: the median, over calendar months, of the mean peak of working days ÷ that of the
 * same month a year before. Only whole months count that were metered and in which no limit was reached: a cap hides
 * growth. One year is no trend.
 *
 * @param days of two years or more, where there are as many; the last twelve whole months are this year
 * @see renewals.md, "growth"
 */
export function growth(days: readonly PoolDay[]): Growth {
  const months = monthsOfUse(days);
  const last = months.findLast(({ complete }) => complete)?.month;
  if (last === undefined) return { months: 0 };
  const sound = new Map(months.filter(comparable).map((month) => [month.month, month.workingDayPeak!]));
  const factors = [...sound]
    .filter(([month]) => month > monthsLater(last, -12))
    .flatMap(([month, peak]) => {
      const before = sound.get(monthsLater(month, -12));
      return before ? [peak / before] : [];
    });
  return factors.length < FEWEST_MONTHS
    ? { months: factors.length }
    : { factor: median(factors), months: factors.length };
}

const comparable = ({ complete, coverage, limitReached, workingDayPeak }: MonthOfUse) =>
  complete && coverage >= ENOUGH_COVERAGE && !limitReached && workingDayPeak !== undefined;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
