import { setTimeout as pause } from "node:timers/promises";
import { SeatmeterError } from "../../daemon/domain/errors.ts";
import type { Connection, Purpose, Wire } from "../connection.ts";
import type { Route, Way } from "../route.ts";
import { Heartbeats } from "./heartbeats.ts";

const CONNECT_WITHIN_MS = 5_000;
/** Until a daemon has told its own. */
const UNTOLD_RECONNECT_MS = 10_000;
/** A daemon pings every two minutes; after so long without a sign it is asked for one. */
const SILENT_MS = 150_000;
const ANSWER_WITHIN_MS = 3_000;
/** Computers of one network come back in one moment; that much they are spread. */
const HURRIED_MS = 1_000;

type Request = Parameters<Connection["ask"]>[0];

/** One connection, and those who speak over it. */
interface Shared {
  connection: Connection;
  heartbeats: Heartbeats;
  lines: Set<Line>;
}

/** The one connection of an agent: it is made anew for as long as the agent runs, and all launches speak over it. */
export class SharedRoute implements Way {
  readonly #route: Pick<Route, "reach">;
  readonly #over = new AbortController();
  #shared: Shared | undefined;
  #connecting: Promise<Shared> | undefined;
  #reconnectWithinMs = UNTOLD_RECONNECT_MS;
  /** Cuts a pause short. */
  #hurry = Promise.withResolvers<void>();
  #trouble: SeatmeterError | undefined;
  /** Called when it is there, and when it has gone or could not be made; with why, when that is new. */
  onChange: (connection: Connection | undefined, trouble?: SeatmeterError) => void = () => {};

  constructor(route: Pick<Route, "reach">) {
    this.#route = route;
  }

  get connection(): Connection | undefined {
    return this.#shared?.connection;
  }

  /** Why there is none. */
  get trouble(): SeatmeterError | undefined {
    return this.#shared ? undefined : this.#trouble;
  }

  /** Be connected from now on. */
  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#over.abort();
    this.#shared?.connection.close();
  }

  /** The same network may not be there any more: look at once, and come back at once. */
  async look(): Promise<void> {
    const connection = this.connection;
    if (!connection) this.#hurry.resolve();
    else if (!(await connection.answersWithin(ANSWER_WITHIN_MS))) {
      connection.close();
      this.#hurry.resolve();
    }
  }

  /** To be called now and then. */
  lookWhenSilent(): void {
    if ((this.connection?.silentForMs ?? 0) > SILENT_MS) void this.look();
  }

  async attempt(withinMs: number, purpose?: Purpose): Promise<Wire> {
    return this.reach(withinMs, purpose);
  }

  /** Errors: as Route.reach. */
  async reach(withinMs: number, { signal }: Purpose = {}): Promise<Wire> {
    const shared = this.#shared ?? (await within(this.#connect(), withinMs, signal));
    return new Line(shared);
  }

  async #run(): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      try {
        await (await this.#connect()).connection.closed;
      } catch (error) {
        if (!(error instanceof SeatmeterError)) throw error;
      }
      if (signal.aborted) return;
      // Spread over the time that the daemon named, so that its restart does not bring everybody back in one moment.
      this.#hurry = Promise.withResolvers();
      await this.#pause(Math.random() * this.#reconnectWithinMs, this.#hurry.promise);
      await this.#pause(Math.random() * HURRIED_MS);
    }
  }

  /** One for all who want it at a time. */
  #connect(): Promise<Shared> {
    if (this.#shared) return Promise.resolve(this.#shared);
    if (this.#over.signal.aborted) return Promise.reject(new SeatmeterError("unreachable", "the agent stops"));
    this.#connecting ??= this.#connected().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #connected(): Promise<Shared> {
    try {
      const connection = (await this.#route.reach(CONNECT_WITHIN_MS, { signal: this.#over.signal })) as Connection;
      const shared = { connection, heartbeats: new Heartbeats(connection), lines: new Set<Line>() };
      connection.onNews = (news) => {
        for (const line of shared.lines) line.onNews(news);
      };
      this.#reconnectWithinMs = connection.welcome.reconnectWithinMs;
      this.#shared = shared;
      this.#trouble = undefined;
      this.onChange(connection);
      void connection.closed.then(() =>
        this.#gone(shared, new SeatmeterError("unreachable", "the connection has ended")),
      );
      return shared;
    } catch (error) {
      if (error instanceof SeatmeterError) this.#gone(undefined, error);
      throw error;
    }
  }

  #gone(shared: Shared | undefined, trouble: SeatmeterError): void {
    const isNew = this.#trouble?.message !== trouble.message;
    this.#trouble = trouble;
    if (this.#shared === shared) this.#shared = undefined;
    if (isNew && !this.#over.signal.aborted) this.onChange(undefined, trouble);
  }

  async #pause(ms: number, orUntil?: Promise<void>): Promise<void> {
    const rest = new AbortController();
    const slept = pause(ms, undefined, { signal: AbortSignal.any([rest.signal, this.#over.signal]) }).catch(() => {});
    await (orUntil ? Promise.race([slept, orUntil]) : slept);
    rest.abort();
  }
}

/** What one launch has of the connection: what it says and hears. It ends for the launch alone. */
class Line implements Wire {
  readonly #shared: Shared;
  onNews: Wire["onNews"] = () => {};

  constructor(shared: Shared) {
    this.#shared = shared;
    shared.lines.add(this);
  }

  get welcome() {
    return this.#shared.connection.welcome;
  }

  get closed() {
    return this.#shared.connection.closed;
  }

  daemonsMoment(atMs: number): number {
    return this.#shared.connection.daemonsMoment(atMs);
  }

  journalSignature(...entries: Parameters<Wire["journalSignature"]>) {
    return this.#shared.connection.journalSignature(...entries);
  }

  async ask<R extends Request>(request: R, ...within: [tries?: number, withinMs?: number]) {
    const { connection, heartbeats } = this.#shared;
    type Said = Awaited<ReturnType<typeof connection.ask<R>>>;
    try {
      if (request.type === "heartbeat") return (await heartbeats.ask(request)) as Said;
      return await connection.ask(request, ...within);
    } catch (error) {
      if (error instanceof SeatmeterError && error.code === "unreachable") {
        // A ledger that stands still for a moment leaves one unanswered. Where nobody is there all would wait in vain.
        if (!("leaseId" in request)) connection.close();
        else void connection.answersWithin(ANSWER_WITHIN_MS).then((answers) => answers || connection.close());
      }
      throw error;
    }
  }

  close(): void {
    this.#shared.lines.delete(this);
  }
}

/** Errors: SeatmeterError unreachable, where it takes longer, or is given up. */
async function within<Value>(promise: Promise<Value>, ms: number, signal?: AbortSignal): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(new SeatmeterError("unreachable", "no answer"));
  const timer = setTimeout(giveUp, ms);
  signal?.addEventListener("abort", giveUp);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
  }
}
