import type { ByLevel } from "../domain/usage.ts";

const HOUR_MS = 3_600_000;

/* Measures of milliseconds by number of seats in use (renewals.md, "occupancy"). */

/** Σ k·T_k, in hours. */
export const seatHours = ({ levels, amounts }: ByLevel): number =>
  levels.reduce((sum, level, i) => sum + level * amounts[i]!, 0) / HOUR_MS;

/** All of the time, in hours. */
export const hours = ({ amounts }: ByLevel): number => amounts.reduce((sum, amount) => sum + amount, 0) / HOUR_MS;

/** Seats in use on average, Σ k·T_k ÷ Σ T_k; of working hours, the typical one. 0 where there is no time. */
export const meanSeats = (occupancyMs: ByLevel): number => seatHours(occupancyMs) / (hours(occupancyMs) || 1);

/** Hours in which at least so many seats were in use. With so many seats, those in which none was free. */
export const hoursWithAtLeast = ({ levels, amounts }: ByLevel, seats: number): number =>
  levels.reduce((sum, level, i) => (level >= seats ? sum + amounts[i]! : sum), 0) / HOUR_MS;

/**
 * Share of the working hours with at least so many seats in use, of 1. Never of all 8,760 hours of a year, of which
 * three quarters are nights and weekends.
 */
export const shareOfWorkingHours = (workingOccupancyMs: ByLevel, seats: number): number =>
  hoursWithAtLeast(workingOccupancyMs, seats) / (hours(workingOccupancyMs) || 1);

/** Numbers of seats at even distances up to the peak, and the working hours with at least so many in use: figure 2. */
export function hoursBySeats(workingOccupancyMs: ByLevel, peak: number): { seats: number; hours: number }[] {
  const distance = STEPS.find((step) => peak / step <= MOST_BARS) ?? Math.ceil(peak / MOST_BARS);
  return Array.from({ length: Math.floor(peak / distance) }, (_, i) => (i + 1) * distance).map((seats) => ({
    seats,
    hours: hoursWithAtLeast(workingOccupancyMs, seats),
  }));
}

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
const MOST_BARS = 12;
