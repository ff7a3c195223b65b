import { setTimeout as pause } from "node:timers/promises";
import { newLeaseId } from "./lease-id.ts";
import type { ReplayDevices } from "./replay-devices.ts";
import type { Act, Part, Plan } from "./replay-plan.ts";
import type { Named } from "./replay-register.ts";

/** What became of one feature's launches. */
export interface Outcome {
  launches: number;
  granted: number;
  denied: number;
  /** By reason: `no_seats`. */
  denials: Record<string, number>;
}

/** Timers take no more. */
const LONGEST_PAUSE_MS = 2 ** 31 - 1;

/**
 * Plays a log against a daemon. Each feature's lines are asked one after the other, each when the one before has been
 * answered: only so do they reach the ledger in the log's order, for they come over many connections. Features do not
 * wait for each other.
 */
export class ReplayPlayer {
  readonly outcomes = new Map<string, Outcome>();
  acted = 0;
  readonly #plan: Plan;
  readonly #devices: ReplayDevices;
  /** Times the log's own speed; infinite: as fast as answers come. */
  readonly #speed: number;
  readonly #stopped: AbortSignal;
  readonly #began = performance.now();

  constructor(plan: Plan, devices: ReplayDevices, speed: number, stopped: AbortSignal) {
    this.#plan = plan;
    this.#devices = devices;
    this.#speed = speed;
    this.#stopped = stopped;
  }

  /** Resolves when every lease is given back, also where it is stopped before the log's end. Errors: as ReplayDevices. */
  async play(names: readonly Named[]): Promise<void> {
    const products = new Map(names.map(({ feature, product }) => [feature, product]));
    await Promise.all(this.#plan.parts.map((part) => this.#playPart(part, products.get(part.feature)!)));
  }

  async #playPart({ feature, acts }: Part, product: string) {
    const outcome: Outcome = { launches: 0, granted: 0, denied: 0, denials: {} };
    this.outcomes.set(feature, outcome);
    const leases = new Map<number, string>();
    for (const act of acts) {
      await this.#until(act.atMs);
      const { number, host } = act.session;
      if (act.does === "checkin") {
        const leaseId = leases.get(number);
        leases.delete(number);
        if (leaseId !== undefined) await this.#devices.checkin(host, leaseId);
      } else if (!this.#stopped.aborted) {
        const leaseId = await this.#launch(act, product, outcome);
        if (leaseId !== undefined) leases.set(number, leaseId);
      }
      this.acted += 1;
    }
  }

  /** @returns the lease, if it was granted */
  async #launch({ session }: Act, product: string, outcome: Outcome): Promise<string | undefined> {
    const { host, user, seats } = session;
    const leaseId = newLeaseId();
    outcome.launches += 1;
    const answer = await this.#devices.checkout(host, { leaseId, product, user, seats });
    if (answer.type === "granted") {
      outcome.granted += 1;
      return leaseId;
    }
    outcome.denied += 1;
    outcome.denials[answer.reason] = (outcome.denials[answer.reason] ?? 0) + 1;
    return undefined;
  }

  async #until(atMs: number) {
    if (this.#speed === Number.POSITIVE_INFINITY) return;
    const dueMs = this.#began + (atMs - this.#plan.firstMs) / this.#speed;
    for (
      let leftMs = dueMs - performance.now();
      leftMs > 0 && !this.#stopped.aborted;
      leftMs = dueMs - performance.now()
    ) {
      await pause(Math.min(leftMs, LONGEST_PAUSE_MS), undefined, { signal: this.#stopped }).catch(() => {});
    }
  }
}
