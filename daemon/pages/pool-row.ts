import type { PoolLevel } from "../domain/level.ts";
import type { Register } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import { count, number } from "./formats.ts";
import { productInWords, siteInWords } from "./words.ts";

/** Whether people can work with a pool’s products. */
export type PoolState = "free" | "full" | "over" | "nothing";

/** One pool as the board and its own page show it. */
export interface PoolRow {
  pool: string;
  /** Names of the products that draw on it; its own where none does. */
  title: string;
  /** The pool's own name, where the title does not say it already. */
  caption?: string;
  used: number;
  owned: number;
  free: number;
  dayPeak: number;
  recentPeak: number;
  state: PoolState;
  /** The state in words: `2 free`. */
  words: string;
  bar: Bar;
  sites: SiteRow[];
}

export interface SiteRow {
  name: string;
  used: number;
  /** 0: nobody may use it there. */
  ceiling?: number;
  full: boolean;
}

/** Lengths in hundredths of the bar: what is owned, what of it is used, and what is used above it. */
export interface Bar {
  owned: number;
  used: number;
  over: number;
}

export function poolRow(register: Register, level: PoolLevel, nowMs: number): PoolRow {
  const { pool, used, capacity: owned } = level;
  const free = Math.max(owned - used, 0);
  const title = titleOf(register, pool);
  return {
    pool,
    title,
    ...(asName(title) !== pool && title !== pool && { caption: pool }),
    used,
    owned,
    free,
    dayPeak: level.dayPeak,
    recentPeak: level.recentPeak,
    ...stateOf(register, level, nowMs),
    bar: barOf(used, owned),
    sites: siteRows(register, level),
  };
}

const byTitle = new Intl.Collator("en-GB");
/** Rows by what people read first, so that a pool keeps its place while its figures move. */
export function poolRows(register: Register, levels: readonly PoolLevel[], nowMs: number): PoolRow[] {
  return levels
    .map((level) => poolRow(register, level, nowMs))
    .sort((one, other) => byTitle.compare(one.title, other.title) || (one.pool < other.pool ? -1 : 1));
}

/** Names of the products that draw on a pool; its own where none does. */
export const titleOf = (register: Register, pool: string) =>
  indexOf(register)
    .productsOf(pool)
    .map((product) => productInWords(register, product))
    .join(", ") || pool;

/** `QGIS Enterprise` as a pool would be named after it. */
const asName = (title: string) => title.toLowerCase().replaceAll(" ", "-");

function stateOf(register: Register, { pool, used, capacity }: PoolLevel, nowMs: number) {
  if (capacity === 0) return { state: "nothing", words: nothingInForce(register, pool, nowMs, used) } as const;
  if (used > capacity) return { state: "over", words: `Over entitlement by ${number(used - capacity)}` } as const;
  if (used === capacity) return { state: "full", words: "Full" } as const;
  return { state: "free", words: `${number(capacity - used)} free` } as const;
}

function nothingInForce(register: Register, pool: string, nowMs: number, used: number): string {
  const { reason } = indexOf(register).stepAt(pool, nowMs);
  const why = { no_seats: "no seats are owned", entitlement_ended: "ended", entitlement_not_started: "not begun" };
  const still = used > 0 ? `, ${count(used, "seat")} still in use` : "";
  return `Nothing in force: ${why[reason]}${still}`;
}

function barOf(used: number, owned: number): Bar {
  const whole = Math.max(used, owned, 1);
  const share = (seats: number) => Math.round((seats / whole) * 1000) / 10;
  return { owned: share(owned), used: share(Math.min(used, owned)), over: share(Math.max(used - owned, 0)) };
}

/** Sites with a ceiling, and sites where seats are in use; in the register's order. */
function siteRows(register: Register, level: PoolLevel): SiteRow[] {
  const ceilings = register.pools[level.pool]?.sites ?? {};
  const names = [...Object.keys(register.sites), ...Object.keys(level.sites), ...Object.keys(ceilings)];
  return [...new Set(names)].flatMap((site) => {
    const used = level.sites[site] ?? 0;
    const ceiling = ceilings[site]?.seats;
    if (used === 0 && ceiling === undefined) return [];
    const row = {
      name: siteInWords(register, site),
      used,
      full: ceiling !== undefined && ceiling > 0 && used >= ceiling,
    };
    return [ceiling === undefined ? row : { ...row, ceiling }];
  });
}
