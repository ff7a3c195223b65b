import assert from "node:assert/strict";
import fc from "fast-check";
import type { PoolPolicy } from "../../daemon/domain/policy.ts";
import { encodePolicy } from "../../daemon/ledger/policy-text.ts";
import { rebuiltHolder, rebuiltSeatKey } from "../../daemon/ledger/rebuilt.ts";
import { type Asked, BOUNDS } from "./asked.ts";
import { compareEvents, compareState } from "./compare.ts";
import { assertInvariants } from "./invariants.ts";
import { PoolModel } from "./pool-model.ts";
import { type AskedLater, randomAsked, randomPolicy } from "./random.ts";
import { RealPool, type ScriptedRedis } from "./real-pool.ts";
import { Rebuilt } from "./rebuild.ts";

const HOUR_MS = 3_600_000;
/** Answers and events compared so far. */
export const COMPARED = new Map<string, number>();

class Tested extends RealPool {
  readonly rebuilt = new Rebuilt();
}
type Command = fc.AsyncCommand<PoolModel, Tested>;

/** Ask the pool and the model the same; both answer, tell and keep the same, and what they keep is in order. */
async function compareCall(model: PoolModel, real: Tested, asked: readonly Asked[]) {
  const { wlast: wallBefore, vnow: virtualBefore = "0" } = real.before?.state ?? (await real.read()).now.state;
  const seen = await real.call(asked);
  const { now, records } = await real.read();
  const [nowMs, virtualMs, atMs] = [Number(now.state.wlast), Number(now.state.vnow), Number(now.state.atMs)];
  const passedMs = wallBefore ? nowMs - Number(wallBefore) : 0;
  const stepMs = virtualMs - Number(virtualBefore);
  assert.equal(stepMs, Math.max(0, Math.min(passedMs, 2000)), "virtual time passes as wall time, two seconds a call");
  model.epoch = now.state.epoch ?? "";
  const answers = model.call({ nowMs, atMs, virtualMs, passedMs, stepMs }, asked);
  const { used, offersMade: offers, ranOut, recoversMs, isToRebuild } = model;
  assert.deepEqual(seen, { answers, used, offers, ranOut, recoversMs, isToRebuild });
  compareEvents(model, real, records);
  compareState(model, real, now);
  const told = records.flatMap(({ events }) => events);
  for (const event of told) real.rebuilt.add(event);
  real.rebuilt.assertSame(now);
  assertInvariants(model.policy, real.before, now, told);
  real.before = now;
  const words = [
    ...answers.map((answer) => answer.split("\t")[0]!).filter((word) => !word.startsWith("lease-")),
    ...told.map(([kind]) => `event ${kind}`),
  ];
  for (const word of words) COMPARED.set(word, (COMPARED.get(word) ?? 0) + 1);
  return { answers, told };
}

const show = ({ kind, leaseId, holder, key, seats, site, verdict, next, terms, order, why, counters }: Asked) =>
  [kind, leaseId, holder, key || "-", `×${seats}`, site, verdict, next, kind === "act" ? order : "", why]
    .concat(
      counters.map(({ limit }) => limit),
      JSON.stringify(terms),
    )
    .join(" ");

/** Several operations in one call. */
class Call implements Command {
  readonly asked: AskedLater[];
  constructor(asked: AskedLater[]) {
    this.asked = asked;
  }
  check = () => true;

  async run(model: PoolModel, real: Tested) {
    // A kind names a lease once in a call: the batch sees to that.
    const seen = new Set<string>();
    const once = ({ kind, leaseId }: Asked) => !seen.has(kind + leaseId) && seen.add(kind + leaseId);
    const asked = this.asked.map((asked) => rebuilding(model, fromNow(aimed(model, asked))));
    await compareCall(model, real, asked.filter(once));
  }

  toString = () => `call(${this.asked.map(show).join("; ")})`;
}

/** Where it aims: at one whom it may concern by now, for a random id is mostly nobody's. */
function aimed(model: PoolModel, asked: AskedLater): AskedLater {
  const { kind, order, aim = 0, holder } = asked;
  const leases = [...model.leases.keys()];
  // Whose assigned seat was seen is remembered beside them, and is no lease: those of shims are UUIDs.
  const ended = [...model.ended.keys()].filter((id) => !id.startsWith("seen:"));
  const waiting = [...model.offers.keys(), ...model.waits.keys()];
  const either = aim % 2 && waiting.length > 0 ? waiting : leases;
  const concerned: Record<string, Iterable<string>> = {
    checkin: either,
    journal: aim % 3 ? [...model.journal.keys(), ...ended] : either,
    renew: either,
    checkout: aim % 4 ? model.offers.keys() : [...ended, ...waiting],
    reclaim: leases,
    postpone: model.reclaims.keys(),
    spare: model.reclaims.keys(),
    recall: leases.filter((id) => model.leases.get(id)?.borrowedUntilMs),
    reassign: model.holds.keys(),
    over: leases.filter((id) => model.leases.get(id)?.borrowedUntilMs),
    look: [...waiting, ...ended],
  };
  const ids = [...(concerned[kind === "act" ? order.split("\t")[0]! : kind] ?? [])];
  if (asked.aim === undefined || ids.length === 0) return asked;
  const leaseId = ids[aim % ids.length]!;
  const ofHolder = holder === "stranger" ? holder : `pc-${leaseId}`;
  return { ...asked, leaseId, holder: ofHolder, order: order.replace(holder, ofHolder) };
}

/** What is asked by who rebuilds: in the epoch that lost it, mostly, and of a moment that may be long ago. */
function rebuilding(model: PoolModel, asked: Asked & { rebuilds?: "key" | "user" | "alone" | undefined }): Asked {
  const { rebuilds, ...usual } = asked;
  const order = asked.order
    .replace("\tE", `\t${model.epoch}`)
    .replace(/\t-(\d+)$/, (_, ms) => `\t${Date.now() - Number(ms)}`);
  if (asked.kind !== "checkout" || rebuilds === undefined || !model.isToRebuild) return { ...usual, order };
  const { person, seats } = asked;
  const key = rebuiltSeatKey(person.user, rebuilds === "user" ? "" : person.device, seats);
  return {
    ...usual,
    ...{ verdict: "", next: "", holder: rebuiltHolder(person.device), key: rebuilds === "alone" ? "" : key },
    terms: { ...asked.terms, running: true, rebuiltIn: model.epoch, ...(seats > 1 && { recalled: true }) },
  };
}

function fromNow({ borrowHours, aim: _, terms, ...asked }: AskedLater): Asked {
  const borrowUntilMs = Date.now() + (borrowHours ?? 0) * HOUR_MS;
  return { ...asked, terms: borrowHours === undefined ? terms : { ...terms, borrowUntilMs } };
}

/** What the pool explains of a launch is what the same launch is answered next, unless somebody else's turn comes first. */
class Explained implements Command {
  readonly asked: AskedLater;
  constructor(asked: AskedLater) {
    this.asked = asked;
  }
  check = () => true;

  async run(model: PoolModel, real: Tested) {
    const { terms, ...asked } = fromNow(this.asked);
    const { from = [], borrowUntilMs } = terms;
    const launch = { ...asked, verdict: "", next: "", terms: { from, ...(borrowUntilMs && { borrowUntilMs }) } };
    const explained = await compareCall(model, real, [{ ...launch, kind: "explain" }]);
    const leaseId = `lease-explained-${real.told.length}`;
    const done = await compareCall(model, real, [{ ...launch, kind: "checkout", leaseId }]);
    const undecided = [explained, done].some(({ answers }) => answers[0] === "again" || answers[0] === "recovering");
    if (done.told.length !== 1 || undecided) return;
    const [[kind, , , word]] = done.told as [[string, string, string, string, string]];
    const [answer, detail] = explained.answers[0]!.split("\t");
    if (kind === "granted" && model.rules.observe && answer !== "granted") assert.equal(word.split(" ")[1], answer);
    else if (kind === "granted") assert.deepEqual([answer, detail === "assigned"], ["granted", false]);
    else assert.equal(done.answers[0], explained.answers[0]);
    if (kind === "granted" && answer === "granted") assert.equal(word.replace(/,?borrowed=\d+$/, ""), detail);
  }

  toString = () => `explained(${show(this.asked)})`;
}

/** Leases, memories, notes, offers and all else by virtual time grow older. */
class Age implements Command {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  check = () => true;
  async run(_: PoolModel, real: Tested) {
    await real.redis.hincrby(real.key("state"), "vnow", this.ms);
    if (real.before) real.before.state.vnow = String(Number(real.before.state.vnow) + this.ms);
  }
  toString = () => `age(${this.ms})`;
}

/** Time passes by the wall for what is dated: borrowed leases, assigned seats, broken glass, overdraft, capacity, denials. */
class Days implements Command {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  check = () => true;
  async run(model: PoolModel, real: Tested) {
    if (!real.before) return;
    const { ms } = this;
    for (const fold of model.folds.values()) fold.lastMs -= ms;
    const steps = model.policy.steps.map((step) => ({
      ...step,
      fromMs: Math.max(0, step.fromMs - (step.fromMs ? ms : 0)),
    }));
    model.policy = { ...model.policy, steps };
    await real.passDays(ms, encodePolicy(model.policy)[3]!);
    if (model.overdraftSince) model.overdraftSince -= ms;
    for (const lease of model.leases.values()) if (lease.borrowedUntilMs) lease.borrowedUntilMs -= ms;
    for (const [id, untilMs] of model.journal) model.journal.set(id, untilMs - ms);
    for (const dated of [...model.holds.values(), ...model.glasses.values()]) dated.untilMs -= ms;
  }
  toString = () => `days(${this.ms / HOUR_MS} h)`;
}

/** The last call was so long ago, by the wall clock; negative: the clock was set back since. */
class LastCallWas implements Command {
  readonly agoMs: number;
  constructor(agoMs: number) {
    this.agoMs = agoMs;
  }
  check = () => true;
  async run(model: PoolModel, real: Tested) {
    if (!real.before) return;
    const { state } = real.before;
    state.wlast = String(await real.redis.hincrby(real.key("state"), "wlast", -this.agoMs));
    if (this.agoMs <= 0) return;
    state.atMs = String(await real.redis.hincrby(real.key("state"), "atMs", -this.agoMs));
    model.lastMinute = Math.floor(Number(state.atMs) / 60_000);
  }
  toString = () => `lastCallWas(${this.agoMs} ms ago)`;
}

const EPOCH_US = 1_000_000;

/**
 * A daemon knows of more than the ledger has: of later events, of a later epoch, or of an earlier one that whoever began
 * this one did not know of.
 */
class Lost implements Command {
  readonly what: "events" | "epoch" | "untold";
  constructor(what: Lost["what"]) {
    this.what = what;
  }
  check = () => true;
  async run(model: PoolModel, real: Tested) {
    if (!real.before) return;
    const { epoch, number } = real.known;
    const { lostEpoch = "0" } = real.before.state;
    model.lost = true;
    if (this.what === "untold") {
      real.known = { epoch: String(Number(epoch) - 1), number };
      // Nothing is lost that was told of when this epoch began.
      model.lost = Number(lostEpoch) < Number(real.known.epoch);
    } else {
      if (this.what === "events") real.known = { epoch, number: number + 1 };
      else real.known = { epoch: String(Number(epoch) + EPOCH_US), number: 1 };
      real.changes = 0;
    }
    await compareCall(model, real, []);
    const [was, is] = [Number(epoch), Number(real.known.epoch)];
    assert.ok(this.what === "untold" ? is === was : is > was, "an epoch is named after the one that was lost");
  }
  toString = () => `lost(${this.what})`;
}

/** Local midnight passes. */
class Midnight implements Command {
  check = () => true;
  async run(model: PoolModel, real: Tested) {
    await real.redis.hset(real.key("state"), "dayEndsMs", "1");
    model.dayIsOver = true;
  }
  toString = () => "midnight";
}

class Adopt implements Command {
  readonly next: (revision: number, nowMs: number) => PoolPolicy;
  constructor(next: (revision: number, nowMs: number) => PoolPolicy) {
    this.next = next;
  }
  check = () => true;
  async run(model: PoolModel, real: Tested) {
    model.policy = this.next(model.policy.revision + 1, Date.now());
    assert.equal(await real.adopt(model.policy), 1);
    assert.equal(await real.adopt({ ...model.policy, ttlMs: 1 }), 0, "a revision is adopted once");
  }
  toString = () => `adopt(${JSON.stringify(this.next(0, 0))})`;
}

const call = (minLength: number, maxLength: number) =>
  fc.array(randomAsked, { minLength, maxLength }).map((list) => new Call(list));
const commands: fc.Arbitrary<Command>[] = [
  call(0, 3),
  call(1, 6),
  call(1, 6),
  call(2, 8),
  call(3, 12),
  call(3, 12),
  randomAsked.map((asked) => new Explained(asked)),
  fc.constantFrom(15_000, 20_000, 20_000, 31_000, 31_000, 61_000, 121_000, 250_000, 900_001).map((ms) => new Age(ms)),
  fc.constantFrom(0.2, 0.3, 20, 50, 50).map((hours) => new Days(hours * HOUR_MS)),
  fc.constantFrom(-3_600_000, 500, 1_900, 61_000, 200_000, 3_600_000).map((ms) => new LastCallWas(ms)),
  randomPolicy.map((next) => new Adopt(next)),
  // Rare: after a loss nothing fresh is granted for a while.
  fc.oneof(
    fc.constant(new Midnight()),
    fc.constantFrom("events", "epoch", "untold").map((what) => new Lost(what)),
  ),
];

/** A pool of a random policy, asked at random, says and does what the model says and does. */
export async function modelAgrees(redis: ScriptedRedis, options: fc.Parameters<[unknown, Iterable<Command>]>) {
  const list = fc.commands(commands, { maxCommands: 40, size: "max" });
  const property = fc.asyncProperty(randomPolicy, list, async (first, list) => {
    await fc.asyncModelRun(async () => {
      const model = new PoolModel(first(1, Date.now()), BOUNDS);
      const real = new Tested(redis);
      await real.adopt(model.policy);
      return { model, real };
    }, list);
  });
  return await fc.check(property as fc.IAsyncPropertyWithHooks<[unknown, Iterable<Command>]>, options);
}
