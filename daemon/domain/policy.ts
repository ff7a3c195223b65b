import { zoneOffsets } from "./calendar.ts";
import type { CapacityStep } from "./capacity.ts";
import type { Register } from "./register.ts";
import { indexOf } from "./register-index.ts";

/**
 * What of the register a pool's scripts decide by. It lies among the pool's own keys, so that daemons that have not
 * heard of a change yet, or whose clocks differ, decide alike.
 */
export interface PoolPolicy {
  revision: number;
  ttlMs: number;
  /**
   * So long without a heartbeat it is noted that a lease was passed on to the next pool: twice the longest ttl of any
   * pool, so that the note outlives the lease.
   */
  noteMs: number;
  steps: readonly CapacityStep[];
  /** Ceilings by site, above 0; a ceiling of 0 is a matter of eligibility. */
  ceilings: Record<string, number>;
  /** Local days, for daily peaks. */
  offsets: { fromMs: number; offsetMs: number }[];
}

const DAY_MS = 86_400_000;
const YEARS_AHEAD_MS = 5 * 366 * DAY_MS;

export function poolPolicy(register: Register, revision: number, poolName: string, nowMs: number): PoolPolicy {
  const pool = register.pools[poolName];
  const index = indexOf(register);
  return {
    revision,
    ttlMs: pool?.ttlMs ?? 60_000,
    noteMs: 2 * index.longestTtlMs,
    // A pool that left the register has no seats; what it holds runs on until it is given back.
    steps: index.steps(poolName),
    ceilings: Object.fromEntries(
      Object.entries(pool?.sites ?? {})
        .filter(([, site]) => site.seats > 0)
        .map(([name, site]) => [name, site.seats]),
    ),
    offsets: localDays(register.timezone, nowMs),
  };
}

const known = new Map<string, { fromMs: number; offsetMs: number }[]>();
function localDays(timezone: string, nowMs: number) {
  const key = `${timezone} ${new Date(nowMs).getUTCFullYear()}`;
  const found = known.get(key) ?? zoneOffsets(timezone, nowMs - 7 * DAY_MS, nowMs + YEARS_AHEAD_MS);
  known.set(key, found);
  return found;
}
