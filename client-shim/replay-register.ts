import { basename } from "node:path";
import { parse, stringify } from "yaml";
import { folded, NO_POOL } from "../daemon/domain/names.ts";
import { nearName } from "../daemon/imports/near-name.ts";

/** A feature and what the register calls it: its product, and the pool of this run. */
export interface Named {
  feature: string;
  product: string;
  pool: string;
}

export interface ReplayRegister {
  text: string;
  names: Named[];
}

const LONGEST = 64;
/** Room for the run in a pool's name: `.12`. */
const LONGEST_FEATURE = LONGEST - 6;
/** By its organisation a register is known as ours. */
const OWN = /^FlexNet replay (\d+) of /;

/**
 * A register with a product and a pool for each feature of a log.
 *
 * @param run from the second on pools have it in their names, so that each replay finds its pools empty and what they
 *   say of today is its own
 */
export function replayRegister(
  features: readonly string[],
  {
    files,
    run,
    seats,
    seatFor,
    timezone,
  }: {
    files: readonly string[];
    run: number;
    seats: number;
    seatFor: readonly string[];
    timezone: string;
  },
): ReplayRegister {
  const names = namesFor(features).map(({ feature, product }) => ({
    feature,
    product,
    pool: run === 1 ? product : `${product}.${run}`,
  }));
  const logs = files.map((file) => printableName(basename(file), 60)).join(", ");
  const document = {
    organisation: `FlexNet replay ${run} of ${logs}`.slice(0, 128),
    timezone,
    sites: { here: { name: "This computer", networks: ["127.0.0.0/8", "::1/128"] } },
    limits: { leasesPerDevice: 1_000_000 },
    products: Object.fromEntries(
      names.map(({ feature, product, pool }) => [
        product,
        { name: printableName(feature, 100), owner: "whoever replays this log", flexnet: [feature], pools: [pool] },
      ]),
    ),
    pools: Object.fromEntries(
      names.map(({ pool }) => [
        pool,
        { seatFor: [...seatFor], entitlements: [{ reference: "REPLAY", seats, starts: "2000-01-01" }] },
      ]),
    ),
  };
  return { text: stringify(document), names };
}

/** @returns the run of a register that a replay made, and the organisation of any other */
export function runOf(text: string): { run: number } | { organisation: string } {
  const organisation = String((parse(text) as { organisation?: unknown } | null)?.organisation ?? "");
  const run = OWN.exec(organisation)?.[1];
  return run === undefined ? { organisation } : { run: Number(run) };
}

/** Names that a register may have, as near to the features' as can be, and no two alike. */
function namesFor(features: readonly string[]): { feature: string; product: string }[] {
  const taken = new Set([NO_POOL]);
  return features.map((feature) => {
    const product = nearName(feature, (name) => taken.has(name), "feature", LONGEST_FEATURE);
    taken.add(folded(product));
    return { feature, product };
  });
}

/** A log may hold what no name of ours may: it is shown, in one piece and visibly. */
export const printableName = (text: string, most = 128) =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\u00b7").slice(0, most) || "\u00b7";
