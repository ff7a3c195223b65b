import { decodeEvents, type LedgerEvent } from "../domain/events.ts";
import type { RedisClient } from "./connection.ts";
import type { Keys } from "./keys.ts";

type StreamEntry = [id: string, fields: string[]];

/** One record of a stream is all that one call did; its fields are `head` and `events`. */
function decodeEntry(pool: string, [, fields]: StreamEntry): LedgerEvent[] {
  return decodeEvents(pool, fields[1] ?? "", fields[3] ?? "");
}

/** How many records of each pool are looked at for its last denials. */
const LOOK_BACK = 200;

export async function recentDenials(
  redis: RedisClient,
  keys: Keys,
  pools: readonly string[],
  most: number,
): Promise<LedgerEvent[]> {
  const read = pools.map(async (pool) => {
    const entries = await redis.xrevrange(keys.of(pool, "events"), "+", "-", "COUNT", LOOK_BACK);
    return entries.flatMap((entry) => decodeEntry(pool, entry).filter((event) => event.kind === "denied"));
  });
  const denials = (await Promise.all(read)).flat();
  return denials.sort((one, other) => other.atMs - one.atMs || other.number - one.number).slice(0, most);
}

/** Every event of a pool from the beginning of its stream, in order. */
export async function* readEvents(redis: RedisClient, keys: Keys, pool: string): AsyncGenerator<LedgerEvent> {
  let after = "-";
  for (;;) {
    const entries = await redis.xrange(keys.of(pool, "events"), after, "+", "COUNT", LOOK_BACK);
    for (const entry of entries) yield* decodeEntry(pool, entry);
    const last = entries.at(-1);
    if (!last) return;
    after = `(${last[0]}`;
  }
}
