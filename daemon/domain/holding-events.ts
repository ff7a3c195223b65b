import type { HoldingKind, Holdings } from "./holdings.ts";
import type { Span } from "./usage.ts";

/**
 * Beginnings and ends of holdings, each pool's together. An event is one number: (milliseconds since the first moment × 2
 * + 1 for a start) × kinds + kind. So to sort events is to sort numbers, ends come before starts, and the order of the
 * rows changes nothing.
 */
export interface HoldingEvents {
  /** The kinds in an order of their own; numbers of kinds in here are places in this list. */
  kinds: readonly HoldingKind[];
  events: Float64Array;
  /** By pool: where its events begin; one more at the end. */
  firstOf: Uint32Array;
  /** By pool × kinds + kind: how many holdings last from before the first moment. */
  carriedIn: Uint32Array;
}

/** A holding lasts a millisecond at least: an end at its own start would come before it. */
export const endOf = (startMs: number, endMs: number) => (endMs > startMs ? endMs : startMs + 1);

/** The fewest seats first: where launches of one moment take different numbers, this order decides who needed which. */
export const inOrder = (one: HoldingKind, other: HoldingKind) =>
  one.seats - other.seats || compare(one.department, other.department) || compare(one.grantedAs, other.grantedAs);
const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);

/** The beginnings and ends that lie in a time, each pool's together and in no order. */
export function holdingEvents(holdings: Holdings, pools: number, { fromMs, untilMs }: Span): HoldingEvents {
  const { pool, startMs, endMs, kind } = holdings;
  const kinds = holdings.kinds.toSorted(inOrder);
  const rankOf = Uint16Array.from(holdings.kinds, (kind) => kinds.indexOf(kind));
  const count = kinds.length;
  if ((untilMs - fromMs) * 2 * count > Number.MAX_SAFE_INTEGER)
    throw new RangeError("too long a time to be swept at once");

  const firstOf = new Uint32Array(pools + 1);
  for (let i = 0; i < pool.length; i++) {
    const start = startMs[i]!;
    const end = endOf(start, endMs[i]!);
    if (start >= fromMs && start < untilMs) firstOf[pool[i]!]! += 1;
    if (end > fromMs && end < untilMs) firstOf[pool[i]!]! += 1;
  }
  let total = 0;
  for (let number = 0; number <= pools; number++) {
    total += firstOf[number]!;
    firstOf[number] = total;
  }

  const events = new Float64Array(total);
  const carriedIn = new Uint32Array(pools * count);
  for (let i = 0; i < pool.length; i++) {
    const start = startMs[i]!;
    const end = endOf(start, endMs[i]!);
    if (end <= fromMs || start >= untilMs) continue;
    const number = pool[i]!;
    const rank = rankOf[kind[i]!]!;
    // Filled from its end backwards, so that afterwards the entry says where the pool begins.
    if (start < fromMs) carriedIn[number * count + rank]! += 1;
    else {
      firstOf[number]! -= 1;
      events[firstOf[number]!] = ((start - fromMs) * 2 + 1) * count + rank;
    }
    if (end < untilMs) {
      firstOf[number]! -= 1;
      events[firstOf[number]!] = (end - fromMs) * 2 * count + rank;
    }
  }
  return { kinds, events, firstOf, carriedIn };
}
