import { mergedSpans } from "../domain/day-changes.ts";
import { endOf, inOrder } from "../domain/holding-events.ts";
import type { Holdings } from "../domain/holdings.ts";
import type { Span } from "../domain/usage.ts";

/** One pool's holdings in the order in which they began, ready to be played through other numbers of seats. */
export interface Launches {
  startMs: Float64Array;
  endMs: Float64Array;
  seats: Uint32Array;
  /** 0: begun before the time that is asked about, or in a gap. It holds its seats, and nobody asks whether it may. */
  asks: Uint8Array;
}

/** Of each pool, where its holdings stand. */
export function rowsByPool({ pool }: Holdings, pools: number): Uint32Array[] {
  const ends = new Uint32Array(pools);
  for (const number of pool) ends[number]! += 1;
  let total = 0;
  const firstOf = ends.map((count) => {
    total += count;
    return total - count;
  });
  const rows = new Uint32Array(total);
  ends.set(firstOf);
  for (let i = 0; i < pool.length; i++) {
    const number = pool[i]!;
    rows[ends[number]!] = i;
    ends[number]! += 1;
  }
  return Array.from(firstOf, (first, number) => rows.subarray(first, ends[number]!));
}

/**
 * A pool's launches in a time: those that last into it from before, and those begun in it. What was observed is left out.
 *
 * @param rows where its holdings stand
 * @param gaps times without a daemon
 */
export function launchesOf(holdings: Holdings, rows: Uint32Array, span: Span, gaps: readonly Span[] = []): Launches {
  const ranked = holdings.kinds.toSorted(inOrder);
  const rankOf = holdings.kinds.map((kind) => ranked.indexOf(kind));
  const observed = holdings.kinds.map(({ grantedAs }) => grantedAs === "observed");
  const order = sorted(lasting(holdings, rows, observed, span), holdings, rankOf);
  const launches: Launches = {
    startMs: new Float64Array(order.length),
    endMs: new Float64Array(order.length),
    seats: new Uint32Array(order.length),
    asks: new Uint8Array(order.length),
  };
  const seats = holdings.kinds.map((kind) => kind.seats);
  for (let i = 0; i < order.length; i++) {
    const row = order[i]!;
    launches.startMs[i] = holdings.startMs[row]!;
    launches.endMs[i] = endOf(holdings.startMs[row]!, holdings.endMs[row]!);
    launches.seats[i] = seats[holdings.kind[row]!]!;
  }
  const merged = mergedSpans(gaps);
  let gap = 0;
  for (let i = 0; i < order.length; i++) {
    const startMs = launches.startMs[i]!;
    while (gap < merged.length && merged[gap]!.untilMs <= startMs) gap += 1;
    const inGap = gap < merged.length && merged[gap]!.fromMs <= startMs;
    launches.asks[i] = startMs >= span.fromMs && !inGap ? 1 : 0;
  }
  return launches;
}

/** The rows that last into a time, or begin in it. */
function lasting(holdings: Holdings, rows: Uint32Array, observed: readonly boolean[], span: Span): Uint32Array {
  const { startMs, endMs, kind } = holdings;
  const found = new Uint32Array(rows.length);
  let count = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const start = startMs[row]!;
    if (start >= span.untilMs || endOf(start, endMs[row]!) <= span.fromMs || observed[kind[row]!]) continue;
    found[count] = row;
    count += 1;
  }
  return found.subarray(0, count);
}

const DIGITS = 2048;

/**
 * By start, and in one moment by rank, as the sweep has them. Digit by digit, since a comparison a row takes five times as
 * long; the digits of one pass are worked out before it, so that every pass is the same few lines for the compiler.
 */
function sorted(rows: Uint32Array, { startMs, kind }: Holdings, rankOf: readonly number[]): Uint32Array {
  let order = rows;
  let earliest = Number.POSITIVE_INFINITY;
  let latest = 0;
  for (let i = 0; i < rows.length; i++) {
    earliest = Math.min(earliest, startMs[rows[i]!]!);
    latest = Math.max(latest, startMs[rows[i]!]!);
  }
  const digits = new Uint16Array(rows.length);
  for (let unit = 1; unit < rankOf.length; unit *= DIGITS) {
    for (let i = 0; i < order.length; i++) digits[i] = Math.floor(rankOf[kind[order[i]!]!]! / unit) % DIGITS;
    order = byDigit(order, digits);
  }
  for (let unit = 1; unit <= latest - earliest; unit *= DIGITS) {
    for (let i = 0; i < order.length; i++) digits[i] = Math.floor((startMs[order[i]!]! - earliest) / unit) % DIGITS;
    order = byDigit(order, digits);
  }
  return order;
}

/** Rows by one digit each; those that agree in it keep their order. */
function byDigit(rows: Uint32Array, digits: Uint16Array): Uint32Array {
  const firstOf = new Uint32Array(DIGITS + 1);
  for (let i = 0; i < rows.length; i++) firstOf[digits[i]! + 1]! += 1;
  for (let digit = 0; digit < DIGITS; digit++) firstOf[digit + 1]! += firstOf[digit]!;
  const order = new Uint32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const digit = digits[i]!;
    order[firstOf[digit]!] = rows[i]!;
    firstOf[digit]! += 1;
  }
  return order;
}
