import { DENIALS, type DenialReason, type EndReason } from "../domain/denials.ts";
import { SeatmeterError } from "../domain/errors.ts";
import { folded, NO_POOL } from "../domain/names.ts";
import type { InForce, Product } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import type { CheckoutAnswer } from "../ledger/answers.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Pseudonyms } from "../privacy/pseudonyms.ts";
import type { Checkin, Checkout, Message } from "../protocol/messages.ts";
import { type Asked, type Asker, read, requestOf } from "./asked.ts";
import { deniedMessage } from "./denied.ts";
import { type ExplainQuestion, type Explanation, explain } from "./explanations.ts";
import { HolderLists } from "./holder-lists.ts";
import { KnownLeases, type UnderWay } from "./known-leases.ts";

export type { Asker } from "./asked.ts";

/** Told of every answer, for the metrics. */
export interface LaunchCounters {
  /** @param seconds from the question to the answer */
  checkout(pool: string, outcome: "granted" | "denied", seconds: number): void;
  denial(pool: string, reason: DenialReason): void;
  ended(pool: string, why: EndReason): void;
  heartbeats(pool: string, count: number): void;
}

export type LaunchLedger = Pick<Ledger, "checkout" | "checkin" | "renew" | "find" | "leases" | "levels">;

export interface CheckoutResult {
  /** What the shim keeps about the product, said before the answer; the same object as long as it says the same. */
  policy: Message<"policy"> | undefined;
  answer: Message<"granted"> | Message<"denied"> | Message<"returned">;
}

/**
 * What happens to a launch from its question to its answer, through whichever door it came: which product, from where,
 * who may, which pool. The ledger alone decides about seats. Errors of all: not_holder, ledger_unavailable.
 */
export class Launches {
  readonly #ledger: LaunchLedger;
  readonly #inForce: () => InForce;
  readonly #pseudonyms: Pseudonyms;
  readonly #counters: LaunchCounters;
  readonly #now: () => number;
  readonly #known: KnownLeases;
  readonly #holders: HolderLists;

  constructor(parts: {
    ledger: LaunchLedger;
    inForce: () => InForce;
    pseudonyms: Pseudonyms;
    counters: LaunchCounters;
    now?: () => number;
  }) {
    this.#ledger = parts.ledger;
    this.#inForce = parts.inForce;
    this.#pseudonyms = parts.pseudonyms;
    this.#counters = parts.counters;
    this.#now = parts.now ?? Date.now;
    this.#known = new KnownLeases((pool) => indexOf(this.#inForce().register).leaseOf(pool).ttlMs, this.#now);
    this.#holders = new HolderLists(parts.ledger);
  }

  siteOf(address: string): string {
    return indexOf(this.#inForce().register).siteOf(address);
  }

  /** Errors also: too_many_leases. A denial is an answer. */
  checkout(asker: Asker, message: Checkout): Promise<CheckoutResult> {
    const underWay: UnderWay = {};
    const decided = this.#decide(asker, message, underWay);
    underWay.answer = decided;
    return decided;
  }

  /** All in one function: each that waits for another costs a launch as much as reading its message. */
  async #decide(asker: Asker, message: Checkout, underWay: UnderWay): Promise<CheckoutResult> {
    const began = performance.now();
    const { leaseId, alreadyRunning } = message;
    const asked = read(this.#inForce().register, asker, message, this.#now());
    const isNew = this.#admit(asked, underWay);
    try {
      const lives = this.#known.poolsOf(leaseId) ?? (alreadyRunning ? await this.#sought(leaseId) : undefined);
      const pools = lives ? [...lives] : [firstPool(asked)];
      let answer = await this.#askLast(asked, pools);
      while (answer.outcome === "passed") {
        // Notes of different registers may lead in a circle; then every pool in it has denied.
        const inCircle = pools.includes(answer.next);
        if (!inCircle) pools.push(answer.next);
        answer = inCircle ? NO_SEATS : await this.#askLast(asked, pools);
      }
      const pool = pools.at(-1) as string;
      if (answer.outcome === "not_holder") throw notHolder(leaseId);
      if (answer.outcome === "granted") {
        this.#known.hold(leaseId, asked.countsFor, pools);
        if (pools.length > 1) this.#renewNotes(pools.slice(0, -1), leaseId, asked.holder);
      } else this.#known.forget(leaseId);
      this.#count(pool, answer, began);
      const holders = answer.outcome === "denied" ? await this.#holdersShown(asked, answer.reason, pool) : undefined;
      return { policy: policyOf(asked), answer: told(asked, answer, pools, holders) };
    } catch (error) {
      if (isNew) this.#known.forget(leaseId);
      throw error;
    } finally {
      this.#known.answered(leaseId, underWay);
    }
  }

  /**
   * Renew leases. One whose pool was not the first asked is renewed there too, for the note that leads to it must live
   * as long as it does.
   */
  async heartbeat(asker: Asker, leaseIds: readonly string[]): Promise<Message<"alive">> {
    const holder = folded(asker.device);
    const renewed = await Promise.all(leaseIds.map((leaseId) => this.#renew(leaseId, holder)));
    const others = renewed.findIndex(({ answer }) => answer === "not_holder");
    if (others >= 0) throw notHolder(leaseIds[others] as string, "leaseIds");
    const index = indexOf(this.#inForce().register);
    return {
      type: "alive",
      ttlMs: Math.min(...renewed.map(({ pool }) => index.leaseOf(pool).ttlMs)),
      gone: leaseIds.filter((_, i) => renewed[i]?.answer === "gone"),
    };
  }

  /** Errors also: lease_unknown. One that ended a while ago is answered `returned`, so that a checkin may be repeated. */
  async checkin(asker: Asker, leaseId: string, why?: Checkin["why"]): Promise<Message<"returned">> {
    // Who gives up a launch says so before it is answered; where the seat is, or whether, is known after that.
    const underWay = this.#known.underWay(leaseId);
    if (underWay) await underWay.answer?.catch(() => {});
    const pool = (this.#known.poolsOf(leaseId) ?? (await this.#sought(leaseId)))?.at(-1);
    if (pool === undefined) {
      throw new SeatmeterError("lease_unknown", `no pool knows the lease ${leaseId}`, { field: "leaseId" });
    }
    const ended = why ?? "checked_in";
    const answer = await this.#ledger.checkin(pool, leaseId, folded(asker.device), ended);
    if (answer === "not_holder") throw notHolder(leaseId);
    this.#known.forget(leaseId);
    if (answer === "returned") this.#counters.ended(pool, ended);
    return { type: "returned", leaseId };
  }

  /** Would it be granted now, and which rule decides? Takes no seat. */
  explain(question: ExplainQuestion): Promise<Explanation> {
    return explain(this.#ledger, this.#inForce().register, question, this.#now());
  }

  /** @returns whether the lease is new here. It counts from now on, since many may be asked for at once. */
  #admit({ register, message, device, countsFor }: Asked, underWay: UnderWay): boolean {
    const most = register.limits.leasesPerDevice;
    if (!this.#known.admits(message.leaseId, countsFor, most)) {
      throw new SeatmeterError(
        "too_many_leases",
        `${device} has ${most} leases, which is limits.leasesPerDevice; give one back first`,
      );
    }
    return this.#known.ask(message.leaseId, countsFor, underWay);
  }

  #askLast(asked: Asked, pools: readonly string[]): Promise<CheckoutAnswer> {
    return this.#ledger.checkout(pools.at(-1) as string, requestOf(asked, pools, this.#pseudonyms));
  }

  async #holdersShown({ register }: Asked, reason: DenialReason, pool: string) {
    if (!DENIALS[reason].seats || !register.pools[pool]?.showHolders) return undefined;
    // It is denied already, whether or not the list can be read.
    return this.#holders.of(pool).catch(() => undefined);
  }

  #count(pool: string, answer: Answered, began: number) {
    if (answer.outcome === "returned") return;
    const counted = answer.outcome === "denied" && answer.reason === "product_unknown" ? NO_POOL : pool;
    this.#counters.checkout(counted, answer.outcome, (performance.now() - began) / 1000);
    if (answer.outcome === "denied") this.#counters.denial(counted, answer.reason);
  }

  async #renew(leaseId: string, holder: string) {
    const pools = this.#known.poolsOf(leaseId) ?? (await this.#sought(leaseId));
    const pool = pools?.at(-1);
    if (!pools || pool === undefined) return { pool: NO_POOL, answer: "gone" as const };
    this.#renewNotes(pools.slice(0, -1), leaseId, holder);
    const answer = await this.#ledger.renew(pool, leaseId, holder);
    if (answer === "alive") {
      this.#known.hold(leaseId, holder, pools);
      this.#counters.heartbeats(pool, 1);
    } else if (answer === "gone") this.#known.forget(leaseId);
    return { pool, answer };
  }

  /** A note must live as long as the lease that it leads to. What becomes of it now does not matter to anybody. */
  #renewNotes(pools: readonly string[], leaseId: string, holder: string) {
    for (const pool of pools) void this.#ledger.renew(pool, leaseId, holder).catch(() => {});
  }

  /**
   * The pools that a lease unknown here was asked of, after a restart for instance. The ledger tells the last one, where
   * it lives, and notes may lie in all that products ask before it.
   */
  async #sought(leaseId: string): Promise<readonly string[] | undefined> {
    const pool = await this.#ledger.find(leaseId);
    if (pool === undefined) return undefined;
    const products = Object.values(this.#inForce().register.products);
    const before = products.flatMap(({ pools }) => (pools.includes(pool) ? pools.slice(0, pools.indexOf(pool)) : []));
    return [...new Set(before), pool];
  }
}

type Answered = Exclude<CheckoutAnswer, { outcome: "passed" | "not_holder" }>;
const NO_SEATS: Answered = { outcome: "denied", reason: "no_seats" };

const notHolder = (leaseId: string, field = "leaseId") =>
  new SeatmeterError("not_holder", `the lease ${leaseId} is held by another device`, { field, leaseId });

/**
 * Where a lease is asked for that does not live yet: one that lives is asked for there, even where its product has other
 * pools by now or is gone, so that it takes no second seat.
 */
const firstPool = ({ register, product }: Asked) =>
  (product !== undefined && register.products[product]?.pools[0]) || NO_POOL;

function told(
  asked: Asked,
  answer: Answered,
  pools: readonly string[],
  holders: Message<"denied">["holders"],
): CheckoutResult["answer"] {
  const { leaseId } = asked.message;
  const pool = pools.at(-1) as string;
  if (answer.outcome === "returned") return { type: "returned", leaseId };
  if (answer.outcome === "denied") return deniedMessage(asked, answer.reason, pools, holders);
  const { ttlMs, heartbeatEveryMs } = indexOf(asked.register).leaseOf(pool);
  const { site, seats, flags } = answer;
  return { type: "granted", leaseId, pool, site, seats, ttlMs, heartbeatEveryMs, flags };
}

/** By the product of a register, for as long as that is in force. */
const policies = new WeakMap<Product, Message<"policy">>();

function policyOf({ register, product }: Asked): Message<"policy"> | undefined {
  const known = product === undefined ? undefined : register.products[product];
  if (product === undefined || !known) return undefined;
  let policy = policies.get(known);
  if (!policy) {
    const { executables, whenUnreachable } = known;
    policy = { type: "policy", products: [{ product, executables, whenUnreachable }] };
    policies.set(known, policy);
  }
  return policy;
}
