import { seeded } from "../domain/random.ts";
import { type PoolDay, peakOf } from "../domain/usage.ts";
import { isMetered } from "./coverage.ts";

/** How a recommendation is made; the defaults are the rule that reports print. */
export interface Rule {
  /** Of the launches, so many may find no seat free. */
  share: number;
  resamplings: number;
  /** Of the resampled years, so many are served by the recommendation. */
  percentile: number;
  seed: number;
}
export const RULE: Rule = { share: 0.001, resamplings: 500, percentile: 0.9, seed: 1 };

/** What a number of seats is bounded by. */
export interface Bounds {
  /** This year's use ÷ last year's, where it is known. */
  growth?: number | undefined;
  /** Seats of all seat keys that ever used it; none with `seatFor: [session]`, where one user may sit at many computers. */
  mostSeats?: number | undefined;
  /** Seats are sold in packs of so many. */
  packSize?: number | undefined;
}

export interface Recommendation {
  seats: number;
  /** What 8 in 10 resampled years would have needed. */
  range: [number, number];
}

/**
 * The seats that nine in ten years like this one would have needed: days are drawn again and again, with replacement, and
 * of each such year the seats for the share are taken. A day of high use is in two years of three, so the highest use
 * alone decides nothing.
 *
 * @param days the local days of one pool, nights and weekends too; those without any metered time are left out
 * @returns never rounded down
 * @see renewals.md, "recommendation"
 */
export function recommendation(days: readonly PoolDay[], bounds: Bounds = {}, rule: Rule = RULE): Recommendation {
  const needed = resampledNeeds(days, rule);
  const bounded = (percentile: number) => withinBounds(atPercentile(needed, percentile), bounds);
  const high = bounded(rule.percentile);
  const packSize = bounds.packSize ?? 1;
  return { seats: Math.ceil(high / packSize) * packSize, range: [bounded(1 - rule.percentile), high] };
}

function withinBounds(seats: number, { growth = 1, mostSeats = Number.POSITIVE_INFINITY }: Bounds): number {
  // Half of the growth, since half of it is chance; less use than last year takes nothing away.
  const factor = Math.max(1, 1 + (growth - 1) / 2);
  return Math.min(Math.max(0, Math.ceil(seats * factor - TINY)), mostSeats);
}

/** 80 × 1.05 is a little more than 84 to a computer, and is 84. */
const TINY = 1e-9;

/** The value that so many of the sorted ones do not exceed. */
const atPercentile = (sorted: readonly number[], percentile: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * percentile - TINY) - 1)] ?? 0;

/**
 * What each resampled year would have needed, ascending. Days are weighed instead of added up: of all their arrivals only
 * the few hundred of the highest levels are looked at.
 */
export function resampledNeeds(days: readonly PoolDay[], { share, resamplings, seed }: Rule): number[] {
  const metered = days.filter(isMetered);
  if (metered.length === 0) return [];
  const arrivals = metered
    .flatMap((day, i) => day.arrivals.levels.map((level, j) => ({ level, day: i, amount: day.arrivals.amounts[j]! })))
    .sort((one, other) => other.level - one.level);
  const peaks = metered.map(peakOf);
  const random = seeded(seed);
  const drawn = new Uint32Array(metered.length);
  const needed: number[] = [];
  for (let year = 0; year < resamplings; year++) {
    drawn.fill(0);
    for (let i = 0; i < metered.length; i++) drawn[Math.floor(random() * metered.length)]! += 1;
    const launches = metered.reduce((sum, { holdings }, i) => sum + holdings * drawn[i]!, 0);
    const allowed = share * launches;
    if (allowed < 1) {
      needed.push(peaks.reduce((highest, peak, i) => (drawn[i]! > 0 ? Math.max(highest, peak) : highest), 0));
      continue;
    }
    let refused = 0;
    const decisive = arrivals.find(({ day, amount }) => {
      refused += amount * drawn[day]!;
      return refused > allowed;
    });
    needed.push(decisive ? decisive.level + 1 : 0);
  }
  return needed.sort((one, other) => one - other);
}
