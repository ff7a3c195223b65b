import { Redis } from "ioredis";
import { Keys } from "../../daemon/ledger/keys.ts";
import type { TestRedis } from "../support/redis.ts";

const keys = new Keys("seatmeter:");

/**
 * Let the wall's clock jump by so much between two calls of a pool, as far as its scripts can tell: they know it from the
 * moment of the last one. (libfaketime cannot be loaded into a Redis that brings an allocator of its own, as Debian's
 * does.)
 */
export async function jumpClock({ socket }: TestRedis, pool: string, ms: number): Promise<void> {
  const redis = new Redis({ path: socket });
  try {
    await redis.hincrby(keys.of(pool, "state"), "wlast", -ms);
  } finally {
    redis.disconnect();
  }
}
