import { capacityAt } from "../domain/capacity.ts";
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

/**
 * One pool's counts. A pool at rest is called by nobody, so what depends on the time since its last call is worked out
 * here as the script would: nothing was held in between.
 */
export async function poolLevel(redis: RedisClient, keys: Keys, pool: string): Promise<PoolLevel> {
  const [values, counts, time] = await Promise.all([
    redis.hmget(keys.of(pool, "state"), ...FIELDS),
    redis.hgetall(keys.of(pool, "counts")),
    redis.time(),
  ]);
  const state = Object.fromEntries(FIELDS.map((field, i) => [field, values[i] ?? ""])) as Record<
    (typeof FIELDS)[number],
    string
  >;
  const nowMs = Number(time[0]) * 1000 + Math.floor(Number(time[1]) / 1000);
  const used = Number(state.used);
  const minutesPassed = Math.max(0, Math.floor(nowMs / MINUTE_MS) - Math.floor(Number(state.atMs) / MINUTE_MS));
  const tally = Object.fromEntries(state.tally.split(" ").map((pair) => pair.split("=")));
  const tallied = (name: string) => Number(tally[name] ?? 0);
  const peaks = [state.minutePeak, ...state.minutePeaks.split(" ")].map(Number);
  return {
    pool,
    used,
    capacity: state.steps ? capacityAt(decodeSteps(state.steps), nowMs).seats : 0,
    outside: tallied("outside"),
    reservedIdle: tallied("idle"),
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

/** In use at a site is what decides there and what runs outside the count. */
function sitesOf(counts: Record<string, string>): Record<string, number> {
  const sites: Record<string, number> = {};
  for (const [name, seats] of Object.entries(counts)) {
    const site = /^(?:outside:)?site:(.*)$/.exec(name)?.[1];
    if (site !== undefined) sites[site] = (sites[site] ?? 0) + Number(seats);
  }
  return sites;
}
