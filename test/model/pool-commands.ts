import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import type { Redis } from "ioredis";
import { decodeEvents, encodeFacts } from "../../daemon/domain/events.ts";
import type { PoolPolicy } from "../../daemon/domain/policy.ts";
import { encodeCall, type Operation } from "../../daemon/ledger/batch.ts";
import { Keys, type PoolKey } from "../../daemon/ledger/keys.ts";
import { KINDS } from "../../daemon/ledger/operations.ts";
import { encodePolicy } from "../../daemon/ledger/policy-text.ts";
import { facts, policy } from "../support/ledger.ts";
import { type Asked, type Bounds, PoolModel, type ToldEvent } from "./pool-model.ts";

/** Redis with the scripts, whole or mutated. */
export type ScriptedRedis = Redis &
  Record<"poolCall" | "poolAdopt", (...args: (string | number)[]) => Promise<unknown>>;

/** Small, so that forgetting, and sweeps that do not finish, happen often. */
const BOUNDS: Bounds = { rememberMs: 900_000, rememberMost: 6, sweepMost: 3 };
const SITES = ["hall", "depot", "civic-centre"];
const LEASES = Array.from({ length: 9 }, (_, i) => `lease-${i}`);
const keys = new Keys("model:");

/** A real pool, as far as the commands need it. */
export class RealPool {
  readonly redis: ScriptedRedis;
  readonly name = `pool-${randomUUID()}`;
  /** Events read so far, so that the next ones are those of the last call. */
  #readUpTo = "-";
  number = 0;

  constructor(redis: ScriptedRedis) {
    this.redis = redis;
  }

  key = (key: PoolKey) => keys.of(this.name, key);

  async state(...fields: string[]): Promise<number[]> {
    return (await this.redis.hmget(this.key("state"), ...fields)).map(Number);
  }

  async newEvents() {
    const entries = await this.redis.xrange(this.key("events"), this.#readUpTo, "+");
    const last = entries.at(-1);
    if (last) this.#readUpTo = `(${last[0]}`;
    return entries.flatMap(([, fields]) => decodeEvents(this.name, fields[1]!, fields[3]!));
  }

  adopt(next: PoolPolicy) {
    return this.redis.poolAdopt(this.key("state"), ...encodePolicy(next));
  }

  /** Renewals that fail are answered in pairs, checkouts with the lease they found: told apart by the first word. */
  async call(asked: readonly Asked[]): Promise<string[]> {
    const operations = KINDS.flatMap((kind) => asked.filter((one) => one.kind === kind)).map(operation);
    const settings = Object.values(BOUNDS).map(String);
    const [done, , , text] = (await this.redis.poolCall(
      ...keys.all(this.name),
      ...encodeCall(settings, operations),
    )) as string[];
    assert.equal(done, "done");
    return text ? text.split("\n").map((answer) => answer.replace(/^(live|shared)\t.*$/, "$1").replace("\t", " ")) : [];
  }
}

function operation(asked: Asked): Operation {
  const { kind, leaseId, holder, seatKey, seats, site, verdict, next } = asked;
  const record = [holder, seatKey, seats, `site:${site}`, `user of ${leaseId}`, holder, asked.facts].join("\t");
  const none = () => {};
  const optional = kind === "checkout" ? [verdict, next] : kind === "checkin" ? [""] : [];
  return { kind, leaseId, column: kind === "checkout" ? record : holder, optional, resolve: none, reject: none };
}

type Command = fc.AsyncCommand<PoolModel, RealPool>;

/** Several operations in one call, answered, told and counted as the model says. */
class Call implements Command {
  readonly asked: Asked[];
  constructor(asked: Asked[]) {
    // A kind names a lease once in a call: the batch sees to that.
    const seen = new Set<string>();
    this.asked = asked.filter(({ kind, leaseId }) => !seen.has(kind + leaseId) && seen.add(kind + leaseId));
  }
  check = () => true;

  async run(model: PoolModel, real: RealPool) {
    const [wallBefore = 0, virtualBefore = 0] = await real.state("wlast", "vnow");
    const answers = await real.call(this.asked);
    const [wall = 0, virtual = 0, atMs = 0] = await real.state("wlast", "vnow", "atMs");
    const passedMs = wallBefore ? wall - wallBefore : 0;
    const stepMs = virtual - virtualBefore;
    assert.equal(
      stepMs,
      Math.max(0, Math.min(passedMs, 2000)),
      "virtual time passes as wall time does, two seconds a call",
    );
    const expected = model.call({ atMs, virtualMs: virtual, passedMs, stepMs }, this.asked);
    assert.deepEqual(answers, expected.answers);
    await compareEvents(real, expected.told, atMs);
    await compareState(model, real);
    assertInvariants(model);
  }

  toString = () =>
    `call(${this.asked
      .map(
        (one) =>
          `${one.kind} ${one.leaseId} ${one.holder} ${one.seatKey || "-"} ×${one.seats} ${one.site} ${one.verdict}${one.next}`,
      )
      .join("; ")})`;
}

/** Leases, memories and notes grow older, as if virtual time had passed. */
class Age implements Command {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  check = () => true;
  async run(_: PoolModel, real: RealPool) {
    await real.redis.hincrby(real.key("state"), "vnow", this.ms);
  }
  toString = () => `age(${this.ms})`;
}

/** The last call was so long ago, by the wall clock; negative: the clock was set back since. */
class LastCallWas implements Command {
  readonly agoMs: number;
  constructor(agoMs: number) {
    this.agoMs = agoMs;
  }
  check = () => true;
  async run(model: PoolModel, real: RealPool) {
    if ((await real.redis.hexists(real.key("state"), "wlast")) === 0) return;
    await real.redis.hincrby(real.key("state"), "wlast", -this.agoMs);
    if (this.agoMs <= 0) return;
    await real.redis.hincrby(real.key("state"), "atMs", -this.agoMs);
    const [atMs = 0] = await real.state("atMs");
    model.lastMinute = Math.floor(atMs / 60_000);
  }
  toString = () => `lastCallWas(${this.agoMs} ms ago)`;
}

/** Local midnight passes. */
class Midnight implements Command {
  check = () => true;
  async run(model: PoolModel, real: RealPool) {
    await real.redis.hset(real.key("state"), "dayEndsMs", "1");
    model.dayIsOver = true;
  }
  toString = () => "midnight";
}

class Adopt implements Command {
  readonly seats: number;
  readonly ceiling: number;
  readonly reason: "no_seats" | "entitlement_ended";
  constructor(seats: number, ceiling: number, ended: boolean) {
    this.seats = seats;
    this.ceiling = ceiling;
    this.reason = ended ? "entitlement_ended" : "no_seats";
  }
  check = () => true;
  async run(model: PoolModel, real: RealPool) {
    model.policy = policy({
      revision: model.policy.revision + 1,
      steps: [{ fromMs: 0, seats: this.seats, reason: this.reason }],
      ceilings: this.ceiling > 0 ? { depot: this.ceiling, "civic-centre": this.ceiling + 1 } : {},
    });
    assert.equal(await real.adopt(model.policy), 1);
    assert.equal(await real.adopt({ ...model.policy, ttlMs: 1 }), 0, "a revision is adopted once");
  }
  toString = () => `adopt(${this.seats} seats, ceiling ${this.ceiling}, ${this.reason})`;
}

async function compareEvents(real: RealPool, told: ToldEvent[], atMs: number) {
  const events = await real.newEvents();
  for (const event of events) {
    real.number += 1;
    assert.equal(event.number, real.number, "event numbers have no gaps");
    assert.equal(event.atMs, atMs);
  }
  const seen = events.map(({ kind, leaseId, seatsMoved, word, seats, draws, sinceMs, level, silentMs, flag }) => {
    return { kind, leaseId, seatsMoved, word, seats, draws, sinceMs, level, silentMs, flag };
  });
  assert.deepEqual(seen, told);
}

/** Every key of the pool, against the model. */
async function compareState(model: PoolModel, real: RealPool) {
  const { redis } = real;
  const [leases, due, seats, counts, ended] = await Promise.all([
    redis.hgetall(real.key("leases")),
    redis.zrange(real.key("due"), "0", "-1", "WITHSCORES"),
    redis.hgetall(real.key("seats")),
    redis.hgetall(real.key("counts")),
    redis.lrange(real.key("ended"), 0, -1),
  ]);
  const lines: Record<string, string> = {};
  for (const [id, lease] of model.leases) {
    const { sinceMs, holder, seatKey, draws, facts: told, flag } = lease;
    lines[id] = [sinceMs, holder, seatKey, lease.seats, draws, `user of ${id}`, holder, told, flag].join("\t");
  }
  for (const [id, why] of model.ended) lines[id] = `\t${why}`;
  for (const [id, note] of model.notes) lines[id] = `\tpassed\t${note.next}`;
  assert.deepEqual(leases, lines);
  const dueOf = [...model.leases, ...model.notes].map(([id, { dueMs }]): [string, number] => [id, dueMs]);
  assert.deepEqual(new Map(pairs(due)), new Map(dueOf));
  const seatLines = [...model.seats].map(([key, seat]) => [key, `${seat.leases} ${seat.seats} ${seat.draws}`]);
  assert.deepEqual(seats, Object.fromEntries(seatLines));
  assert.deepEqual(Object.fromEntries(Object.entries(counts).map(([name, n]) => [name, Number(n)])), model.counts());
  const memory = model.memory.map((entry) =>
    [`${entry.virtualMs} ${entry.expired ? "expired" : "ended"}`, ...entry.ids].join("\n"),
  );
  assert.deepEqual(ended, memory);
  const fields = ["used", "capacity", "seatMs", "fullMs", "overMs", "minutePeak", "dayPeak", "remembered", "changes"];
  const { used, capacity, seatMs, fullMs, overMs, minutePeaks, dayPeak } = model;
  const remembered = model.memory.reduce((sum, entry) => sum + entry.ids.length, 0);
  const expected = [used, capacity, seatMs, fullMs, overMs, minutePeaks[0], dayPeak, remembered, real.number];
  assert.deepEqual(named(fields, await real.state(...fields)), named(fields, expected));
  const peaks = ((await redis.hget(real.key("state"), "minutePeaks")) ?? "").trim();
  assert.equal(peaks, minutePeaks.slice(1).join(" "));
}

/** Facts that owe nothing to the model's own steps. */
function assertInvariants(model: PoolModel) {
  const own = [...model.leases.values()].filter((lease) => lease.seatKey === "");
  const open = [...model.seats.values(), ...own].reduce((sum, { seats }) => sum + seats, 0);
  assert.equal(model.used, open, "seats in use are the open seats");
  for (const [key, seat] of model.seats) {
    const sharers = [...model.leases.values()].filter((lease) => lease.seatKey === key);
    assert.equal(seat.leases, sharers.length, "a seat is open while somebody shares it");
  }
}

function pairs(list: string[]): [string, number][] {
  return Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i]!, Number(list[2 * i + 1])]);
}

const asked: fc.Arbitrary<Asked> = fc
  .record({
    kind: fc.constantFrom(...KINDS, "checkout" as const, "checkout" as const),
    leaseId: fc.constantFrom(...LEASES),
    stranger: fc.nat(9).map((n) => n === 0),
    seatKey: fc.constantFrom("", "", "asmith", "bjones"),
    seats: fc.constantFrom(1, 1, 1, 2, 3),
    site: fc.constantFrom(...SITES),
    verdict: fc.constantFrom("", "", "", "", "", "", "denied_by_rule"),
    next: fc.constantFrom("", "", "", "aec-collection"),
  })
  .map(({ stranger, ...rest }) => {
    const holder = stranger ? "stranger" : `pc-${rest.leaseId}`;
    return { ...rest, holder, facts: encodeFacts(facts({ site: rest.site, version: rest.leaseId })) };
  });

const commands: fc.Arbitrary<Command>[] = [
  fc.array(asked, { maxLength: 12 }).map((list) => new Call(list)),
  fc.array(asked, { minLength: 3, maxLength: 12 }).map((list) => new Call(list)),
  fc.constantFrom(20_000, 61_000, 250_000, 900_001).map((ms) => new Age(ms)),
  fc.constantFrom(-3_600_000, 500, 1_900, 61_000, 200_000, 3_600_000).map((ms) => new LastCallWas(ms)),
  fc.tuple(fc.nat(6), fc.nat(2), fc.boolean()).map(([seats, ceiling, ended]) => new Adopt(seats, ceiling, ended)),
  fc.constant(new Midnight()),
];

/** A pool of four seats, asked at random, says and does what the model says and does. */
export async function modelAgrees(redis: ScriptedRedis, options: fc.Parameters<[Iterable<Command>]>) {
  const property = fc.asyncProperty(fc.commands(commands, { maxCommands: 40, size: "max" }), async (list) => {
    await fc.asyncModelRun(async () => {
      const model = new PoolModel(policy({ seats: 4 }), BOUNDS);
      const real = new RealPool(redis);
      await real.adopt(model.policy);
      return { model, real };
    }, list);
  });
  return await fc.check(property as fc.IAsyncPropertyWithHooks<[Iterable<Command>]>, options);
}

function named(fields: string[], values: (number | undefined)[]) {
  return Object.fromEntries(fields.map((field, i) => [field, values[i] ?? 0]));
}
