import { freeSeats, type PoolLevel } from "../domain/level.ts";
import { titleOf } from "../domain/pool-title.ts";
import type { Register } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import { count, number } from "./formats.ts";
import { siteInWords } from "./words.ts";

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
  /** What else is to be known of its seats: `3 launches wait`, `2 seats are borrowed`. */
  notes: string[];
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
  const free = freeSeats(level);
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
    notes: notesOf(level),
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

/** `QGIS Enterprise` as a pool would be named after it. */
const asName = (title: string) => title.toLowerCase().replaceAll(" ", "-");

function stateOf(register: Register, level: PoolLevel, nowMs: number): { state: PoolState; words: string } {
  const { pool, used, capacity, reservedIdle, assignedIdle } = level;
  if (capacity === 0) return { state: "nothing", words: nothingInForce(register, pool, nowMs, used) };
  if (register.pools[pool]?.metric === "site") return { state: "free", words: "No limit" };
  if (used > capacity) return { state: "over", words: `Over entitlement by ${number(used - capacity)}` };
  // What anybody may have: reserved seats are for some people only.
  const open = freeSeats(level) - reservedIdle;
  if (open > 0) return { state: "free", words: `${number(open)} free` };
  if (reservedIdle > 0) return { state: "full", words: "Only reserved seats free" };
  return { state: "full", words: assignedIdle > 0 ? "All assigned" : "Full" };
}

/** Beside used and owned, in the order in which somebody who is asked why would want them. */
function notesOf(level: PoolLevel): string[] {
  const { waiting, offered, reservedIdle, assignedIdle, borrowed, lingering, outside } = level;
  const notes: [number, string][] = [
    [waiting, `${count(waiting, "launch waits", "launches wait")}`],
    [offered, `${count(offered, "seat is", "seats are")} offered to who waited`],
    [reservedIdle, `${count(reservedIdle, "free seat is", "free seats are")} reserved`],
    [assignedIdle, `${count(assignedIdle, "seat is", "seats are")} assigned and not in use`],
    [borrowed, `${count(borrowed, "seat is", "seats are")} borrowed`],
    [lingering, `${count(lingering, "free seat lingers", "free seats linger")} with who had it`],
    [outside, `${count(outside, "seat runs", "seats run")} outside the count that decides`],
  ];
  return notes.filter(([seats]) => seats > 0).map(([, words]) => words);
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
