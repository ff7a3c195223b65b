import { setTimeout as pause } from "node:timers/promises";
import { DENIALS } from "../daemon/domain/denials.ts";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import type { FromDaemon, Message, ToDaemon } from "../daemon/protocol/messages.ts";
import { Connection, type Introduction } from "./connection.ts";
import type { FleetCounts } from "./fleet-counts.ts";
import type { Operation } from "./history-checker.ts";
import { newLeaseId } from "./lease-id.ts";
import { randomWait } from "./random.ts";
import { isAway } from "./route.ts";

/** What the shims of a fleet have in common. */
export interface Fleet {
  addresses: readonly URL[];
  product: string;
  /** Between two launches, and from a launch to its end, on average. */
  thinkMs: number;
  holdMs: number;
  counts: FleetCounts;
  /** Waits while there is no room to write it down. */
  record(operation: Omit<Operation, "line">): Promise<void>;
  /** Told of each answer to a checkout that says which pool it is about. */
  answered(answer: Message<"granted"> | Message<"denied">): void;
  /** No launches any more: what is held is given back. */
  over: AbortSignal;
  /** Nothing any more. */
  ended: AbortSignal;
}

type Request = Exclude<ToDaemon, { type: "hello" }>;

const ANSWER_WITHIN_MS = 5_000;
const LEAST_PAUSE_MS = 50;
const UNTOLD_RECONNECT_MS = 1_000;

/**
 * One person at one computer of a simulated fleet: launches, works, ends, over a WebSocket of its own, and writes down
 * what was answered. It behaves as the real shim does: the same lease id until an answer has come, and again after each
 * lost connection.
 */
export class SimulatedShim {
  readonly #fleet: Fleet;
  readonly #introduction: Introduction;
  readonly #user: string;
  readonly #random: () => number;
  #connection: Connection | undefined;
  #addresses = 0;
  #reconnectWithinMs = UNTOLD_RECONNECT_MS;
  #heartbeatEveryMs = 0;

  constructor(
    fleet: Fleet,
    { user, introduction }: { user: string; introduction: Introduction },
    random: () => number,
  ) {
    this.#fleet = fleet;
    this.#introduction = introduction;
    this.#user = user;
    this.#random = random;
  }

  /**
   * @param startWithinMs the first launch comes at a random moment of it
   * Errors: SeatmeterError where the daemon denies for another reason than want of seats, or does not let us in.
   */
  async run(startWithinMs: number): Promise<void> {
    const { over, ended, thinkMs, holdMs } = this.#fleet;
    try {
      await this.#pause(this.#random() * startWithinMs, over);
      while (!over.aborted) {
        const leaseId = newLeaseId();
        if (await this.#take(leaseId, false)) {
          this.#fleet.counts.holds(1);
          const kept = await this.#hold(leaseId, randomWait(this.#random, holdMs)).finally(() =>
            this.#fleet.counts.holds(-1),
          );
          if (kept) await this.#giveBack(leaseId);
        }
        await this.#pause(randomWait(this.#random, thinkMs), over);
      }
    } catch (error) {
      if (!ended.aborted) throw error;
    } finally {
      this.#connection?.close();
    }
  }

  /** Ask until there is an answer. @returns whether it holds the lease now */
  async #take(leaseId: string, alreadyRunning: boolean): Promise<boolean> {
    const { product } = this.#fleet;
    const request = { type: "checkout" as const, leaseId, product, user: this.#user, alreadyRunning };
    for (;;) {
      const answer = await this.#ask("checkout", leaseId, request);
      if (answer?.type === "granted") {
        this.#heartbeatEveryMs = answer.heartbeatEveryMs;
        this.#fleet.answered(answer);
        return true;
      }
      if (answer?.type === "denied") {
        this.#fleet.answered(answer);
        if (wantsSeats(answer)) return false;
        throw new SeatmeterError(answer.reason === "product_unknown" ? "not_found" : "forbidden", answer.message);
      }
      if (answer) return false;
      await this.#breathe();
    }
  }

  /** Heartbeats until the work is done. @returns whether there is a lease to give back */
  async #hold(leaseId: string, forMs: number): Promise<boolean> {
    const { over } = this.#fleet;
    const untilMs = performance.now() + forMs;
    for (;;) {
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0 || over.aborted) return true;
      await this.#pause(Math.min(leftMs, this.#heartbeatEveryMs), over, this.#connection?.closed);
      if (over.aborted || performance.now() >= untilMs) return true;
      // As the shim does: its program runs, and nobody else should wait for it.
      if (!this.#connection) await this.#pause(this.#random() * this.#reconnectWithinMs, over);
      if (!(await this.#renew(leaseId)) && !(await this.#take(leaseId, true))) return false;
    }
  }

  /** @returns false where the lease must be asked for again: it is gone, or the answer was lost with the connection */
  async #renew(leaseId: string): Promise<boolean> {
    // A new connection begins with the checkout said again, as the shim's does.
    if (!this.#connection) return false;
    const answer = await this.#ask("heartbeat", leaseId, { type: "heartbeat", leaseIds: [leaseId] });
    return answer?.type === "alive" && answer.gone.length === 0;
  }

  async #giveBack(leaseId: string): Promise<void> {
    while (!(await this.#ask("checkin", leaseId, { type: "checkin", leaseId }))) await this.#breathe();
  }

  /** One question and its record. @returns the answer; "lost" where the lease is unknown; nothing where none came */
  async #ask(op: Operation["op"], lease: string, request: Request): Promise<FromDaemon | { type: "lost" } | undefined> {
    const connection = await this.#connected();
    const t0 = monotonicMs();
    try {
      const answer: FromDaemon = await connection.ask(request, 1, ANSWER_WITHIN_MS);
      const res = resultOf(op, answer);
      const flags = answer.type === "granted" && answer.flags.length > 0 ? { flags: answer.flags } : {};
      if (res) await this.#record({ op, lease, t0, t1: monotonicMs(), res, ...flags });
      return answer;
    } catch (error) {
      if (!(error instanceof SeatmeterError)) throw error;
      const t1 = monotonicMs();
      const unknownLease = error.code === "lease_unknown";
      await this.#record({ op, lease, t0, t1, res: unknownLease ? "lost" : "unknown" });
      if (unknownLease) return { type: "lost" };
      if (!isAway(error.code)) throw error;
      this.#fleet.counts.firstFailure ??= error.message;
      // The daemon may be there still, only without its ledger; a question without an answer is another matter.
      if (error.code === "unreachable") this.#disconnect(connection);
      return undefined;
    }
  }

  async #record(operation: Omit<Operation, "line">) {
    this.#fleet.counts.count(operation);
    await this.#fleet.record(operation);
  }

  async #connected(): Promise<Connection> {
    while (!this.#connection) {
      if (!(await this.#reach())) await this.#breathe();
    }
    return this.#connection;
  }

  /** Try each address once, as the shim does. */
  async #reach(): Promise<boolean> {
    const { addresses, counts, ended } = this.#fleet;
    for (let left = addresses.length; left > 0; left--) {
      const address = addresses[this.#addresses++ % addresses.length]!;
      try {
        const connection = await Connection.open(address, this.#introduction, ANSWER_WITHIN_MS, { signal: ended });
        this.#reconnectWithinMs = connection.welcome.reconnectWithinMs;
        this.#connection = connection;
        void connection.closed.then(() => this.#disconnect(connection));
        return true;
      } catch (error) {
        if (!(error instanceof SeatmeterError) || !(isAway(error.code) || error.retry)) throw error;
        counts.firstFailure ??= error.message;
        ended.throwIfAborted();
      }
    }
    return false;
  }

  #disconnect(connection: Connection) {
    connection.close();
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    if (!this.#fleet.over.aborted) this.#fleet.counts.reconnects += 1;
  }

  /** Spread over the time that the daemon named, so that its restart does not bring everybody back in one moment. */
  async #breathe(): Promise<void> {
    const { ended } = this.#fleet;
    await this.#pause(LEAST_PAUSE_MS + this.#random() * this.#reconnectWithinMs, ended);
    ended.throwIfAborted();
  }

  async #pause(ms: number, signal: AbortSignal, orUntil?: Promise<void>): Promise<void> {
    const slept = pause(ms, undefined, { signal }).catch(() => {});
    await (orUntil ? Promise.race([slept, orUntil]) : slept);
  }
}

/** A denial for another reason than want of seats in the pool says nothing of them, so it is no part of the record. */
function resultOf(op: Operation["op"], answer: FromDaemon): Operation["res"] | undefined {
  if (answer.type === "denied") return answer.reason === "no_seats" ? "full" : undefined;
  if (answer.type === "alive") return answer.gone.length > 0 ? "lost" : "ok";
  // Neither held nor denied: it did not ask to wait, so a sound daemon says neither.
  if (answer.type === "queued" || answer.type === "offered") return undefined;
  // A checkout said again after its checkin takes nothing.
  return op === "checkout" && answer.type === "returned" ? "lost" : "ok";
}

const wantsSeats = ({ reason }: Message<"denied">) => DENIALS[reason]?.seats ?? false;

/** The computer's clock, the same in every process: whoever pauses a service in a test can add when to the log. */
const monotonicMs = () => Number(process.hrtime.bigint() / 1000n) / 1000;
