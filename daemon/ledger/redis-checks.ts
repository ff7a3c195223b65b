import type { Redis } from "ioredis";
import { SeatmeterError } from "../domain/errors.ts";
import type { LedgerHealth } from "../domain/level.ts";

const LEAST_MAJOR_VERSION = 7;

/** The fields of one section of INFO; it is open to users who may not read the configuration. */
function readInfo(section: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of section.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}

/**
 * Refuse a Redis that cannot be a ledger.
 *
 * @returns durable: whether it writes an append-only file. Without one a restart of it forgets who has what
 * @throws SeatmeterError settings_invalid, naming the setting and how to change it
 */
export async function checkRedis(redis: Pick<Redis, "info">): Promise<{ durable: boolean }> {
  const [server, memory, persistence] = await Promise.all(
    ["server", "memory", "persistence"].map(async (section) => readInfo(await redis.info(section))),
  );
  const version = server?.get("valkey_version") ?? server?.get("redis_version") ?? "0";
  if (Number.parseInt(version, 10) < LEAST_MAJOR_VERSION) {
    throw new SeatmeterError(
      "settings_invalid",
      `Redis ${version} is too old: its scripts cannot be told to go on when memory is short. ` +
        "Redis 7.0 or later, or Valkey, is needed",
    );
  }
  const policy = memory?.get("maxmemory_policy");
  if (policy !== "noeviction") {
    throw new SeatmeterError(
      "settings_invalid",
      `this Redis has maxmemory-policy ${policy}: it would throw leases away when memory is short. ` +
        "Write `maxmemory-policy noeviction` in its configuration, or run `CONFIG SET maxmemory-policy noeviction`",
    );
  }
  return { durable: persistence?.get("aof_enabled") === "1" };
}

/** What Redis says of itself; nothing but that it is away where it does not answer. */
export async function redisHealth(redis: Pick<Redis, "info">): Promise<LedgerHealth> {
  try {
    const info = readInfo(String(await redis.info()));
    return {
      up: true,
      durable: info.get("aof_enabled") === "1",
      memoryUsedBytes: Number(info.get("used_memory")),
      memoryMaxBytes: Number(info.get("maxmemory")),
      evictedKeys: Number(info.get("evicted_keys")),
    };
  } catch {
    return { up: false, durable: false, memoryUsedBytes: 0, memoryMaxBytes: 0, evictedKeys: 0 };
  }
}
