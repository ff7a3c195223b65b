import { decodeFacts, decodeFlags } from "../domain/events.ts";
import type { LiveLease, WaitingLaunch } from "./answers.ts";
import type { RedisClient } from "./connection.ts";
import type { Keys } from "./keys.ts";

/** Leases at a glance: a page is what one HSCAN of this size brings. */
const PAGE = 500;
/** Before whose seat it is (lua/call/30-leases.lua). */
const HOLD = "hold:";

interface Sought {
  leaseId: string;
  resolve(pool: string | undefined): void;
  reject(error: unknown): void;
}

/** Reads live leases, on a connection of its own, so that no decision waits for a long list. */
export class LeaseReader {
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #sought: Sought[] = [];

  constructor(redis: RedisClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /**
   * The pool where a lease lives; else where it ended and is remembered, so that a checkin may be repeated anywhere. What
   * is sought in one turn of the event loop is asked together: when some thousands of shims come back at once, each pool
   * is asked some times, and not some thousand times.
   */
  find(leaseId: string, pools: readonly string[]): Promise<string | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
    this.#sought.push({ leaseId, resolve, reject });
    if (this.#sought.length === 1) setImmediate(() => this.#seek(this.#sought.splice(0), pools));
    return promise;
  }

  async #seek(sought: Sought[], pools: readonly string[]) {
    try {
      for (let from = 0; from < sought.length; from += PAGE) {
        const part = sought.slice(from, from + PAGE);
        const ids = part.map(({ leaseId }) => leaseId);
        const lines = await Promise.all(pools.map((pool) => this.#redis.hmget(this.#keys.of(pool, "leases"), ...ids)));
        part.forEach(({ resolve }, i) => {
          const lives = lines.findIndex((ofPool) => isLive(ofPool[i] ?? "\t"));
          resolve(pools[lives >= 0 ? lives : lines.findIndex((ofPool) => ofPool[i] && !isNote(ofPool[i]))]);
        });
      }
    } catch (error) {
      for (const { reject } of sought) reject(error);
    }
  }

  async page(pool: string, cursor = "0"): Promise<{ items: LiveLease[]; next?: string }> {
    const [next, fields] = await this.#redis.hscan(this.#keys.of(pool, "leases"), cursor, "COUNT", PAGE);
    const items: LiveLease[] = [];
    for (let i = 0; i + 1 < fields.length; i += 2) {
      const line = fields[i + 1]!;
      if (isLive(line)) items.push(decodeLease(pool, fields[i]!, line));
    }
    return next === "0" ? { items } : { items, next };
  }

  /** Assignments are among what is dated, and nowhere else. */
  async assigned(pool: string): Promise<string[]> {
    const names = new Set<string>();
    let cursor = "0";
    do {
      const [next, members] = await this.#redis.zscan(this.#keys.of(pool, "dated"), cursor, "COUNT", PAGE);
      for (let i = 0; i < members.length; i += 2)
        if (members[i]!.startsWith(HOLD)) names.add(members[i]!.slice(HOLD.length));
      cursor = next;
    } while (cursor !== "0");
    return [...names];
  }

  /** Who waits, in the order of the queue; not all of a long one. */
  async waiting(pool: string): Promise<WaitingLaunch[]> {
    const ids = await this.#redis.zrange(this.#keys.of(pool, "queue"), "0", String(PAGE - 1));
    if (ids.length === 0) return [];
    const lines = await this.#redis.hmget(this.#keys.of(pool, "leases"), ...ids);
    // Leases that run above what was bought stand in the queue too: they are live.
    return ids.flatMap((leaseId, i) => decodeWaiting(pool, leaseId, lines[i] ?? ""));
  }
}

/** What ended, or was passed on, stays for a while as a tab and a word. */
const isLive = (line: string) => !line.startsWith("\t");
const isNote = (line: string) => line.startsWith("\tpassed\t");

/** The line of a live lease, as lua/call/30-leases.lua states it. */
function decodeLease(pool: string, leaseId: string, line: string): LiveLease {
  const [since, , , seats, , user = "", device = "", ...told] = line.split("\t");
  const facts = decodeFacts(told);
  return {
    leaseId,
    pool,
    product: facts.product,
    user,
    device,
    site: facts.site,
    version: facts.version,
    seats: Number(seats),
    sinceMs: Number(since),
    ...decodeFlags(told.at(-1) ?? ""),
  };
}

/** The line of a launch that waits, as lua/call/02-records.lua states it. */
function decodeWaiting(pool: string, leaseId: string, line: string): WaitingLaunch[] {
  const [, kind, , , , , seats, , user = "", device = "", ...told] = line.split("\t");
  if (kind !== "waiting") return [];
  const { product, site, version } = decodeFacts(told);
  return [{ leaseId, pool, product, user, device, site, version, seats: Number(seats) }];
}
