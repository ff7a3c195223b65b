import { decodeEvents, type LedgerEvent } from "../domain/events.ts";
import type { RedisClient } from "./connection.ts";
import type { Keys } from "./keys.ts";

export type StreamEntry = [id: string, fields: string[]];

/** One record of a stream is all that one call did; its fields are `head` and `events`. */
export function decodeEntry(pool: string, [, fields]: StreamEntry): LedgerEvent[] {
  return decodeEvents(pool, fields[1] ?? "", fields[3] ?? "");
}

const PAGE = 500;

/** Every event of a pool from the beginning of its stream, in order. */
export async function* readEvents(redis: RedisClient, keys: Keys, pool: string): AsyncGenerator<LedgerEvent> {
  for await (const entry of entriesAfter(redis, keys.of(pool, "events"), "-")) yield* decodeEntry(pool, entry);
}

async function* entriesAfter(redis: RedisClient, key: string, after: string): AsyncGenerator<StreamEntry> {
  for (let from = after; ; ) {
    const entries = await redis.xrange(key, from, "+", "COUNT", PAGE);
    yield* entries;
    const last = entries.at(-1);
    if (!last || entries.length < PAGE) return;
    from = `(${last[0]}`;
  }
}

/** So many denials of a pool are kept at hand, and so many records are looked through for them when it is first read. */
const KEPT = 100;
const LOOKED_THROUGH = 20 * PAGE;

interface Tail {
  /** Where the next reading begins, as XRANGE takes it. */
  after: string;
  /** Newest last. */
  denials: LedgerEvent[];
}

/** The newest denials of each pool: read back once, and from then on only what is new. */
export class DenialReader {
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #tails = new Map<string, Promise<Tail>>();

  constructor(redis: RedisClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Newest first, and no more than are kept of each pool: with more, those of a busy pool would be missing in between. */
  async recent(pools: readonly string[], most: number): Promise<LedgerEvent[]> {
    const tails = await Promise.all(pools.map((pool) => this.#tail(pool)));
    const denials = tails.flatMap((tail) => tail.denials);
    return denials
      .sort((one, other) => other.atMs - one.atMs || other.number - one.number)
      .slice(0, Math.min(most, KEPT));
  }

  /** Who asks while a pool is read waits for that reading, and reads on from there. */
  #tail(pool: string): Promise<Tail> {
    const before = this.#tails.get(pool);
    const tail = (before ?? this.#readBack(pool)).then((found) => this.#readOn(pool, found));
    this.#tails.set(pool, tail);
    tail.catch(() => this.#tails.delete(pool));
    return tail;
  }

  async #readBack(pool: string): Promise<Tail> {
    const tail: Tail = { after: "-", denials: [] };
    let until = "+";
    for (let looked = 0; looked < LOOKED_THROUGH && tail.denials.length < KEPT; looked += PAGE) {
      const entries = await this.#redis.xrevrange(this.#keys.of(pool, "events"), until, "-", "COUNT", PAGE);
      if (tail.after === "-" && entries[0]) tail.after = `(${entries[0][0]}`;
      tail.denials.unshift(...entries.reverse().flatMap((entry) => denialsIn(pool, entry)));
      if (!entries[0] || entries.length < PAGE) break;
      until = `(${entries[0][0]}`;
    }
    return tail;
  }

  async #readOn(pool: string, tail: Tail): Promise<Tail> {
    for await (const entry of entriesAfter(this.#redis, this.#keys.of(pool, "events"), tail.after)) {
      tail.after = `(${entry[0]}`;
      tail.denials.push(...denialsIn(pool, entry));
    }
    tail.denials.splice(0, tail.denials.length - KEPT);
    return tail;
  }
}

const denialsIn = (pool: string, entry: StreamEntry) =>
  decodeEntry(pool, entry).filter((event) => event.kind === "denied");
