import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { ChainableCommander, Redis } from "ioredis";
import type { PoolPolicy } from "../../daemon/domain/policy.ts";
import { encodeCall, type Operation } from "../../daemon/ledger/batch.ts";
import { Keys, type PoolKey } from "../../daemon/ledger/keys.ts";
import { KINDS, NOTHING_KNOWN } from "../../daemon/ledger/operations.ts";
import { encodeTerms } from "../../daemon/ledger/order-text.ts";
import { encodePolicy } from "../../daemon/ledger/policy-text.ts";
import { type Asked, BOUNDS, journalRecordOf, recordOf } from "./asked.ts";
import type { Told } from "./pool-model.ts";

/** Redis with the scripts, whole or mutated. */
export type ScriptedRedis = Redis &
  Record<"poolCall" | "poolAdopt", (...args: (string | number)[]) => Promise<unknown>>;

/** The text of what was counted, `used=3 waiting=1`, and back. */
export const readPairs = (text: string): Record<string, number> =>
  Object.fromEntries(
    text
      .split(" ")
      .filter(Boolean)
      .map((pair) => pair.split("="))
      .map(([name, n]) => [name, Number(n)]),
  );
const writePairs = (pairs: Record<string, number>) =>
  Object.entries(pairs)
    .map(([name, n]) => `${name}=${n}`)
    .join(" ");

/** What lies in the pool's keys. */
export interface Snapshot {
  state: Record<string, string>;
  leases: Record<string, string>;
  due: [string, number][];
  seats: Record<string, string>;
  counts: Record<string, number>;
  ended: string[];
  dated: [string, number][];
  linger: [string, number][];
  journal: [string, number][];
  queue: string[];
  tally: Record<string, number>;
}

/** A record of the stream: what one call told. */
export interface StreamRecord {
  number: number;
  atMs: number;
  virtualMs: number;
  used: number;
  events: Told[];
}

const keys = new Keys("model:");
const LINES = 5;

/** A real pool, as far as the commands need it. */
export class RealPool {
  readonly redis: ScriptedRedis;
  readonly name = `pool-${randomUUID()}`;
  /** Events read so far, so that the next ones are those of the last call. */
  #readUpTo = "-";
  changes = 0;
  /** All since the beginning. */
  readonly told: Told[] = [];
  before: Snapshot | undefined;
  /** The last event, as a daemon knows it. */
  known = NOTHING_KNOWN;

  constructor(redis: ScriptedRedis) {
    this.redis = redis;
  }

  key = (key: PoolKey) => keys.of(this.name, key);

  adopt(next: PoolPolicy) {
    return this.redis.poolAdopt(this.key("state"), ...encodePolicy(next));
  }

  async call(asked: readonly Asked[]) {
    const operations = KINDS.flatMap((kind) => asked.filter((one) => one.kind === kind)).map(operation);
    const settings = Object.values(BOUNDS).map(String);
    const args = encodeCall(settings, this.known, operations);
    const [done, , counts = "", text, last = ""] = (await this.redis.poolCall(
      ...keys.all(this.name),
      ...args,
    )) as string[];
    assert.equal(done, "done");
    const [epoch = "", number, recoversMs, lost] = last.split(" ");
    this.known = { epoch, number: Number(number) };
    const [used, offers, ...ranOut] = counts.split(" ");
    return {
      answers: text ? text.split("\n") : [],
      used: Number(used),
      offers: Number(offers),
      ranOut: readPairs(ranOut.join(" ")),
      recoversMs: Number(recoversMs),
      isToRebuild: lost === "1",
    };
  }

  async read(): Promise<{ now: Snapshot; records: StreamRecord[] }> {
    const [state, leases, due, seats, counts, ended, dated, linger, journal, queue, entries] = (await results(
      this.redis
        .pipeline()
        .hgetall(this.key("state"))
        .hgetall(this.key("leases"))
        .zrange(this.key("due"), "0", "-1", "WITHSCORES")
        .hgetall(this.key("seats"))
        .hgetall(this.key("counts"))
        .lrange(this.key("ended"), 0, -1)
        .zrange(this.key("dated"), "0", "-1", "WITHSCORES")
        .zrange(this.key("linger"), "0", "-1", "WITHSCORES")
        .zrange(this.key("journal"), "0", "-1", "WITHSCORES")
        .zrange(this.key("queue"), "0", "-1")
        .xrange(this.key("events"), this.#readUpTo, "+"),
    )) as [
      Record<string, string>,
      Record<string, string>,
      string[],
      Record<string, string>,
      Record<string, string>,
      string[],
      string[],
      string[],
      string[],
      string[],
      [string, string[]][],
    ];
    this.#readUpTo = entries.length > 0 ? `(${entries.at(-1)![0]}` : this.#readUpTo;
    const numbers = Object.fromEntries(Object.entries(counts).map(([name, n]) => [name, Number(n)]));
    const sets = { due: scored(due), dated: scored(dated), linger: scored(linger), journal: scored(journal) };
    const now = { state, leases, seats, counts: numbers, ended, queue, tally: readPairs(state.tally ?? ""), ...sets };
    return { now, records: entries.map(([, fields]) => record(fields[1]!, fields[3]!)) };
  }

  /** So much wall time passes for what is dated: borrowed leases, assignments, glass, overdraft, capacity, denials. */
  async passDays(ms: number, steps: string) {
    const { redis } = this;
    const [tally, from, until] = await redis.hmget(this.key("state"), "tally", "stepFromMs", "stepUntilMs");
    const counted = readPairs(tally ?? "");
    for (const name of ["dated", "overdraftSince"]) if (counted[name]) counted[name] -= ms;
    const dated = scored(await redis.zrange(this.key("dated"), "0", "-1", "WITHSCORES"));
    const change = redis.pipeline().hset(this.key("state"), { tally: writePairs(counted), steps });
    for (const [name, dueMs] of dated) change.zadd(this.key("dated"), dueMs - ms, name);
    for (const [name, line] of Object.entries(await redis.hgetall(this.key("leases")))) {
      const [, kind, lastMs, attempts] = line.split("\t");
      if (line.startsWith("\trefused\t"))
        change.hset(this.key("leases"), name, ["", kind, Number(lastMs) - ms, attempts].join("\t"));
    }
    const journal = scored(await redis.zrange(this.key("journal"), "0", "-1", "WITHSCORES"));
    for (const [id, untilMs] of journal) change.zadd(this.key("journal"), untilMs - ms, id);
    if (Number(from) > 0) change.hincrby(this.key("state"), "stepFromMs", -ms);
    if (Number(until) > 0 && Number(until) < 9e15) change.hincrby(this.key("state"), "stepUntilMs", -ms);
    await results(change);
  }
}

async function results(pipeline: ChainableCommander): Promise<unknown[]> {
  return (await pipeline.exec())!.map(([error, result]) => {
    if (error) throw error;
    return result;
  });
}

function scored(list: string[]): [string, number][] {
  return Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i]!, Number(list[2 * i + 1])]);
}

function record(head: string, text: string): StreamRecord {
  const [, number, atMs, virtualMs, used] = head.split(" ").map(Number) as [number, number, number, number, number];
  const lines = text.split("\n");
  assert.equal(lines.length % LINES, 0, "an event is five lines");
  const events = Array.from(
    { length: lines.length / LINES },
    (_, i) => lines.slice(i * LINES, (i + 1) * LINES) as Told,
  );
  return { number, atMs, virtualMs, used, events };
}

function operation(asked: Asked): Operation {
  const { kind, leaseId, holder, order, verdict, next, why } = asked;
  const terms = encodeTerms(asked.terms);
  const launch = recordOf(asked);
  const journal = journalRecordOf(asked);
  const column = { checkin: holder, journal, renew: holder, act: order, checkout: launch, explain: launch };
  const optional = {
    checkin: [why],
    journal: [],
    renew: [],
    act: [],
    checkout: [verdict, next, terms],
    explain: [terms],
  };
  const none = () => {};
  return { kind, leaseId, column: column[kind], optional: optional[kind], resolve: none, reject: none };
}
