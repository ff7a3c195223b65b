import type { Product } from "../domain/register.ts";

/** Products that take seats of the same pools, however far round: what is installed of one may be what was bought for another. */
export function families(products: Readonly<Record<string, Pick<Product, "pools">>>): string[][] {
  const all: { pools: Set<string>; products: string[] }[] = [];
  for (const [product, { pools }] of Object.entries(products)) {
    const joined = { pools: new Set(pools), products: [product] };
    for (const family of all.filter((one) => pools.some((pool) => one.pools.has(pool)))) {
      for (const pool of family.pools) joined.pools.add(pool);
      joined.products.unshift(...family.products);
      all.splice(all.indexOf(family), 1);
    }
    all.push(joined);
  }
  return all.map((family) => family.products);
}
