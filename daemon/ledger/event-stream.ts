import { Cluster } from "ioredis";
import type { LedgerEvent } from "../domain/events.ts";
import type { Span } from "../domain/usage.ts";
import { Confirmation } from "./confirmation.ts";
import {
  closeClient,
  closeRedis,
  type EventConnections,
  openEventConnections,
  type RedisAddress,
  type RedisClient,
} from "./connection.ts";
import { decodeEntry, type StreamEntry } from "./event-reader.ts";
import { Keys } from "./keys.ts";

/** All that one call of the script did: what is read, and acknowledged, at once. */
export interface EventRecord {
  pool: string;
  /** Of the stream's entry. */
  id: string;
  events: LedgerEvent[];
}

const GROUP = "history";
/** At most so many records are read at once, of all pools together. */
const PAGE = 1000;
const WAIT_MS = 1000;
/** A connection that is silent for so long after its wait is made anew. */
const SILENCE_MS = 5000;
/** Where a cluster's pools lie on different nodes, nothing waits for all of them: they are looked at so often. */
const LOOK_EVERY_MS = 200;
const START = "0-0";

type Read = [key: string, entries: StreamEntry[]][] | null;

/**
 * The streams of pools, as one consumer of the group that records them: each record comes to one consumer, and stays with
 * it until it says that it is written down. What a dead daemon took and never acknowledged is claimed by whoever takes
 * over its pools. On a replicated ledger nothing is handed out that a failover may undo: another event would bear its
 * number.
 */
export class EventStream {
  readonly #connections: EventConnections;
  readonly #confirmations: Record<keyof EventConnections, Confirmation>;
  readonly #keys: Keys;
  readonly #consumer: string;
  /** Pools that are read here; where the claiming of what others left behind has got to, or undefined when it is done. */
  readonly #owned = new Map<string, string | undefined>();
  readonly #grouped = new Set<string>();

  /** Errors: settings_invalid. */
  static async open(address: RedisAddress, prefix: string, consumer: string): Promise<EventStream> {
    return new EventStream(await openEventConnections(address), prefix, consumer);
  }

  private constructor(connections: EventConnections, prefix: string, consumer: string) {
    this.#connections = connections;
    const { waiting, commands } = connections;
    this.#confirmations = { waiting: new Confirmation(waiting), commands: new Confirmation(commands) };
    this.#keys = new Keys(prefix);
    this.#consumer = consumer;
  }

  get #commands(): RedisClient {
    return this.#connections.commands;
  }

  /** Every pool that there ever was. */
  pools(): Promise<string[]> {
    return this.#commands.smembers(this.#keys.pools);
  }

  /** Read these pools from now on; what their last reader left behind comes first. */
  own(pools: readonly string[]): void {
    for (const pool of this.#owned.keys()) if (!pools.includes(pool)) this.#owned.delete(pool);
    for (const pool of pools) if (!this.#owned.has(pool)) this.#owned.set(pool, START);
  }

  /** Read anew what was read and not acknowledged: it could not be written down. */
  again(): void {
    // Whatever found it out, reading or trimming: a ledger that came back empty has no groups.
    this.#grouped.clear();
    for (const pool of this.#owned.keys()) this.#owned.set(pool, START);
  }

  /**
   * The next records, each pool's in their order; none where nothing happened for a while.
   *
   * @param waits whether to wait for something to happen
   */
  async read(waits: boolean): Promise<{ records: EventRecord[]; trimmed: { pool: string; ids: string[] }[] }> {
    await this.#joinGroups();
    for (const [pool, from] of this.#owned) {
      if (from === undefined) continue;
      const { records, trimmed, next } = await this.#claim(pool, from);
      if (this.#owned.get(pool) === from) this.#owned.set(pool, next === START ? undefined : next);
      if (records.length > 0 || trimmed.length > 0) {
        return { records, trimmed: trimmed.length > 0 ? [{ pool, ids: trimmed }] : [] };
      }
    }
    const pools = [...this.#owned.keys()];
    if (pools.length === 0) {
      if (waits) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      return { records: [], trimmed: [] };
    }
    return { records: await this.#readNew(pools, waits), trimmed: [] };
  }

  /** Whether somebody still has records from before this one, which he has not written down: they are ours from now on. */
  async claimBefore(pool: string, id: string): Promise<EventRecord[]> {
    const claimed: EventRecord[] = [];
    for (let from = START; ; ) {
      const { records, next } = await this.#claim(pool, from);
      claimed.push(...records.filter((record) => isBefore(record.id, id)));
      if (next === START || records.some((record) => !isBefore(record.id, id))) return claimed;
      from = next;
    }
  }

  /** They are written down. */
  async acknowledge(records: readonly EventRecord[]): Promise<void> {
    const ids = new Map<string, string[]>();
    for (const { pool, id } of records) ids.set(pool, [...(ids.get(pool) ?? []), id]);
    await Promise.all([...ids].map(([pool, some]) => this.#commands.xack(this.#key(pool), GROUP, ...some)));
  }

  /** Drop from the streams what is written down, and never what anybody still has to. */
  async trim(pools: readonly string[]): Promise<void> {
    await Promise.all(
      pools.map(async (pool) => {
        if (!this.#grouped.has(pool)) return;
        const key = this.#key(pool);
        // In this order: what is delivered in between is not looked at, rather than taken for acknowledged.
        const groups = (await this.#commands.xinfo("GROUPS", key)) as (string | number)[][];
        const [waiting, first] = (await this.#commands.xpending(key, GROUP)) as [number, string | null];
        const ours = groups.map(fieldsOf).find(({ name }) => name === GROUP);
        if (!ours) return;
        await this.#commands.xtrim(
          key,
          "MINID",
          waiting > 0 && first ? first : after(String(ours["last-delivered-id"])),
        );
      }),
    );
  }

  /** The number of each pool's last event. */
  async lastNumbers(pools: readonly string[]): Promise<{ pool: string; epoch: string; number: number }[]> {
    const states = await Promise.all(
      pools.map((pool) => this.#commands.hmget(this.#keys.of(pool, "state"), "epoch", "changes")),
    );
    return pools.map((pool, i) => ({ pool, epoch: states[i]?.[0] ?? "", number: Number(states[i]?.[1] ?? 0) }));
  }

  /** Times in which no daemon counted, as far as they are not written down. */
  async gaps(): Promise<Span[]> {
    const { last, ...gaps } = await this.#commands.hgetall(this.#keys.beats);
    return Object.entries(gaps).map(([fromMs, untilMs]) => ({ fromMs: Number(fromMs), untilMs: Number(untilMs) }));
  }

  /** These are. */
  async forgetGaps(gaps: readonly Span[]): Promise<void> {
    await this.#commands.hdel(this.#keys.beats, ...gaps.map(({ fromMs }) => String(fromMs)));
  }

  /** Say again that we record; the recorders of this history, us among them. Errors: Redis's. */
  async join(history: string, ttlMs: number): Promise<{ others?: string; recorders: string[] }> {
    const answer = (await this.#commands.recordersJoin(
      this.#keys.recorders,
      history,
      this.#consumer,
      ttlMs,
    )) as string[];
    const [outcome, ...members] = answer;
    if (outcome === "other") return { others: members[0] ?? "", recorders: [] };
    return { recorders: members.map((member) => member.slice(history.length + 1)) };
  }

  async leave(history: string): Promise<void> {
    await this.#commands.zrem(this.#keys.recorders, `${history} ${this.#consumer}`);
    const groups = [...this.#grouped].map((pool) =>
      // What it still has stays to be claimed; a consumer that is deleted would take it along.
      this.#commands
        .xpending(this.#key(pool), GROUP, "-", "+", 1, this.#consumer)
        .then(
          (waiting) =>
            waiting.length === 0 && this.#commands.xgroup("DELCONSUMER", this.#key(pool), GROUP, this.#consumer),
        ),
    );
    await Promise.all(groups);
  }

  /** Whoever waits for something to happen is told that it did not; what was under way comes again. */
  interrupt(): void {
    closeClient(this.#connections.waiting);
    this.again();
  }

  close(): void {
    for (const confirmation of Object.values(this.#confirmations)) confirmation.close();
    closeRedis(this.#connections);
  }

  #key(pool: string) {
    return this.#keys.of(pool, "events");
  }

  async #joinGroups(): Promise<void> {
    const strangers = [...this.#owned.keys()].filter((pool) => !this.#grouped.has(pool));
    await Promise.all(
      strangers.map(async (pool) => {
        await this.#commands.xgroup("CREATE", this.#key(pool), GROUP, "0", "MKSTREAM").catch(unlessThere);
        this.#grouped.add(pool);
      }),
    );
  }

  async #claim(pool: string, from: string) {
    const answer = (await this.#known("commands", pool, () =>
      this.#commands.xautoclaim(this.#key(pool), GROUP, this.#consumer, 0, from, "COUNT", PAGE),
    )) as [string, (StreamEntry | null)[], string[]?];
    const [next, entries, gone = []] = answer;
    return {
      next,
      records: entries.filter((entry) => entry !== null).map((entry) => recordOf(pool, entry)),
      trimmed: gone,
    };
  }

  async #readNew(pools: readonly string[], waits: boolean): Promise<EventRecord[]> {
    const { waiting } = this.#connections;
    if (!(waiting instanceof Cluster)) {
      const keys = pools.map((pool) => this.#key(pool));
      const most = Math.max(10, Math.floor(PAGE / pools.length));
      const ids = pools.map(() => ">");
      const group = ["GROUP", GROUP, this.#consumer] as const;
      const read = () =>
        waits
          ? this.#within(waiting.xreadgroup(...group, "COUNT", most, "BLOCK", WAIT_MS, "STREAMS", ...keys, ...ids))
          : this.#commands.xreadgroup(...group, "COUNT", most, "STREAMS", ...keys, ...ids);
      const answer = await this.#known(
        waits ? "waiting" : "commands",
        pools[0] as string,
        () => read() as Promise<Read>,
      );
      return this.#recordsOf(pools, answer);
    }
    const reads = await Promise.all(
      pools.map((pool) =>
        this.#known("commands", pool, () =>
          this.#commands.xreadgroup("GROUP", GROUP, this.#consumer, "COUNT", 100, "STREAMS", this.#key(pool), ">"),
        ),
      ),
    );
    const records = (reads as Read[]).flatMap((read) => this.#recordsOf(pools, read));
    if (records.length === 0 && waits) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    return records;
  }

  #recordsOf(pools: readonly string[], read: Read): EventRecord[] {
    const poolOf = new Map(pools.map((pool) => [this.#key(pool), pool]));
    return (read ?? []).flatMap(([key, entries]) => {
      const pool = poolOf.get(key) ?? "";
      return entries.map((entry) => recordOf(pool, entry));
    });
  }

  /** A ledger that came back empty has no groups: they are made again before the next reading. */
  async #known<Answer>(over: keyof EventConnections, pool: string, ask: () => Promise<Answer>): Promise<Answer> {
    try {
      return await this.#confirmations[over].of(this.#key(pool), ask);
    } catch (error) {
      if ((error as Error).message.startsWith("NOGROUP")) this.#grouped.clear();
      throw error;
    }
  }

  /** A server that vanished without a word would let us wait for ever. */
  async #within<Answer>(answer: Promise<Answer>): Promise<Answer> {
    const late = setTimeout(() => this.#connections.waiting.disconnect(true), WAIT_MS + SILENCE_MS);
    try {
      return await answer;
    } finally {
      clearTimeout(late);
    }
  }
}

const recordOf = (pool: string, entry: StreamEntry): EventRecord => ({
  pool,
  id: entry[0],
  events: decodeEntry(pool, entry),
});

const fieldsOf = (fields: readonly (string | number)[]): Record<string, string | number> =>
  Object.fromEntries(fields.flatMap((name, i) => (i % 2 === 0 ? [[name, fields[i + 1] ?? ""]] : [])));

function unlessThere(error: Error) {
  if (!error.message.startsWith("BUSYGROUP")) throw error;
}

/** The least id behind this one. */
function after(id: string): string {
  const [ms = "0", place = "0"] = id.split("-");
  return `${ms}-${BigInt(place) + 1n}`;
}

function isBefore(one: string, other: string): boolean {
  const [ms = 0, place = 0] = one.split("-").map(Number);
  const [otherMs = 0, otherPlace = 0] = other.split("-").map(Number);
  return ms < otherMs || (ms === otherMs && place < otherPlace);
}
