import { setTimeout as pause } from "node:timers/promises";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import type { Answer, News, Wire } from "./connection.ts";
import { giveBack } from "./give-back.ts";
import type { Checkout } from "./keep-alive.ts";
import type { Launch } from "./launch.ts";
import type { Person } from "./person.ts";
import { isAway, type Way } from "./route.ts";

type Decided = Exclude<Answer<"checkout">, { type: "queued" | "offered" }>;

const HEARTBEATS_PER_TTL = 3;
const CONNECT_WITHIN_MS = 5_000;

/**
 * A place in the queue of a pool, and what becomes of it. Heartbeats keep it; when the connection ends, the same checkout
 * said to whichever daemon answers finds it again.
 */
export class Waiting {
  readonly #route: Way;
  readonly #checkout: Checkout;
  readonly #line: ReturnType<Person["queue"]>;
  readonly #ended = new AbortController();
  #connection: Wire | undefined;
  #news: News | undefined;
  #wake: () => void = () => {};
  #heartbeatEveryMs = 0;
  #reconnectWithinMs = 0;

  constructor(route: Way, checkout: Checkout, line: ReturnType<Person["queue"]>) {
    this.#route = route;
    this.#checkout = checkout;
    this.#line = line;
  }

  /** From now on what the daemon says unasked is heard: to be called before the checkout is said. */
  listen(connection: Wire): void {
    this.#connection = connection;
    this.#heartbeatEveryMs = connection.welcome.heartbeatEveryMs;
    this.#reconnectWithinMs = connection.welcome.reconnectWithinMs;
    connection.onNews = (news) => {
      if (news.leaseId !== this.#checkout.leaseId || news.type === "reclaiming") return;
      this.#news = news;
      this.#wake();
    };
  }

  /**
   * @param first the checkout's first answer
   * @param interrupted settles with an exit code when the person does not want to wait any more
   * Errors: SeatmeterError where a daemon will not talk to us.
   */
  async until(first: Answer<"checkout">, waitMs: number, interrupted: Promise<number>): Promise<Launch> {
    const over = pause(waitMs, "over" as const, { signal: this.#ended.signal }).catch(() => "over" as const);
    try {
      const decided = await Promise.race([this.#decided(first), over, interrupted]);
      const connection = this.#connection;
      if (decided !== "over" && typeof decided !== "number") return this.#outcome(decided, connection!);
      this.#ended.abort();
      if (connection) await giveBack(connection, this.#checkout.leaseId);
      if (typeof decided === "number") return { outcome: "interrupted", exit: decided };
      return connection
        ? { outcome: "waited" }
        : { outcome: "undecided", why: "the connection was lost in the queue", code: "unreachable" };
    } catch (error) {
      this.#connection?.close();
      throw error;
    } finally {
      this.#ended.abort();
      this.#line.end();
    }
  }

  #outcome(decided: Decided, connection: Wire): Launch {
    connection.onNews = () => {};
    if (decided.type === "granted") return { outcome: "granted", connection, granted: decided };
    connection.close();
    if (decided.type === "denied") return { outcome: "denied", denied: decided };
    throw new SeatmeterError("internal", `The place in the queue of ${this.#checkout.leaseId} was given up elsewhere.`);
  }

  async #decided(first: Answer<"checkout">): Promise<Decided> {
    let answer: Answer<"checkout"> | undefined = first;
    for (;;) {
      this.#ended.signal.throwIfAborted();
      switch (answer?.type) {
        case "granted":
        case "denied":
        case "returned":
          return answer;
        case "queued":
          this.#line.show(answer.position);
          break;
        case "offered": {
          answer = await this.#tried((connection) => connection.ask(this.#checkout));
          // An offer that could not be taken at once; a heartbeat tells how it goes on.
          if (answer && answer.type !== "offered") continue;
          break;
        }
      }
      answer = this.#connection ? await this.#next(this.#connection) : await this.#reconnected();
    }
  }

  /** What is said of the place next: by the daemon itself, or when it is reminded that we are still here. */
  async #next(connection: Wire): Promise<Answer<"checkout"> | undefined> {
    await this.#newsWithin(this.#heartbeatEveryMs, connection);
    // Nothing is said after the place was given up.
    this.#ended.signal.throwIfAborted();
    if (this.#news === undefined && this.#connection) {
      const { leaseId } = this.#checkout;
      const alive = await this.#tried((one) => one.ask({ type: "heartbeat", leaseIds: [leaseId] }));
      if (alive) this.#heartbeatEveryMs = Math.min(this.#heartbeatEveryMs, alive.ttlMs / HEARTBEATS_PER_TTL);
      // The place was lost, while the computer slept for example.
      if (alive?.gone.includes(leaseId)) return this.#tried((one) => one.ask(this.#checkout));
    }
    const news = this.#news;
    this.#news = undefined;
    return news?.type === "reclaiming" ? undefined : news;
  }

  async #newsWithin(ms: number, connection: Wire): Promise<void> {
    if (this.#news) return;
    const heard = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    const rest = new AbortController();
    const signal = AbortSignal.any([rest.signal, this.#ended.signal]);
    await Promise.race([heard, connection.closed, pause(ms, undefined, { signal }).catch(() => {})]);
    rest.abort();
  }

  /** Spread over the time that the daemon named, so that its restart does not bring everybody back in one moment. */
  async #reconnected(): Promise<Answer<"checkout"> | undefined> {
    const { signal } = this.#ended;
    this.#line.show("unknown");
    await pause(Math.random() * this.#reconnectWithinMs, undefined, { signal });
    return this.#tried(async () => {
      const connection = await this.#route.attempt(CONNECT_WITHIN_MS, { signal });
      if (signal.aborted) {
        connection.close();
        signal.throwIfAborted();
      }
      this.listen(connection);
      return connection.ask(this.#checkout);
    });
  }

  /** @returns nothing where nobody could answer; without an answer to a question the connection is no good any more */
  async #tried<Said>(question: (connection: Wire) => Promise<Said>): Promise<Said | undefined> {
    try {
      return await question(this.#connection!);
    } catch (error) {
      if (!(error instanceof SeatmeterError) || !isAway(error.code)) throw error;
      if (error.code === "unreachable") {
        this.#connection?.close();
        this.#connection = undefined;
      }
      return undefined;
    }
  }
}
