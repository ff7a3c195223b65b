import type { ByLevel } from "../domain/usage.ts";

/**
 * Launches that would have found all of N seats taken, for every N from one pass. Nobody can have been refused more
 * often, if nobody tries again: it is published as *at most this many*.
 *
 * @param arrivals launches that needed the (k + 1)-th seat, by k; of any number of days of one pool
 * @returns from a number of seats to a number of launches
 * @see renewals.md, "turn-aways"
 */
export function turnAways({ levels, amounts }: ByLevel): (seats: number) => number {
  const beyond = new Float64Array(levels.length + 1);
  for (let i = levels.length - 1; i >= 0; i--) beyond[i] = beyond[i + 1]! + amounts[i]!;
  return (seats) => beyond[firstFrom(levels, seats)]!;
}

/** Place of the first level that is no lower; behind the last one where all are. */
function firstFrom(levels: readonly number[], seats: number): number {
  let from = 0;
  let until = levels.length;
  while (from < until) {
    const middle = (from + until) >> 1;
    if (levels[middle]! < seats) from = middle + 1;
    else until = middle;
  }
  return from;
}

/**
 * The smallest number of seats with which at most `share` of the launches would have found none free.
 *
 * @param arrivals as above
 * @param share    0.001 is one launch in a thousand
 * @param peak     most seats in use: the answer where `share` of the launches is less than one
 * @see renewals.md, "seats for a share"
 */
export function seatsForShare({ levels, amounts }: ByLevel, share: number, peak: number): number {
  const allowed = share * amounts.reduce((sum, amount) => sum + amount, 0);
  if (allowed < 1) return peak;
  let refused = 0;
  for (let i = levels.length - 1; i >= 0; i--) {
    refused += amounts[i]!;
    if (refused > allowed) return levels[i]! + 1;
  }
  return 0;
}
