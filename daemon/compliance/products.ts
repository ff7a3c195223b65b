import type { Register } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import type { Install, Judged, ProductCompliance, Use } from "./compliance.ts";

const DAY_MS = 86_400_000;
/** So long unused is not used. */
export const UNUSED_DAYS = 90;

/** What is known of one product, computer by computer. */
export interface Figures {
  told: ProductCompliance;
  /** By computer, since when it is installed there, and what of it. */
  installed: Map<string, { sinceMs: number; titles: Install[] }>;
  /** By computer, when it was last used. */
  used: Map<string, number>;
  /** Computers of `unused`, with since when. */
  unusedSinceMs: number[];
}

export interface ProductParts {
  register: Register;
  nowMs: number;
  judged: readonly Judged[];
  installs: readonly { product: string; install: Install }[];
  uses: readonly Use[];
  nameOf: (device: string) => string;
}

/** Each product of the register, in its order: owned against installed against used. */
export function productFigures({ register, nowMs, judged, installs, uses, nameOf }: ProductParts): Figures[] {
  const index = indexOf(register);
  const installsOf = Map.groupBy(installs, ({ product }) => product);
  const usesOf = Map.groupBy(uses, ({ product }) => product);
  const titlesOf = Map.groupBy(judged, ({ match }) => match?.product);
  return Object.entries(register.products).map(([product, { name, publisher, owner, pools, weights }]) => {
    const installed: Figures["installed"] = new Map();
    for (const { install } of installsOf.get(product) ?? []) {
      const device = nameOf(install.device);
      const known = installed.get(device) ?? { sinceMs: install.sinceMs, titles: [] };
      known.sinceMs = Math.min(known.sinceMs, install.sinceMs);
      known.titles.push(install);
      installed.set(device, known);
    }
    const used = new Map<string, number>();
    for (const { device, lastMs } of usesOf.get(product) ?? []) {
      const known = used.get(nameOf(device)) ?? 0;
      used.set(nameOf(device), Math.max(known, lastMs));
    }
    const longAgoMs = nowMs - UNUSED_DAYS * DAY_MS;
    const unusedSinceMs = [...installed].flatMap(([device, { sinceMs }]) => {
      const lastMs = Math.max(sinceMs, used.get(device) ?? 0);
      return lastMs < longAgoMs ? [lastMs] : [];
    });
    const told: ProductCompliance = {
      ...{ product, name, publisher: publisher ?? null, owner, pools },
      metric: register.pools[pools[0] ?? ""]?.metric ?? "concurrent",
      owned: sum(pools.map((pool) => Math.floor(index.stepAt(pool, nowMs).seats / (weights[pool] ?? 1)))),
      computers: installed.size,
      used90Days: [...used.values()].filter((lastMs) => lastMs >= longAgoMs).length,
      ...{ usedYear: used.size, unused: unusedSinceMs.length },
      titles: (titlesOf.get(product) ?? []).map(({ match, ...title }) => ({ ...title, ...match! })),
    };
    return { told, installed, used, unusedSinceMs };
  });
}

export const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
