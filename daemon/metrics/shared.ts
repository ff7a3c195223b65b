import { addDays, startOfDayMs } from "../domain/calendar.ts";
import { isReplaced, termOf } from "../domain/capacity.ts";
import type { LedgerHealth, PoolLevel } from "../domain/level.ts";
import { ELSEWHERE } from "../domain/names.ts";
import type { Pool, Register } from "../domain/register.ts";
import { noticeDeadline } from "../domain/working-time.ts";
import type { Sample } from "./exposition.ts";

/** What is the ledger's and the register's in force: the same on every daemon. Only of pools that the register has. */
export function* sharedSamples(
  register: Register,
  levels: readonly PoolLevel[],
  health: LedgerHealth,
  nowMs: number,
): Generator<Sample> {
  for (const level of levels) if (level.pool in register.pools) yield* ofLevel(register, level);
  for (const pool of Object.keys(register.pools))
    for (const { name, labels, atMs } of momentsOf(register, pool))
      yield { name, labels, value: nextOf(atMs, nowMs) / 1000 };
  yield { name: "seatmeter_redis_memory_used_bytes", value: health.memoryUsedBytes };
  yield { name: "seatmeter_redis_memory_max_bytes", value: health.memoryMaxBytes };
  yield { name: "seatmeter_redis_evicted_keys_total", value: health.evictedKeys };
}

const FLOOR = 5;

/**
 * From how many people on refusals are worth waking somebody: of a small pool, a quarter of those who use it.
 *
 * @param people by pool; of those that nobody has counted yet, the usual floor is told, or their alerts would not ring
 */
export function* alertFloors(register: Register, people?: ReadonlyMap<string, number>): Generator<Sample> {
  for (const pool of Object.keys(register.pools)) {
    const used = people?.get(pool);
    const floor = used === undefined ? FLOOR : Math.max(1, Math.min(FLOOR, Math.ceil(used / 4)));
    yield { name: "seatmeter_refusal_alert_floor", labels: { pool }, value: floor };
  }
}

function* ofLevel(register: Register, level: PoolLevel): Generator<Sample> {
  const labels = { pool: level.pool };
  yield { name: "seatmeter_seats_in_use", labels, value: level.used };
  yield { name: "seatmeter_seats_entitled", labels, value: level.capacity };
  yield { name: "seatmeter_seats_reserved_idle", labels, value: level.reservedIdle };
  yield { name: "seatmeter_seats_lingering", labels, value: level.lingering };
  yield { name: "seatmeter_seats_borrowed", labels, value: level.borrowed };
  yield { name: "seatmeter_queue_waiting", labels, value: level.waiting };
  yield { name: "seatmeter_seats_in_use_max_5m", labels, value: level.recentPeak };
  yield { name: "seatmeter_seats_in_use_day_peak", labels, value: level.dayPeak };
  yield { name: "seatmeter_seat_seconds_total", labels, value: level.seatMs / 1000 };
  yield { name: "seatmeter_full_seconds_total", labels, value: level.fullMs / 1000 };
  yield { name: "seatmeter_over_entitlement_seconds_total", labels, value: level.overMs / 1000 };
  yield { name: "seatmeter_people_refused_total", labels, value: level.refusals };
  const ceilings = Object.keys(register.pools[level.pool]?.sites ?? {});
  for (const site of new Set([...ceilings, ...Object.keys(level.sites)]))
    if (site === ELSEWHERE || site in register.sites)
      yield { name: "seatmeter_site_seats_in_use", labels: { ...labels, site }, value: level.sites[site] ?? 0 };
}

/** The moments of one metric that a pool's entitlements of one reference have. */
interface Moments {
  name: "seatmeter_entitlement_end_timestamp_seconds" | "seatmeter_notice_deadline_timestamp_seconds";
  labels: { pool: string; reference: string };
  atMs: readonly number[];
}

/** Of each pool that was scraped: calendars are slow, and a pool of a register stays as it is. */
const MOMENTS = new WeakMap<Pool, readonly Moments[]>();

function momentsOf(register: Register, pool: string): readonly Moments[] {
  const entry = register.pools[pool] as Pool;
  const known = MOMENTS.get(entry);
  if (known) return known;
  const ends = new Map<string, number[]>();
  const deadlines = new Map<string, number[]>();
  for (const entitlement of entry.entitlements) {
    // As the calendar and notices have it: nothing is left to decide about it, so no alert is to ring.
    if (isReplaced(entitlement, entry.entitlements)) continue;
    const { untilMs } = termOf(entitlement, register.timezone);
    if (Number.isFinite(untilMs)) add(ends, entitlement.reference, untilMs);
    const lastDay = noticeDeadline(entitlement, register);
    if (lastDay) add(deadlines, entitlement.reference, startOfDayMs(addDays(lastDay, 1), register.timezone));
  }
  const named = (name: Moments["name"], moments: ReadonlyMap<string, number[]>) =>
    [...moments].map(([reference, atMs]) => ({ name, labels: { pool, reference }, atMs }));
  const moments = [
    ...named("seatmeter_entitlement_end_timestamp_seconds", ends),
    ...named("seatmeter_notice_deadline_timestamp_seconds", deadlines),
  ];
  MOMENTS.set(entry, moments);
  return moments;
}

function add(moments: Map<string, number[]>, reference: string, atMs: number) {
  moments.set(reference, [...(moments.get(reference) ?? []), atMs]);
}

/**
 * Entitlements of a pool may stand under one reference, side by side or one after the other: what comes next is the one
 * to mind, or its alarm would not ring. The earliest that is not past; where all are, the last.
 */
function nextOf(moments: readonly number[], nowMs: number): number {
  const coming = moments.filter((atMs) => atMs > nowMs);
  return coming.length > 0 ? Math.min(...coming) : Math.max(...moments);
}
