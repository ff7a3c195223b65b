import { type PoolDay, peakOf } from "../domain/usage.ts";
import { costOf, type Price } from "./money.ts";
import { hoursWithAtLeast } from "./occupancy.ts";
import type { Replayed } from "./replay.ts";
import type { Totals } from "./totals.ts";
import { turnAways } from "./turn-aways.ts";

/** What another number of seats would have meant, as `/api/v1/what-if` tells it. Null: not known. */
export interface WhatIf {
  seats: number;
  /** At most so many launches, if nobody tries again. */
  foundNoneFree: number;
  daysShort: number;
  hoursFull: number;
  /** By replay: an estimate. */
  peopleRefused: number | null;
  /** A year, and less than now; below 0: more. */
  cost: number | null;
  saving: number | null;
}

/**
 * What so many seats would have meant in these days.
 *
 * @param totals  of the days
 * @param price   of what is owned now
 * @param replays of this number of seats among others
 */
export function whatIf(
  seats: number,
  days: readonly PoolDay[],
  totals: Totals,
  price: Price | undefined,
  replays: readonly Replayed[],
): WhatIf {
  const cost = price ? costOf(seats, price) : null;
  return {
    seats,
    foundNoneFree: turnAways(totals.arrivals)(seats),
    daysShort: days.filter((day) => peakOf(day) > seats).length,
    hoursFull: hoursWithAtLeast(totals.occupancyMs, seats),
    peopleRefused: replays.find((replayed) => replayed.seats === seats)?.turnedAway ?? null,
    cost,
    saving: price && cost !== null ? Math.round((price.amount - cost) * 100) / 100 : null,
  };
}
