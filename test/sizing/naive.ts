import type { LocalDay } from "../../daemon/domain/local-days.ts";
import type { Holding, SeatsFrom, Span } from "../../daemon/domain/usage.ts";
import { HOUR } from "../support/usage.ts";

/* The measures once more, written as they are defined and without any thought of speed: level by level, moment by moment. */

export interface NaiveUse {
  holdings: readonly Holding[];
  gaps: readonly Span[];
  capacity: readonly SeatsFrom[];
}

const lasting = ({ startMs, endMs }: Holding) => ({ startMs, endMs: endMs > startMs ? endMs : startMs + 1 });
const counted = (holdings: readonly Holding[]) => holdings.filter(({ grantedAs }) => grantedAs !== "observed");

export function heldAt(holdings: readonly Holding[], atMs: number): Holding[] {
  return holdings.filter((one) => lasting(one).startMs <= atMs && atMs < lasting(one).endMs);
}
const seatsOf = (holdings: readonly Holding[]) => holdings.reduce((sum, { seats }) => sum + seats, 0);
export const levelAt = (holdings: readonly Holding[], atMs: number) => seatsOf(heldAt(counted(holdings), atMs));
export const capacityAt = (capacity: readonly SeatsFrom[], atMs: number) =>
  capacity.filter(({ fromMs }) => fromMs <= atMs).at(-1)?.seats ?? 0;
export const inGap = (gaps: readonly Span[], atMs: number) =>
  gaps.some(({ fromMs, untilMs }) => fromMs <= atMs && atMs < untilMs);

/** A time in which nothing changes, and a daemon was there. */
export interface Scene {
  fromMs: number;
  lengthMs: number;
  level: number;
  overdraft: number;
  capacity: number;
  held: readonly Holding[];
}

/** A time cut wherever anything may change. */
export function scenes({ holdings, gaps, capacity }: NaiveUse, span: Span, cuts: readonly number[] = []): Scene[] {
  const moments = [
    ...holdings.map(lasting).flatMap(({ startMs, endMs }) => [startMs, endMs]),
    ...gaps.flatMap(({ fromMs, untilMs }) => [fromMs, untilMs]),
    ...capacity.map(({ fromMs }) => fromMs),
    ...cuts,
  ].filter((atMs) => atMs > span.fromMs && atMs < span.untilMs);
  const ends = [...new Set([span.fromMs, ...moments, span.untilMs])].sort((one, other) => one - other);
  return ends.slice(0, -1).flatMap((fromMs, i) => {
    if (inGap(gaps, fromMs)) return [];
    const held = heldAt(counted(holdings), fromMs);
    const overdraft = seatsOf(held.filter(({ grantedAs }) => grantedAs === "overdraft"));
    const lengthMs = ends[i + 1]! - fromMs;
    return { fromMs, lengthMs, level: seatsOf(held), overdraft, capacity: capacityAt(capacity, fromMs), held };
  });
}

export function occupancyMs(scenes: readonly Scene[]): Record<number, number> {
  const occupied: Record<number, number> = {};
  for (const { level, lengthMs } of scenes) occupied[level] = (occupied[level] ?? 0) + lengthMs;
  return occupied;
}

export const peak = (scenes: readonly Scene[]) => Math.max(0, ...scenes.map(({ level }) => level));

export const firstAt = (scenes: readonly Scene[], wanted: number) =>
  scenes.find(({ level }) => level === wanted)?.fromMs;

export function hoursOf({ startMs, endMs }: Pick<LocalDay, "startMs" | "endMs">): number[] {
  return Array.from({ length: Math.ceil((endMs - startMs) / HOUR) }, (_, hour) => startMs + hour * HOUR);
}

/** Time in which a statement holds. */
export const timeWith = (scenes: readonly Scene[], holds: (scene: Scene) => boolean): number =>
  scenes.filter(holds).reduce((sum, { lengthMs }) => sum + lengthMs, 0);

/** In one moment the fewest seats first, then by department: two replays of the same holdings must not differ. */
export const asTheyCome = (one: Holding, other: Holding) =>
  one.startMs - other.startMs ||
  one.seats - other.seats ||
  one.department.localeCompare(other.department) ||
  one.grantedAs.localeCompare(other.grantedAs);

/** Of the holdings begun in a time: how many seats were taken when each of them began, those of its own moment before it. */
export function arrivals({ holdings, gaps }: NaiveUse, span: Span): Record<number, number> {
  const found: Record<number, number> = {};
  const order = counted(holdings).toSorted(asTheyCome);
  for (const [i, one] of order.entries()) {
    if (one.startMs < span.fromMs || one.startMs >= span.untilMs || inGap(gaps, one.startMs)) continue;
    const before = order.slice(0, i).filter((other) => lasting(other).endMs > one.startMs);
    const needed = seatsOf(before) + one.seats - 1;
    found[needed] = (found[needed] ?? 0) + 1;
  }
  return found;
}

/** What was granted for observation only: how often it began in a time, and for how long seats were held by it. */
export function observed({ holdings, gaps }: NaiveUse, span: Span) {
  const own = holdings.filter(({ grantedAs }) => grantedAs === "observed");
  const asUsual = own.map((one) => ({ ...one, grantedAs: "usual" as const }));
  const passed = scenes({ holdings: asUsual, gaps, capacity: [] }, span);
  return {
    holdings: own.filter(({ startMs }) => startMs >= span.fromMs && startMs < span.untilMs && !inGap(gaps, startMs))
      .length,
    seatMs: passed.reduce((sum, { level, lengthMs }) => sum + level * lengthMs, 0),
  };
}

/** The fewest seats with which no more than a share of the launches find none free; the peak, where that is not one. */
export function seatsForShare(found: Record<number, number>, share: number, peak: number): number {
  const needed = Object.entries(found).flatMap(([k, count]) => Array.from({ length: count }, () => Number(k) + 1));
  const allowed = share * needed.length;
  if (allowed < 1) return peak;
  for (let seats = 0; ; seats++) if (needed.filter((one) => one > seats).length <= allowed) return seats;
}

export function departments(use: NaiveUse, span: Span, scenes: readonly Scene[]) {
  const uses: Record<string, { seatMs: number; busySeatMs: number; launches: number }> = {};
  const of = (name: string) => {
    uses[name] ??= { seatMs: 0, busySeatMs: 0, launches: 0 };
    return uses[name];
  };
  for (const { lengthMs, level, capacity, held } of scenes) {
    const busy = capacity > 0 && level * 10 >= capacity * 9;
    for (const { department, seats } of held) {
      of(department).seatMs += seats * lengthMs;
      if (busy) of(department).busySeatMs += seats * lengthMs;
    }
  }
  for (const { department, startMs } of counted(use.holdings)) {
    if (startMs >= span.fromMs && startMs < span.untilMs && !inGap(use.gaps, startMs)) of(department).launches += 1;
  }
  return uses;
}
