/**
 * How many times the price of a named seat a concurrent one may cost before naming everybody is cheaper.
 *
 * @param people those who need it
 * @param seats  concurrent seats that serve them
 * @see renewals.md, "break-even"
 */
export const breakEven = (people: number, seats: number): number | undefined =>
  seats > 0 ? people / seats : undefined;

/** A way to buy: so many people get a seat of their own, the others share. */
export interface Mix {
  named: number;
  concurrent: number;
}

/**
 * The cheapest way to buy, and what it costs.
 *
 * @param mixes each of them serves everybody: the seats that are needed once the heaviest users have their own
 * @param prices of one seat a year
 */
export function cheapestMix(mixes: readonly Mix[], prices: Mix): (Mix & { cost: number }) | undefined {
  return mixes
    .map((mix) => ({ ...mix, cost: mix.named * prices.named + mix.concurrent * prices.concurrent }))
    .toSorted((one, other) => one.cost - other.cost)[0];
}
