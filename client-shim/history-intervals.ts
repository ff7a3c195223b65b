/** A span of time, both ends included, and the line of the log with which it began. */
export interface Interval {
  fromMs: number;
  untilMs: number;
  line: number;
}

/** When a renewal answered at `fromMs` has run out at the latest: the ledger's time stands still in a pause. */
export function possibleEnd(fromMs: number, ttlMs: number, pauses: readonly { t0: number; t1: number }[]): number {
  let untilMs = fromMs + ttlMs;
  for (const { t0, t1 } of [...pauses].sort((one, other) => one.t0 - other.t0)) {
    if (t0 <= untilMs && t1 > fromMs) untilMs += t1 - Math.max(t0, fromMs);
  }
  return untilMs;
}

/** How many intervals there are at each moment, as a function that can be asked for the most within a span. */
export function stepsOf(intervals: readonly Interval[]) {
  const starts = Float64Array.from(intervals, ({ fromMs }) => fromMs).sort();
  const ends = Float64Array.from(intervals, ({ untilMs }) => untilMs).sort();
  const at = (moment: number) => below(starts, moment, true) - below(ends, moment, false);
  return {
    /** Most at one moment of the span, not counting `own`. The number rises only where one starts. */
    most(fromMs: number, untilMs: number, own: readonly Interval[]): number {
      let most = 0;
      const last = below(starts, untilMs, true);
      for (let i = below(starts, fromMs, true) - 1; i < last; i += 1) {
        const moment = Math.max(fromMs, starts[i] ?? fromMs);
        const ours = own.filter((interval) => interval.fromMs <= moment && moment <= interval.untilMs).length;
        most = Math.max(most, at(moment) - ours);
      }
      return most;
    },
  };
}

/** How many of the sorted values lie below the limit, or also at it. */
function below(sorted: Float64Array, limit: number, included: boolean): number {
  let from = 0;
  let until = sorted.length;
  while (from < until) {
    const middle = (from + until) >> 1;
    const value = sorted[middle]!;
    if (value < limit || (included && value === limit)) from = middle + 1;
    else until = middle;
  }
  return from;
}
