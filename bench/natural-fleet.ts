import { randomUUID } from "node:crypto";
import { FACTS, LIVE, POOLS, SITES } from "./fleet.ts";
import { NATURAL } from "./natural-script.ts";
import type { BenchRedis } from "./redis-server.ts";

const KEYS = ["due", "leases", "counts", "state", "peak", "events"];

/** Pools as full as a fleet's, asked with the script that one would write first. @returns one decision */
export async function naturalFleet(redis: BenchRedis): Promise<() => Promise<unknown>> {
  redis.client.defineCommand("natural", { numberOfKeys: KEYS.length, lua: NATURAL });
  const client = redis.client as unknown as { natural(...args: (string | number)[]): Promise<unknown> };
  const live: string[][] = Array.from({ length: POOLS }, () => []);
  let turn = 0;
  const ask = (pool: number, op: "checkout" | "checkin", leaseId: string) => {
    const names = KEYS.map((name) => `bench:{n${pool}}:${name}`);
    const site = `site-${Math.floor(Math.random() * SITES)}`;
    return client.natural(...names, op, leaseId, Date.now(), 600_000, 1_000_000, site, FACTS);
  };
  const checkout = (pool: number) => {
    const leaseId = randomUUID();
    live[pool]!.push(leaseId);
    return ask(pool, "checkout", leaseId);
  };
  for (let pool = 0; pool < POOLS; pool++) await Promise.all(Array.from({ length: LIVE }, () => checkout(pool)));
  return () => {
    const pool = turn++ % POOLS;
    if (turn % (2 * POOLS) < POOLS) return checkout(pool);
    const leases = live[pool]!;
    return ask(pool, "checkin", leases.splice(Math.floor(Math.random() * leases.length), 1)[0]!);
  };
}
