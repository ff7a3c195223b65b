import { type Holdings, holdingsOf } from "../domain/holdings.ts";
import type { Refusal } from "../domain/refusals.ts";
import type { Holding } from "../domain/usage.ts";

/**
 * What people would have used without the limit: once it was reached, the highest use is the limit. Who was kept waiting
 * began at the first denial; who was turned away had a session of that person's median length from there. A sweep of
 * these gives the estimated days.
 *
 * @param holdings   of one pool and as they were, all with its number
 * @param pool       its number
 * @param refusals   of that pool; those that another seat would not have cured change nothing
 * @param medianMsOf length of a session by person; the pool's median for whoever has none
 * @see renewals.md, "demand under a cap"
 */
export function demandUnderLimit(
  holdings: Holdings,
  pool: number,
  refusals: readonly Refusal[],
  medianMsOf: ReadonlyMap<string, number>,
): Holdings {
  const cured = refusals.filter(({ forSizing }) => forSizing);
  const waited = Map.groupBy(
    cured.filter(({ grantedMs }) => grantedMs !== undefined),
    ({ grantedMs }) => grantedMs!,
  );
  const startMs = holdings.startMs.slice();
  for (let i = 0; i < startMs.length; i++) {
    if (holdings.pool[i] !== pool) continue;
    const { seats, department } = holdings.kinds[holdings.kind[i]!]!;
    const refusal = waited.get(startMs[i]!);
    const own = refusal?.findIndex((one) => one.seats === seats && one.department === department) ?? -1;
    // A holding that only just began has ended its waiting once.
    if (own >= 0) startMs[i] = refusal!.splice(own, 1)[0]!.firstMs;
  }
  const usualMs = medianLengthMs(holdings, pool);
  const turnedAway = cured
    .filter(({ grantedMs }) => grantedMs === undefined)
    .map(({ person, firstMs, seats, department }): Holding => {
      const lengthMs = medianMsOf.get(person) ?? usualMs;
      return { startMs: firstMs, endMs: firstMs + lengthMs, seats, department, grantedAs: "usual" };
    });
  return joined({ ...holdings, startMs }, holdingsOf(turnedAway), pool);
}

/** Median length of a pool's holdings that have ended, in milliseconds; 0 without any. */
export function medianLengthMs(holdings: Holdings, pool: number): number {
  const lengths = holdings.endMs.map((endMs, i) =>
    holdings.pool[i] === pool ? endMs - holdings.startMs[i]! : Number.NaN,
  );
  const ended = lengths.filter((ms) => Number.isFinite(ms)).sort();
  return ended[(ended.length - 1) >> 1] ?? 0;
}

/** Two sets of holdings as one; the second's are all of that pool. */
function joined(one: Holdings, other: Holdings, pool: number): Holdings {
  const both = <Column extends Float64Array | Uint16Array>(into: Column, first: Column, second: Column): Column => {
    into.set(first);
    into.set(second, first.length);
    return into;
  };
  const length = one.pool.length + other.pool.length;
  const moved = other.kind.map((kind) => kind + one.kinds.length);
  return {
    pool: both(new Uint16Array(length), one.pool, new Uint16Array(other.pool.length).fill(pool)),
    startMs: both(new Float64Array(length), one.startMs, other.startMs),
    endMs: both(new Float64Array(length), one.endMs, other.endMs),
    kind: both(new Uint16Array(length), one.kind, moved),
    kinds: [...one.kinds, ...other.kinds],
  };
}
