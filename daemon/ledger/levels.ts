import { type CapacityStep, capacityAt } from "../domain/capacity.ts";
import type { PoolLevel } from "../domain/level.ts";
import type { RedisClient } from "./connection.ts";
import type { Keys } from "./keys.ts";
import { decodeSteps } from "./policy-text.ts";

const FIELDS = [
  "used",
  "seatMs",
  "fullMs",
  "overMs",
  "revision",
  "steps",
  "atMs",
  "minutePeak",
  "minutePeaks",
  "dayPeak",
  "dayEndsMs",
  "tally",
  "refusals",
] as const;

const MINUTE_MS = 60_000;

/** So many pools are asked at once, so that neither Redis nor the daemon has a decision wait for all of them. */
const AT_ONCE = 25;

export async function poolLevels(redis: RedisClient, keys: Keys, pools: readonly string[]): Promise<PoolLevel[]> {
  const levels: PoolLevel[] = [];
  for (let from = 0; from < pools.length; from += AT_ONCE) {
    const [seconds, micros] = await redis.time();
    const nowMs = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
    const slice = pools.slice(from, from + AT_ONCE);
    levels.push(...(await Promise.all(slice.map((pool) => poolLevel(redis, keys, pool, nowMs)))));
  }
  return levels;
}

/**
 * One pool's counts. A pool at rest is called by nobody, so what depends on the time since its last call is worked out
 * here as the script would: nothing was held in between.
 */
async function poolLevel(redis: RedisClient, keys: Keys, pool: string, nowMs: number): Promise<PoolLevel> {
  const [values, counts] = await Promise.all([
    redis.hmget(keys.of(pool, "state"), ...FIELDS),
    redis.hgetall(keys.of(pool, "counts")),
  ]);
  const state = Object.fromEntries(FIELDS.map((field, i) => [field, values[i] ?? ""])) as Record<
    (typeof FIELDS)[number],
    string
  >;
  const used = Number(state.used);
  const minutesPassed = Math.max(0, Math.floor(nowMs / MINUTE_MS) - Math.floor(Number(state.atMs) / MINUTE_MS));
  const tally = Object.fromEntries(state.tally.split(" ").map((pair) => pair.split("=")));
  const tallied = (name: string) => Number(tally[name] ?? 0);
  const step = state.steps ? capacityAt(decodeSteps(state.steps), nowMs) : undefined;
  const peaks = [state.minutePeak, ...state.minutePeaks.split(" ")].map(Number);
  return {
    pool,
    used,
    capacity: step?.seats ?? 0,
    outside: tallied("outside"),
    reservedIdle: tallied("idle"),
    reservedIdleByGroup: idleByGroup(step?.reserved ?? [], counts),
    assignedIdle: tallied("held"),
    lingering: tallied("lingering"),
    borrowed: tallied("borrowed"),
    waiting: tallied("waiting"),
    offered: tallied("offered"),
    sites: sitesOf(counts),
    recentPeak: Math.max(used, ...peaks.slice(0, Math.max(0, 6 - minutesPassed))),
    dayPeak: nowMs < Number(state.dayEndsMs) ? Math.max(used, Number(state.dayPeak)) : used,
    seatMs: Number(state.seatMs),
    fullMs: Number(state.fullMs),
    overMs: Number(state.overMs),
    refusals: Number(state.refusals),
    revision: Number(state.revision),
  };
}

/** As lua/call/20-counts.lua counts them. */
function idleByGroup(reserved: CapacityStep["reserved"], counts: Record<string, string>): Record<string, number> {
  const idle = reserved.map(({ group, seats }) => [group, seats - Number(counts[`reserved:${group}`] ?? 0)] as const);
  return Object.fromEntries(idle.filter(([, seats]) => seats > 0));
}

const OUTSIDE = "outside:";
const AT_SITE = "site:";

/** In use at a site is what decides there and what runs outside the count. */
function sitesOf(counts: Record<string, string>): Record<string, number> {
  const sites: Record<string, number> = {};
  for (const name in counts) {
    const counter = name.startsWith(OUTSIDE) ? name.slice(OUTSIDE.length) : name;
    if (!counter.startsWith(AT_SITE)) continue;
    const site = counter.slice(AT_SITE.length);
    sites[site] = (sites[site] ?? 0) + Number(counts[name]);
  }
  return sites;
}
