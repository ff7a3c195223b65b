import { zoneOffsets } from "./calendar.ts";
import type { CapacityStep } from "./capacity.ts";
import type { Limit, Pool, Register } from "./register.ts";
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
  /** Most seats by what is limited: `site:depot`, `group:cad`, `each:user`. A ceiling of 0 at a site needs no counting. */
  limits: Record<string, number>;
  /** Local days, for daily peaks. */
  offsets: { fromMs: number; offsetMs: number }[];
  rules: PoolRules;
}

/** What most pools have none of, in numbers: what is not set is not there. */
export interface PoolRules {
  /** 1: every rule is run and nobody is denied. */
  observe?: number;
  /** 1: seats never run out. */
  site?: number;
  overdraft?: number;
  /** So long after its first use in a term. */
  overdraftMs?: number;
  sharedBy?: number;
  linger?: number;
  /** How long a seat stays assigned without use, and to what: 1 the user, 2 the device. */
  hold?: number;
  holdBy?: number;
  /** The longest that somebody may wait. */
  queue?: number;
  /** Most borrowed at once. */
  borrow?: number;
  keepFree?: number;
  /** How often a month somebody may break the glass. */
  glass?: number;
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
    limits: pool ? limitsOf(pool) : {},
    offsets: localDays(register.timezone, nowMs),
    rules: pool ? rulesOf(pool) : {},
  };
}

function limitsOf(pool: Pool): Record<string, number> {
  const sites = Object.entries(pool.sites).filter(([, site]) => site.seats > 0);
  return Object.fromEntries([
    ...sites.map(([name, { seats }]) => [`site:${name}`, seats] as const),
    ...pool.limits.map((limit) => [limitName(limit), limit.seats] as const),
  ]);
}

/** As the scripts and denials call a limit: `group:contractors`, `user:asmith`, `each:user`; without spaces. */
export const limitName = ({ kind, name }: Pick<Limit, "kind" | "name">) => `${kind}:${encodeURIComponent(name)}`;

function rulesOf(pool: Pool): PoolRules {
  const { overdraft, sharedBy, lingerMs, holdMs, queue, borrow, breakGlass } = pool;
  return {
    ...(pool.observed && { observe: 1 }),
    ...(pool.metric === "site" && { site: 1 }),
    ...(overdraft && { overdraft: overdraft.seats, ...(overdraft.forMs && { overdraftMs: overdraft.forMs }) }),
    ...(sharedBy !== undefined && { sharedBy }),
    ...(lingerMs > 0 && { linger: lingerMs }),
    ...(holdMs !== undefined && { hold: holdMs, holdBy: pool.metric === "device" ? 2 : 1 }),
    ...(queue && { queue: queue.maxWaitMs }),
    ...(borrow?.seats !== undefined && { borrow: borrow.seats }),
    ...(borrow && borrow.keepFree > 0 && { keepFree: borrow.keepFree }),
    ...(breakGlass && { glass: breakGlass.perUserPerMonth }),
  };
}

const known = new Map<string, { fromMs: number; offsetMs: number }[]>();
function localDays(timezone: string, nowMs: number) {
  const key = `${timezone} ${new Date(nowMs).getUTCFullYear()}`;
  const found = known.get(key) ?? zoneOffsets(timezone, nowMs - 7 * DAY_MS, nowMs + YEARS_AHEAD_MS);
  known.set(key, found);
  return found;
}
