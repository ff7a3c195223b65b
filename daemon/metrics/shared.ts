import { addDays, startOfDayMs } from "../domain/calendar.ts";
import { termOf } from "../domain/capacity.ts";
import type { LedgerHealth, PoolLevel } from "../domain/level.ts";
import { ELSEWHERE } from "../domain/names.ts";
import type { Register } from "../domain/register.ts";
import { noticeDeadline } from "../domain/working-time.ts";
import type { MetricName } from "./table.ts";

/** One line of a scrape. */
export interface Sample {
  name: MetricName;
  labels?: Record<string, string>;
  value: number;
}

/** What is the ledger's and the register's in force: the same on every daemon. Only of pools that the register has. */
export function* sharedSamples(
  register: Register,
  levels: readonly PoolLevel[],
  health: LedgerHealth,
): Generator<Sample> {
  for (const level of levels) if (level.pool in register.pools) yield* ofLevel(register, level);
  for (const pool of Object.keys(register.pools)) yield* ofEntitlements(register, pool);
  yield { name: "seatmeter_redis_memory_used_bytes", value: health.memoryUsedBytes };
  yield { name: "seatmeter_redis_memory_max_bytes", value: health.memoryMaxBytes };
  yield { name: "seatmeter_redis_evicted_keys_total", value: health.evictedKeys };
}

function* ofLevel(register: Register, level: PoolLevel): Generator<Sample> {
  const labels = { pool: level.pool };
  yield { name: "seatmeter_seats_in_use", labels, value: level.used };
  yield { name: "seatmeter_seats_entitled", labels, value: level.capacity };
  yield { name: "seatmeter_seats_in_use_max_5m", labels, value: level.recentPeak };
  yield { name: "seatmeter_seats_in_use_day_peak", labels, value: level.dayPeak };
  yield { name: "seatmeter_seat_seconds_total", labels, value: level.seatMs / 1000 };
  yield { name: "seatmeter_full_seconds_total", labels, value: level.fullMs / 1000 };
  yield { name: "seatmeter_over_entitlement_seconds_total", labels, value: level.overMs / 1000 };
  const ceilings = Object.keys(register.pools[level.pool]?.sites ?? {});
  for (const site of new Set([...ceilings, ...Object.keys(level.sites)]))
    if (site === ELSEWHERE || site in register.sites)
      yield { name: "seatmeter_site_seats_in_use", labels: { ...labels, site }, value: level.sites[site] ?? 0 };
}

/** Two entitlements of a pool may stand under one reference, one after the other: the later end is the one to mind. */
function* ofEntitlements(register: Register, pool: string): Generator<Sample> {
  const ends = new Map<string, number>();
  const deadlines = new Map<string, number>();
  for (const entitlement of register.pools[pool]?.entitlements ?? []) {
    const { untilMs } = termOf(entitlement, register.timezone);
    if (Number.isFinite(untilMs)) keepLater(ends, entitlement.reference, untilMs);
    const lastDay = noticeDeadline(entitlement, register);
    if (lastDay) keepLater(deadlines, entitlement.reference, startOfDayMs(addDays(lastDay, 1), register.timezone));
  }
  for (const [reference, atMs] of ends)
    yield { name: "seatmeter_entitlement_end_timestamp_seconds", labels: { pool, reference }, value: atMs / 1000 };
  for (const [reference, atMs] of deadlines)
    yield { name: "seatmeter_notice_deadline_timestamp_seconds", labels: { pool, reference }, value: atMs / 1000 };
}

function keepLater(moments: Map<string, number>, reference: string, atMs: number) {
  moments.set(reference, Math.max(atMs, moments.get(reference) ?? 0));
}
