import type { LocalDay } from "./local-days.ts";

export const HOUR_MS = 3_600_000;

/** The hours of some days in a row, counted from each day's midnight; the last one of a day may be shorter. */
export class Hours {
  readonly startMs: number;
  readonly endMs: number;
  /** Of each day, the number of its first hour; one more at the end. */
  readonly firstOfDay: readonly number[];
  readonly count: number;
  /** When each hour begins; undefined where all are whole, as in every zone whose clock is changed by whole hours. */
  readonly #startsMs: readonly number[] | undefined;

  constructor(days: readonly LocalDay[]) {
    this.startMs = days[0]!.startMs;
    this.endMs = days.at(-1)!.endMs;
    const starts: number[] = [];
    const firstOfDay: number[] = [];
    for (const day of days) {
      firstOfDay.push(starts.length);
      for (let atMs = day.startMs; atMs < day.endMs; atMs += HOUR_MS) starts.push(atMs);
    }
    this.firstOfDay = [...firstOfDay, starts.length];
    this.count = starts.length;
    const whole = days.every(({ startMs, endMs }) => (endMs - startMs) % HOUR_MS === 0);
    this.#startsMs = whole ? undefined : starts;
  }

  /** @param sinceMs time since the first hour began */
  hourOf(sinceMs: number): number {
    const guess = Math.floor(sinceMs / HOUR_MS);
    if (!this.#startsMs) return guess;
    // Shorter hours than whole ones only make the number larger.
    let hour = Math.min(guess, this.count - 1);
    while (hour + 1 < this.count && this.#startsMs[hour + 1]! - this.startMs <= sinceMs) hour += 1;
    return hour;
  }

  /** How long after the first hour's beginning an hour begins. */
  beginsAfterMs(hour: number): number {
    return this.#startsMs ? this.#startsMs[hour]! - this.startMs : hour * HOUR_MS;
  }
}
