import type { Holdings } from "../domain/holdings.ts";
import type { LocalDay } from "../domain/local-days.ts";
import type { SweptPool } from "../domain/pool-sweep.ts";
import { sweepDays } from "../domain/sweep.ts";
import type { Mix } from "./named-or-concurrent.ts";
import { RULE, type Rule } from "./recommendation.ts";
import { totalsOf } from "./totals.ts";
import { seatsForShare } from "./turn-aways.ts";

/**
 * What would have to be bought if the heaviest users had seats of their own: those with the most hours first, since they
 * are the ones for whom sharing saves least.
 *
 * @param holdings of one pool, numbered 0
 * @param personOf number of the person of each holding, from 0
 * @param named    how many people would get their own seat; each number is one answer
 */
export function mixes(
  holdings: Holdings,
  personOf: Uint32Array,
  named: readonly number[],
  pool: SweptPool,
  days: readonly LocalDay[],
  { share }: Rule = RULE,
): Mix[] {
  const heaviest = byHours(holdings, personOf, days);
  return named.map((count) => {
    const own = new Set(heaviest.slice(0, count));
    const totals = totalsOf(sweepDays(without(holdings, personOf, own), [pool], days));
    return {
      named: Math.min(count, heaviest.length),
      concurrent: seatsForShare(totals.arrivals, share, totals.peak),
    };
  });
}

function byHours({ startMs, endMs }: Holdings, personOf: Uint32Array, days: readonly LocalDay[]): number[] {
  const fromMs = days[0]?.startMs ?? 0;
  const untilMs = days.at(-1)?.endMs ?? 0;
  const heldMs = new Map<number, number>();
  for (const [i, person] of personOf.entries()) {
    const ms = Math.min(untilMs, endMs[i]!) - Math.max(fromMs, startMs[i]!);
    if (ms > 0) heldMs.set(person, (heldMs.get(person) ?? 0) + ms);
  }
  return [...heldMs].sort(([a, one], [b, other]) => other - one || a - b).map(([person]) => person);
}

function without(holdings: Holdings, personOf: Uint32Array, people: ReadonlySet<number>): Holdings {
  const stays = (_: number, i: number) => !people.has(personOf[i]!);
  return {
    pool: holdings.pool.filter(stays),
    startMs: holdings.startMs.filter(stays),
    endMs: holdings.endMs.filter(stays),
    kind: holdings.kind.filter(stays),
    kinds: holdings.kinds,
  };
}
