import { randomUUID } from "node:crypto";
import type { EndReason } from "../domain/denials.ts";
import { SeatmeterError } from "../domain/errors.ts";
import type { LedgerEvent } from "../domain/events.ts";
import type { LedgerHealth, PoolLevel } from "../domain/level.ts";
import type { PoolPolicy } from "../domain/policy.ts";
import { GAP_OF_ALL_MS } from "../domain/usage.ts";
import type {
  CheckinAnswer,
  CheckinWhy,
  CheckoutAnswer,
  CheckoutRequest,
  ExplainAnswer,
  JournalAnswer,
  JournalRequest,
  LiveLease,
  Order,
  OrderAnswer,
  Publication,
  RenewAnswer,
  WaitingLaunch,
} from "./answers.ts";
import { type CallResult, PoolBatch, revisionIn, type Send } from "./batch.ts";
import { Confirmation, type OnConfirmed } from "./confirmation.ts";
import {
  closeRedis,
  type OnReach,
  type OnTrouble,
  openRedis,
  type RedisAddress,
  type RedisConnections,
} from "./connection.ts";
import { DeviceStore } from "./device-store.ts";
import { DenialReader } from "./event-reader.ts";
import { Keys } from "./keys.ts";
import { LeaseReader } from "./leases.ts";
import { poolLevels } from "./levels.ts";
import { CALL_SETTINGS, type CallSettings, type Kind, type LastEvent } from "./operations.ts";
import { decodeStanding, encodeOrder, encodeTerms } from "./order-text.ts";
import { encodePolicy } from "./policy-text.ts";
import { checkRedis, redisHealth } from "./redis-checks.ts";
import { RegisterStore } from "./register-store.ts";
import { Renewals } from "./renewals.ts";
import { journalRecordOf, readCheckout, readExplain, recordOf } from "./request-text.ts";
import { SessionStore } from "./session-store.ts";
import { type Trace, tracesIn } from "./traces.ts";
import { asked } from "./troubles.ts";

/** Told of every call, for the metrics. */
export interface LedgerWatcher {
  call(operations: number, seconds: number): void;
  /** Leases that ended and that nobody gave back. */
  ranOut(pool: string, why: EndReason, leases: number): void;
  /** Seats were offered to those who wait. */
  offered(pool: string): void;
  /** A pool lost something, and grants nothing fresh; or it does again. Once a change. */
  recovers?(pool: string, recovers: boolean): void;
}

export interface LedgerOptions {
  redis: RedisAddress;
  /** Before every key: several installations may share a Redis. */
  prefix?: string;
  settings?: Partial<CallSettings>;
  watcher?: LedgerWatcher;
  onReach?: OnReach;
  onTrouble?: OnTrouble;
  onConfirmed?: OnConfirmed;
  /** How often time is let pass and renewals are sent; 0: only when `pulse` is called. */
  pulseMs?: number;
}

const PULSE_MS = 1000;
/** Of thousands of pools, so that what concerns all of them keeps no launch waiting. */
const POOLS_AT_ONCE = 50;
/** Gaps that wait to be written down: where there is no history nobody does. */
const MOST_GAPS = 1000;
/** Beside borrowed leases, by their ids, assignments and broken glass lie there (lua/call/30-leases.lua). */
const DATED_LOOKED_AT = 100;

/**
 * Who has what, now: one method for each thing that can be done to a pool. Every change is one atomic step of a script,
 * which also writes the event that tells of it. Errors of all: ledger_unavailable and ledger_unsure; then nothing is known
 * of whether it was done, or stays done, and asking again with the same lease id is right. Of checkouts also
 * ledger_recovering: nothing was done.
 */
export class Ledger {
  readonly keys: Keys;
  /** Which computers are enrolled. */
  readonly devices: DeviceStore;
  /** What browsers are signed in with; beside the pools, because all daemons share it. */
  readonly sessions: SessionStore;
  readonly #connections: RedisConnections;
  readonly #confirmation: Confirmation;
  readonly #options: LedgerOptions;
  readonly #settings: CallSettings;
  readonly #register: RegisterStore;
  readonly #reader: LeaseReader;
  readonly #denials: DenialReader;
  readonly #batches = new Map<string, PoolBatch>();
  readonly #policies = new Map<string, PoolPolicy>();
  readonly #renewals = new Renewals();
  readonly #me = randomUUID();
  readonly #pulse: NodeJS.Timeout | undefined;
  #timePasses = false;

  private constructor(connections: RedisConnections, options: LedgerOptions) {
    this.#connections = connections;
    this.#confirmation = new Confirmation(connections.decisions, options.onConfirmed);
    this.#options = options;
    this.#settings = { ...CALL_SETTINGS, ...options.settings };
    this.keys = new Keys(options.prefix ?? "seatmeter:");
    this.devices = new DeviceStore(connections, this.keys);
    this.sessions = new SessionStore(connections, this.keys);
    this.#register = new RegisterStore(connections, this.keys);
    this.#reader = new LeaseReader(connections.reads, this.keys);
    this.#denials = new DenialReader(connections.reads, this.keys);
    const pulseMs = options.pulseMs ?? PULSE_MS;
    if (pulseMs > 0) this.#pulse = setInterval(() => void this.pulse(), pulseMs);
  }

  /** Errors: settings_invalid (an address that is none, a Redis that cannot be a ledger), ledger_unavailable. */
  static async open(options: LedgerOptions): Promise<Ledger> {
    const connections = await openRedis(options.redis, options.onReach ?? (() => {}), options.onTrouble);
    try {
      await asked(checkRedis(connections.reads));
      return new Ledger(connections, options);
    } catch (error) {
      closeRedis(connections);
      throw error;
    }
  }

  /**
   * Ask for seats, all of them or none. A lease that lives already is answered with what it has; one that was checked in
   * takes no second seat.
   */
  checkout(pool: string, request: CheckoutRequest): Promise<CheckoutAnswer> {
    const { leaseId, verdict = "", next = "", terms } = request;
    const read = (answer: string, call: CallResult) => readCheckout(request, answer, call.atMs);
    return this.#ask(pool, "checkout", leaseId, recordOf(request), [verdict, next, encodeTerms(terms)], read);
  }

  /** What a checkout would be answered now; nothing is done. */
  explain(pool: string, { leaseId, terms, ...request }: CheckoutRequest): Promise<ExplainAnswer> {
    return this.#ask(pool, "explain", leaseId, recordOf(request), [encodeTerms(terms)], readExplain);
  }

  /** Do something to a lease that its launch did not ask for; `reassign` takes the name of an assigned seat. */
  act(pool: string, leaseId: string, order: Order): Promise<OrderAnswer> {
    const read = (answer: string) => decodeStanding(answer) as OrderAnswer;
    return this.#ask(pool, "act", leaseId, encodeOrder(order), [], read);
  }

  checkin(pool: string, leaseId: string, holder: string, why: CheckinWhy): Promise<CheckinAnswer> {
    const read = (answer: string) => answer as CheckinAnswer;
    return this.#ask(pool, "checkin", leaseId, holder, [why === "checked_in" ? "" : why], read);
  }

  /** What was used while nobody could be asked; told again, it counts once. */
  journal(pool: string, request: JournalRequest): Promise<JournalAnswer> {
    const read = (answer: string) => answer as JournalAnswer;
    return this.#ask(pool, "journal", request.leaseId, journalRecordOf(request), [], read);
  }

  /** Still in use. Gathered with the pool's others until the next pulse: 1/8 of what a call each costs. */
  renew(pool: string, leaseId: string, holder: string): Promise<RenewAnswer> {
    return this.#renewals.gather(pool, leaseId, holder);
  }

  /** Send the renewals gathered, and let time pass in every pool that holds something; a daemon is there. */
  async pulse(): Promise<void> {
    // One that is missed is made up for by the next.
    const beat = this.#connections.decisions.ledgerBeat(this.keys.beats, GAP_OF_ALL_MS, MOST_GAPS).catch(() => {});
    for (const [pool, operations] of this.#renewals.take()) {
      for (const operation of operations) this.#batch(pool).add(operation);
    }
    await Promise.all([beat, this.#letTimePass()]);
  }

  async #letTimePass() {
    // A round that takes longer than a pulse is followed by the next one, not joined by it.
    if (this.#timePasses) return;
    this.#timePasses = true;
    for (const slice of slices([...this.#policies.keys()])) await Promise.all(slice.map((pool) => this.#tick(pool)));
    this.#timePasses = false;
  }

  /** Pools that are empty as far as we know may hold what another daemon granted, which may have died since. */
  async #tick(pool: string) {
    const batch = this.#batch(pool);
    if (batch.used === 0 && !batch.recovering) {
      const keys = (["state", "due", "linger", "dated"] as const).map((key) => this.keys.of(pool, key));
      const there = await this.#connections.reads.exists(...keys).catch(() => 1);
      // Its state alone: it is at rest. Not even that: it is lost, with what was assigned in it.
      if (there === 1) return;
    }
    await batch.pulse();
  }

  #batch(pool: string): PoolBatch {
    let batch = this.#batches.get(pool);
    if (!batch) {
      const onCall = (result: CallResult, operations: number, seconds: number) => {
        this.#options.watcher?.call(operations, seconds);
        for (const [why, leases] of result.ended) this.#options.watcher?.ranOut(pool, why, leases);
        if (result.offers > 0) this.#options.watcher?.offered(pool);
        const recovers = result.recoversMs > 0;
        if (recovers !== known.recovering) this.#options.watcher?.recovers?.(pool, recovers);
      };
      const known = new PoolBatch(this.#sender(pool), this.#settings, onCall);
      batch = known;
      this.#batches.set(pool, batch);
    }
    return batch;
  }

  #sender(pool: string): Send {
    const keys = this.keys.all(pool);
    const state = this.keys.of(pool, "state");
    const { decisions } = this.#connections;
    return async (args, returnsOnly) => {
      const script = returnsOnly ? "poolReturns" : "poolCall";
      const call = () => this.#confirmation.of(state, () => decisions[script](...keys, ...args) as Promise<string[]>);
      const answer = await call();
      const policy = this.#policies.get(pool);
      if (answer[0] !== "unadopted") {
        // A failover, or a backup, took it back to an earlier one; what goes wrong goes right with a later call.
        if (policy && revisionIn(answer) < policy.revision) void this.#adopt(pool, policy).catch(() => {});
        return answer;
      }
      // The ledger lost this pool's policy, or never had it: every daemon can give it again.
      if (!policy) throw new SeatmeterError("internal", `pool ${pool} has no policy`);
      // That there is such a pool is lost too, then, and recorders look there.
      await asked(this.#register.knowPools([...this.#policies.keys()]));
      await this.#adopt(pool, policy);
      return await call();
    };
  }

  /** One promise for what is asked, whatever it takes: there are as many of them as messages. */
  #ask<Answer>(
    pool: string,
    kind: Exclude<Kind, "renew">,
    leaseId: string,
    column: string,
    optional: string[],
    read: (answer: string, call: CallResult) => Answer,
  ) {
    return new Promise<Answer>((resolve, reject) => {
      const answered = (answer: string, call: CallResult) => resolve(read(answer, call));
      this.#batch(pool).add({ kind, leaseId, column, optional, resolve: answered, reject });
    });
  }

  /** Give pools the policy of a revision; a pool that has a later one keeps it. Time passes in these pools from now on. */
  async adopt(policies: ReadonlyMap<string, PoolPolicy>): Promise<void> {
    const pools = [...policies];
    if (pools.length > 0) await asked(this.#register.knowPools([...policies.keys()]));
    for (const slice of slices(pools)) {
      for (const [pool, policy] of slice) this.#policies.set(pool, policy);
      await Promise.all(slice.map(([pool, policy]) => this.#adopt(pool, policy)));
      for (const [pool] of slice) void this.#batch(pool).pulse();
    }
  }

  /**
   * Hear from the history how far it recorded each pool: a ledger that is behind that lost something. One that has begun
   * anew since lost nothing that matters where nobody was in. To be heard before a policy is adopted: from the first call
   * on, what is known is what the ledger has.
   */
  async know(recorded: readonly (LastEvent & { pool: string; isHeld: boolean })[]): Promise<void> {
    const epochs = await asked(
      Promise.all(recorded.map(({ pool }) => this.#connections.reads.hget(this.keys.of(pool, "state"), "epoch"))),
    );
    recorded.forEach(({ pool, isHeld, epoch, number }, i) => {
      const beganAnew = Number(epochs[i] ?? Number.POSITIVE_INFINITY) > Number(epoch);
      if (isHeld || !beganAnew) this.#batch(pool).know({ epoch, number });
    });
  }

  async #adopt(pool: string, policy: PoolPolicy) {
    await asked(this.#connections.decisions.poolAdopt(this.keys.of(pool, "state"), ...encodePolicy(policy)));
  }

  /** Every pool that any register so far had: one that left it may still hold leases. */
  knownPools(): Promise<string[]> {
    return asked(this.#register.knownPools());
  }

  publication(): Promise<Publication | undefined> {
    return asked(this.#register.publication());
  }

  /**
   * Put a register in force.
   *
   * @param expectedRevision the revision that was in force when it was decided to; 0 for none
   * @returns its revision: the next one, or the one that the file asks for if that is later
   * Errors: register_stale when somebody else published meanwhile, or the file asks for an earlier revision
   */
  publish(
    next: { text: string; files: Record<string, string>; author: string; revision?: number },
    expectedRevision: number,
  ): Promise<number> {
    return asked(this.#register.publish(next, expectedRevision));
  }

  /**
   * Say by which key this daemon makes pseudonyms.
   *
   * @returns the fingerprint that the first daemon of that year said: another one counts everybody twice
   */
  agreedPseudonyms(year: number, fingerprint: string): Promise<string> {
    return asked(this.#register.agreedPseudonyms(year, fingerprint));
  }

  /**
   * Say that this daemon records what happens into that history.
   *
   * @returns another recorder that writes to another history, if one was heard of lately; then nothing was said
   */
  async joinRecorders(history: string, recorder: string, ttlMs: number): Promise<{ others?: string }> {
    const answer = this.#connections.decisions.recordersJoin(this.keys.recorders, history, recorder, ttlMs);
    const [outcome, first] = (await asked(answer)) as string[];
    return outcome === "other" ? { others: first ?? "" } : {};
  }

  /**
   * Take on telling somebody of a matter, for so long: one daemon of all has it, also when it asks again for an answer lost.
   *
   * @returns false where somebody has taken it on, or has done it
   */
  async claimNotice(id: string, forMs: number): Promise<boolean> {
    const { decisions } = this.#connections;
    const holder = await asked(decisions.set(this.keys.notice(id), this.#me, "PX", forMs, "NX", "GET"));
    return holder === null || holder === this.#me;
  }

  /** Nobody is to tell of it for so long: whoever has claimed it says so. */
  async holdNotice(id: string, forMs: number): Promise<void> {
    await asked(this.#connections.decisions.set(this.keys.notice(id), "held", "PX", forMs));
  }

  /** Told at once when another daemon publishes, as long as Redis can tell; who must know polls as well. */
  onPublication(listener: () => void): void {
    this.#register.onPublication(listener);
  }

  /** Pools that lost something, and whose borrowed and assigned seats nobody has rebuilt yet; as this daemon last heard. */
  get lost(): { pool: string; epoch: string }[] {
    return [...this.#batches].flatMap(([pool, { lostIn }]) => (lostIn === undefined ? [] : [{ pool, epoch: lostIn }]));
  }

  /** Whether some pool lost something, and listens to what runs. */
  get recovers(): boolean {
    return this.#batches.values().some(({ recovering }) => recovering);
  }

  /** Whose seats of a pool are assigned and not in use, as they are called in it. */
  async assigned(pool: string): Promise<string[]> {
    return await asked(this.#reader.assigned(pool));
  }

  /** In which pool a lease lives; asks every pool. */
  find(leaseId: string): Promise<string | undefined> {
    return asked(this.#reader.find(leaseId, [...this.#policies.keys()]));
  }

  /** Who has seats of a pool now, a few hundred at a time; `next` continues. A lease may come twice while many move. */
  leases(pool: string, cursor?: string): Promise<{ items: LiveLease[]; next?: string }> {
    return asked(this.#reader.page(pool, cursor));
  }

  /** The first few hundred of those who wait for seats of a pool, in their order. */
  waiting(pool: string): Promise<WaitingLaunch[]> {
    return asked(this.#reader.waiting(pool));
  }

  /** When the next of a pool's borrowed seats is due; none: nothing is borrowed. */
  async nextBorrowDue(pool: string): Promise<number | undefined> {
    const dated = await asked(
      this.#connections.reads.zrange(this.keys.of(pool, "dated"), "0", String(DATED_LOOKED_AT - 1), "WITHSCORES"),
    );
    const first = dated.findIndex((name, i) => i % 2 === 0 && !name.includes(":"));
    return first < 0 ? undefined : Number(dated[first + 1]);
  }

  /** What the ledger keeps of somebody beyond his leases, in every pool, by pseudonyms. */
  async traces(names: readonly string[]): Promise<Trace[]> {
    const of = new Set(names);
    const all: Trace[] = [];
    for (const pool of await this.knownPools()) {
      all.push(...(await asked(tracesIn(this.#connections.reads, this.keys, pool, of))));
    }
    return all;
  }

  levels(pools: readonly string[]): Promise<PoolLevel[]> {
    return asked(poolLevels(this.#connections.reads, this.keys, pools));
  }

  /** The newest denials of these pools, newest first; a hundred at most. They name nobody. */
  recentDenials(pools: readonly string[], most: number): Promise<LedgerEvent[]> {
    return asked(this.#denials.recent(pools, most));
  }

  /** What Redis says of itself. */
  health(): Promise<LedgerHealth> {
    return redisHealth(this.#connections.reads);
  }

  async close(): Promise<void> {
    clearInterval(this.#pulse);
    this.#confirmation.close();
    closeRedis(this.#connections);
  }
}

function* slices<Item>(items: readonly Item[]): Generator<Item[]> {
  for (let from = 0; from < items.length; from += POOLS_AT_ONCE) yield items.slice(from, from + POOLS_AT_ONCE);
}
