import type { TicketKeys } from "../access/ticket-keys.ts";
import type { DenialReason, EndReason } from "../domain/denials.ts";
import { SeatmeterError } from "../domain/errors.ts";
import { folded, NO_POOL } from "../domain/names.ts";
import type { InForce } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import type { CheckoutAnswer, RenewAnswer } from "../ledger/answers.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { rebuiltHolder } from "../ledger/rebuilt.ts";
import type { Outcome } from "../metrics/table.ts";
import type { Pseudonyms } from "../privacy/pseudonyms.ts";
import type { Checkin, Checkout, Journal, Message } from "../protocol/messages.ts";
import { type Asked, type Asker, firstPool, poolAskedNow, read, requestOf, type Way } from "./asked.ts";
import { type ExplainQuestion, type Explanation, explain } from "./explanations.ts";
import type { RefusedComputers } from "./incidents.ts";
import { Journals, type Taken } from "./journals.ts";
import { KnownLeases, type UnderWay } from "./known-leases.ts";
import { reclaimingMessage, type Standing, standingMessage } from "./standings.ts";
import { type Answered, type Granted, grantedMessage, Tellings, type Told } from "./tellings.ts";
import { productPolicy } from "./welcome.ts";

export type { Asker } from "./asked.ts";

/** Told of every answer, for the metrics. */
export interface LaunchCounters {
  /** @param seconds from the question to the answer */
  checkout(pool: string, outcome: Outcome, seconds: number): void;
  denial(pool: string, reason: DenialReason): void;
  ended(pool: string, why: EndReason): void;
  heartbeats(pool: string, count: number): void;
  /** The ledger first heard of a program when it ran already, or had ended. */
  ungoverned(): void;
}

export type LaunchLedger = Pick<
  Ledger,
  "checkout" | "checkin" | "renew" | "act" | "explain" | "journal" | "find" | "leases" | "nextBorrowDue"
> &
  Partial<Pick<Ledger, "recovers">>;

export interface CheckoutResult {
  /** What the shim keeps about the product, said before the answer; the same object as long as it says the same. */
  policy: Message<"policy"> | undefined;
  answer: Told;
}

/** The answer to a heartbeat, and what else is to be said of its leases. */
export interface Heard {
  alive: Message<"alive">;
  more: Standing[];
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
  readonly #denied: RefusedComputers["denied"] | undefined;
  readonly #now: () => number;
  readonly #known: KnownLeases;
  readonly #tellings: Tellings;
  readonly #journals: Journals;

  constructor(parts: {
    ledger: LaunchLedger;
    inForce: () => InForce;
    pseudonyms: Pseudonyms;
    tickets: TicketKeys;
    counters: LaunchCounters;
    /** Told of every denial, for incidents. */
    denied?: RefusedComputers["denied"];
    now?: () => number;
  }) {
    this.#ledger = parts.ledger;
    this.#inForce = parts.inForce;
    this.#pseudonyms = parts.pseudonyms;
    this.#counters = parts.counters;
    this.#denied = parts.denied;
    this.#now = parts.now ?? Date.now;
    this.#known = new KnownLeases((pool) => indexOf(this.#inForce().register).leaseOf(pool).ttlMs, this.#now);
    this.#tellings = new Tellings(parts.ledger, parts.tickets);
    this.#journals = new Journals({
      ...{ ledger: parts.ledger, inForce: parts.inForce, pseudonyms: parts.pseudonyms, now: this.#now },
      poolOf: async (leaseId) => (this.#known.poolsOf(leaseId) ?? (await this.#sought(leaseId)))?.at(-1),
      onUngoverned: () => parts.counters.ungoverned(),
    });
  }

  siteOf(address: string): string {
    return indexOf(this.#inForce().register).siteOf(address);
  }

  /** For which device a lease counts, folded; undefined where this daemon has not heard of it. */
  deviceOf(leaseId: string): string | undefined {
    return this.#known.deviceOf(leaseId);
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
      const way = { pools, back: false };
      let answer = await this.#ask(asked, way);
      while (answer.outcome === "passed") {
        // The first is asked again by who may wait there. Notes of different registers may lead in any other circle; then
        // every pool in it has denied.
        const inCircle = pools.includes(answer.next);
        if (inCircle && (way.back || answer.next !== pools[0])) answer = NO_SEATS;
        else {
          if (inCircle) way.back = true;
          else pools.push(answer.next);
          answer = await this.#ask(asked, way);
        }
      }
      if (way.back) pools.splice(0, pools.length, pools[0] as string);
      const pool = pools.at(-1) as string;
      if (answer.outcome === "not_holder") throw notHolder(leaseId);
      if (answer.outcome === "granted" || answer.outcome === "queued") {
        this.#known.hold(leaseId, asked.countsFor, pools);
        if (pools.length > 1) this.#renewNotes(pools.slice(0, -1), leaseId, asked.holder);
      } else this.#known.forget(leaseId);
      this.#count(pool, answer, began);
      if (answer.outcome === "denied") this.#denied?.(asked, pool, answer.reason);
      if (alreadyRunning && !lives && answer.outcome === "granted") this.#counters.ungoverned();
      // The plain answer without another promise: each that waits for another costs a launch.
      const isPlain = answer.outcome === "granted" && answer.borrowedUntilMs === undefined;
      const told = isPlain
        ? grantedMessage(asked, answer as Granted, pool)
        : await this.#tellings.of(asked, answer, pools);
      return { policy: policyOf(asked), answer: told };
    } catch (error) {
      if (isNew) this.#known.forget(leaseId);
      throw error;
    } finally {
      this.#known.answered(leaseId, underWay);
    }
  }

  /**
   * Renew leases, and the places of those who wait. One whose pool was not the first asked is renewed there too, for the
   * note that leads to it must live as long as it does.
   *
   * @param idleMs for how long nobody has worked with it, by lease
   */
  async heartbeat(asker: Asker, leaseIds: readonly string[], idleMs: Record<string, number> = {}): Promise<Heard> {
    const renewed = await Promise.all(leaseIds.map((leaseId) => this.#renew(leaseId, asker.device, idleMs[leaseId])));
    const others = renewed.findIndex(({ answer }) => answer.outcome === "not_holder");
    if (others >= 0) throw notHolder(leaseIds[others] as string, "leaseIds");
    const index = indexOf(this.#inForce().register);
    return {
      alive: {
        type: "alive",
        ttlMs: Math.min(...renewed.map(({ pool }) => index.leaseOf(pool).ttlMs)),
        gone: leaseIds.filter((_, i) => renewed[i]?.answer.outcome === "gone"),
      },
      more: renewed.flatMap(({ pool, answer }, i) => standingMessage(leaseIds[i] as string, pool, answer) ?? []),
    };
  }

  /** Errors also: lease_unknown. One that ended a while ago is answered `returned`, so that a checkin may be repeated. */
  async checkin(asker: Asker, leaseId: string, why?: Checkin["why"]): Promise<Message<"returned">> {
    // Who gives up a launch says so before it is answered; where the seat is, or whether, is known after that.
    const underWay = this.#known.underWay(leaseId);
    if (underWay) await underWay.answer?.catch(() => {});
    const pool = await this.#poolOf(leaseId);
    const ended = why ?? "checked_in";
    const checkin = (holder: string) => this.#ledger.checkin(pool, leaseId, holder, ended);
    const answer = await this.#asHolder(asker.device, checkin, (answered) => answered === "not_holder");
    if (answer === "not_holder") throw notHolder(leaseId);
    this.#known.forget(leaseId);
    if (answer === "returned") this.#counters.ended(pool, ended);
    return { type: "returned", leaseId };
  }

  /** The person still needs the seat. Errors also: lease_unknown, where nothing is about to be reclaimed. */
  async postpone(asker: Asker, leaseId: string): Promise<Message<"reclaiming">> {
    const pool = await this.#poolOf(leaseId);
    const answer = await this.#ledger.act(pool, leaseId, { order: "postpone", holder: folded(asker.device) });
    if (answer.outcome === "not_holder") throw notHolder(leaseId);
    if (answer.outcome === "reclaiming") return reclaimingMessage(leaseId, answer);
    throw new SeatmeterError("lease_unknown", `nobody is about to reclaim the lease ${leaseId}`, { field: "leaseId" });
  }

  /** What programs used while nobody could be asked, and that have ended since. */
  async journal(asker: Asker, journal: Journal): Promise<Taken> {
    const taken = await this.#journals.take(asker, journal);
    for (const { id } of journal.entries) this.#known.forget(id);
    return taken;
  }

  /** How it stands with somebody who waits in the pool; nothing: he waits no longer. */
  async standing(pool: string, leaseId: string): Promise<Message<"queued"> | Message<"offered"> | undefined> {
    const answer = await this.#ledger.act(pool, leaseId, { order: "look" });
    if (answer.outcome !== "queued" && answer.outcome !== "offered") return undefined;
    return standingMessage(leaseId, pool, answer) as Message<"queued"> | Message<"offered">;
  }

  /** Would it be granted now, and which rule decides? Takes no seat. */
  explain(question: ExplainQuestion): Promise<Explanation> {
    return explain(this.#ledger, this.#inForce().register, this.#pseudonyms, question, this.#now());
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

  #ask(asked: Asked, way: Way): Promise<CheckoutAnswer> {
    return this.#ledger.checkout(poolAskedNow(way), requestOf(asked, way, this.#pseudonyms));
  }

  /** Errors: lease_unknown. */
  async #poolOf(leaseId: string): Promise<string> {
    const pool = (this.#known.poolsOf(leaseId) ?? (await this.#sought(leaseId)))?.at(-1);
    if (pool !== undefined) return pool;
    // A seat that is borrowed is unknown until it is rebuilt, and its ticket must not be thrown away for that.
    if (this.#ledger.recovers) {
      const why = `the ledger lost a part of what it knew, perhaps the lease ${leaseId}; ask again in a moment`;
      throw new SeatmeterError("ledger_recovering", why, { field: "leaseId" });
    }
    throw new SeatmeterError("lease_unknown", `no pool knows the lease ${leaseId}`, { field: "leaseId" });
  }

  #count(pool: string, answer: Answered, began: number) {
    if (answer.outcome === "returned") return;
    const counted = answer.outcome === "denied" && answer.reason === "product_unknown" ? NO_POOL : pool;
    const observed = answer.outcome === "granted" && answer.flags.includes("observed");
    this.#counters.checkout(counted, observed ? "observed" : answer.outcome, (performance.now() - began) / 1000);
    if (answer.outcome === "denied") this.#counters.denial(counted, answer.reason);
  }

  async #renew(leaseId: string, device: string, idleMs: number | undefined) {
    const holder = folded(device);
    const pools = this.#known.poolsOf(leaseId) ?? (await this.#sought(leaseId));
    const pool = pools?.at(-1);
    if (!pools || pool === undefined) return { pool: NO_POOL, answer: { outcome: "gone" as const } };
    this.#renewNotes(pools.slice(0, -1), leaseId, holder);
    const renew = (holder: string) => this.#ledger.renew(pool, leaseId, holder);
    const answer = await this.#asHolder(device, renew, ({ outcome }) => outcome === "not_holder");
    if (answer.outcome === "gone") this.#known.forget(leaseId);
    else if (answer.outcome !== "not_holder") {
      this.#known.hold(leaseId, holder, pools);
      this.#counters.heartbeats(pool, 1);
    }
    return { pool, answer: idleMs === undefined ? answer : await this.#idle(pool, leaseId, answer, idleMs) };
  }

  /** A lease that was rebuilt from the history has its computer's pseudonym, of whichever year, until that one speaks of it. */
  async #asHolder<Answer>(
    device: string,
    ask: (holder: string) => Promise<Answer>,
    isAnothers: (answer: Answer) => boolean,
  ): Promise<Answer> {
    const answer = await ask(folded(device));
    if (!isAnothers(answer)) return answer;
    for (const pseudonym of this.#pseudonyms.ofAllYears("device", device)) {
      const rebuilt = await ask(rebuiltHolder(pseudonym));
      if (!isAnothers(rebuilt)) return rebuilt;
    }
    return answer;
  }

  /** A seat that nobody works with is reclaimed, where the pool says so; one that somebody works with again is not. */
  async #idle(pool: string, leaseId: string, answer: RenewAnswer, idleMs: number): Promise<RenewAnswer> {
    const rule = this.#inForce().register.pools[pool]?.idle;
    const isReclaimed = answer.outcome === "reclaiming" && answer.why === "reclaimed_idle";
    if (isReclaimed && (!rule?.reclaims || idleMs < rule.afterMs)) {
      await this.#ledger.act(pool, leaseId, { order: "spare", why: "reclaimed_idle" });
      return { outcome: "alive" };
    }
    if (!rule?.reclaims || idleMs < rule.afterMs || answer.outcome !== "alive") return answer;
    const order = { order: "reclaim", why: "reclaimed_idle", graceMs: rule.countdownMs, postponable: true } as const;
    const reclaim = await this.#ledger.act(pool, leaseId, order);
    return reclaim.outcome === "reclaiming" ? reclaim : answer;
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

const NO_SEATS: Answered = { outcome: "denied", reason: "no_seats", rule: "entitlements" };

const notHolder = (leaseId: string, field = "leaseId") =>
  new SeatmeterError("not_holder", `the lease ${leaseId} is held by another device`, { field, leaseId });

const policyOf = ({ register, product }: Asked) =>
  product !== undefined && register.products[product] ? productPolicy(register, product) : undefined;
