import type { FlexnetPast } from "../daemon/imports/flexnet-launches.ts";
import type { FlexnetPools } from "../daemon/imports/flexnet-pools.ts";
import type { Entry } from "../daemon/imports/options-entries.ts";
import { fragmentOf } from "../daemon/imports/options-yaml.ts";

/** A pool that a log brings into the history, and the register has not: its report opens when the register has it. */
export interface UnknownPool {
  pool: string;
  product: string;
  /** As the log writes them. */
  features: string[];
  /** Most seats in use at once. */
  peak: number;
  firstAtMs: number;
}

/** In the order of the log. */
export function unknownPools({ features, files }: FlexnetPast, pools: FlexnetPools): UnknownPool[] {
  const unknown = new Map<string, UnknownPool>();
  for (const { launches, denials } of files) {
    for (const { names } of [...launches, ...denials]) {
      const { known, pool, product } = pools.of(names);
      if (known) continue;
      const one = unknown.get(pool) ?? { pool, product, features: [], peak: 0, firstAtMs: Number.POSITIVE_INFINITY };
      unknown.set(pool, one);
      // The first counts; what came with it may count elsewhere when it is launched by itself.
      const [name = ""] = names;
      if (one.features.includes(name)) continue;
      one.features.push(name);
      const use = features.find(({ feature }) => feature === name);
      one.peak = Math.max(one.peak, use?.peakUserDevice ?? 0);
      one.firstAtMs = Math.min(one.firstAtMs, use?.firstAtMs ?? Number.POSITIVE_INFINITY);
    }
  }
  return [...unknown.values()];
}

const HEADING = ` Products and pools that the log knows and the register does not: to be put into it, after putting right what was
 bought and who looks after it.`;

/** YAML for the register. */
export function draftOf(unknown: readonly UnknownPool[]): string {
  if (unknown.length === 0) return "# The register has a pool for everything in the log.\n";
  return fragmentOf(
    [
      ...unknown.flatMap(({ product, pool, features }) => [
        entry(["products", product, "owner"], "to be named", "whom people ask who were denied"),
        entry(["products", product, "flexnet"], features),
        entry(["products", product, "pools"], [pool]),
      ]),
      ...unknown.map(({ pool, peak, firstAtMs }) =>
        entry(
          ["pools", pool, "entitlements"],
          [
            {
              reference: "to be named",
              seats: Math.max(1, peak),
              starts: new Date(firstAtMs).toISOString().slice(0, 10),
            },
          ],
          "seats: the most at once; put what was bought",
        ),
      ),
    ],
    HEADING,
  );
}

const entry = (path: string[], value: unknown, note?: string): Entry => ({
  ...{ path, value, appended: false, lines: [] },
  ...(note !== undefined && { note }),
});
