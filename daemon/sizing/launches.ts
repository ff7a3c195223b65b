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
  const chosen = rows.filter((i) => {
    const startMs = holdings.startMs[i]!;
    const lasts = startMs < span.untilMs && endOf(startMs, holdings.endMs[i]!) > span.fromMs;
    return lasts && !observed[holdings.kind[i]!];
  });
  const order = sorted(chosen, holdings.startMs, (i) => rankOf[holdings.kind[i]!]!);
  const launches: Launches = {
    startMs: Float64Array.from(order, (i) => holdings.startMs[i]!),
    endMs: Float64Array.from(order, (i) => endOf(holdings.startMs[i]!, holdings.endMs[i]!)),
    seats: Uint32Array.from(order, (i) => holdings.kinds[holdings.kind[i]!]!.seats),
    asks: new Uint8Array(order.length),
  };
  const merged = mergedSpans(gaps);
  let gap = 0;
  for (const [i, startMs] of launches.startMs.entries()) {
    while (gap < merged.length && merged[gap]!.untilMs <= startMs) gap += 1;
    const inGap = gap < merged.length && merged[gap]!.fromMs <= startMs;
    launches.asks[i] = startMs >= span.fromMs && !inGap ? 1 : 0;
  }
  return launches;
}

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;

/** By start, and in one moment by rank, as the sweep has them. Digit by digit: a comparison a row would take five times as long. */
function sorted(rows: Uint32Array, startMs: Float64Array, rankOf: (row: number) => number): Uint32Array {
  let earliest = Number.POSITIVE_INFINITY;
  let latest = 0;
  for (const row of rows) {
    earliest = Math.min(earliest, startMs[row]!);
    latest = Math.max(latest, startMs[row]!);
  }
  let order = byDigit(rows, (row) => rankOf(row) % DIGITS);
  order = byDigit(order, (row) => Math.floor(rankOf(row) / DIGITS));
  for (let unit = 1; unit <= latest - earliest; unit *= DIGITS) {
    order = byDigit(order, (row) => Math.floor((startMs[row]! - earliest) / unit) % DIGITS);
  }
  return order;
}

/** Rows by one digit; those that agree in it keep their order. */
function byDigit(rows: Uint32Array, digitOf: (row: number) => number): Uint32Array {
  const firstOf = new Uint32Array(DIGITS + 1);
  for (const row of rows) firstOf[digitOf(row) + 1]! += 1;
  if (firstOf.includes(rows.length)) return rows;
  for (let digit = 0; digit < DIGITS; digit++) firstOf[digit + 1]! += firstOf[digit]!;
  const order = new Uint32Array(rows.length);
  for (const row of rows) {
    const digit = digitOf(row);
    order[firstOf[digit]!] = row;
    firstOf[digit]! += 1;
  }
  return order;
}
