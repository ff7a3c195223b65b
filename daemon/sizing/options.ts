import { type PoolDay, peakOf } from "../domain/usage.ts";
import type { Totals } from "./totals.ts";
import { seatsForShare } from "./turn-aways.ts";

/** Why a number of seats is in the table; the texts are the page's. */
export const NOTES = [
  "owned",
  "peak",
  "recommended",
  "one in a thousand",
  "all days but two",
  "one in a hundred",
] as const;
export type Note = (typeof NOTES)[number];
/** Where each person has a seat of his own, there is no share of launches to do without. */
export const NOTES_OF_ASSIGNED: readonly Note[] = ["owned", "peak", "recommended"];

/** A number of seats worth looking at, and why; several reasons may lead to one number. */
export interface Option {
  seats: number;
  notes: Note[];
}

/** The numbers of seats that a report compares, the most first. */
export function options(
  days: readonly PoolDay[],
  totals: Totals,
  owned: number,
  recommended: number,
  notes: readonly Note[] = NOTES,
): Option[] {
  const peaks = days.map(peakOf).sort((one, other) => other - one);
  const numbers: Record<Note, number> = {
    owned,
    peak: totals.peak,
    recommended,
    "one in a thousand": seatsForShare(totals.arrivals, 0.001, totals.peak),
    "all days but two": peaks[2] ?? 0,
    "one in a hundred": seatsForShare(totals.arrivals, 0.01, totals.peak),
  };
  // What is over is no number to compare with; and of two days there are none but two.
  const isTold = { owned: owned > 0, "all days but two": days.length > 2 };
  const told = notes.filter((note) => !(note in isTold) || isTold[note as keyof typeof isTold]);
  const bySeats = Map.groupBy(told, (note) => numbers[note]);
  return [...bySeats].map(([seats, notes]) => ({ seats, notes })).sort((one, other) => other.seats - one.seats);
}
