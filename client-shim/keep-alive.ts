import { type ErrorCode, SeatmeterError } from "../daemon/domain/errors.ts";
import type { Message, ToDaemon } from "../daemon/protocol/messages.ts";
import type { News, Wire } from "./connection.ts";
import { Countdown } from "./countdown.ts";
import { denialSentence, plain } from "./denial.ts";
import type { Journal } from "./journal-files.ts";
import { howLong } from "./moments.ts";
import { pause } from "./pause.ts";
import { isAway, type Way } from "./route.ts";
import { tellJournal } from "./tell-journal.ts";
import { UnheardUse } from "./unheard-use.ts";

export type Checkout = Extract<ToDaemon, { type: "checkout" }>;
type Why = NonNullable<Extract<ToDaemon, { type: "checkin" }>["why"]>;

/** What the launch came to. */
export interface Start {
  checkout: Checkout;
  /** None where no daemon could be reached. */
  connection?: Wire;
  /** None where the program was started without a seat. */
  granted?: Message<"granted">;
  /** The code of the error for which nobody could decide. */
  undecided?: ErrorCode;
  /** When a daemon last knew of its use, where that was before now: of a program that ran before we saw it. */
  heardAtMs?: number;
  /** The person knows already that it runs on without a seat. */
  told?: boolean;
  /** It is said to a daemon at once: nobody else comes in the same moment. */
  atOnce?: boolean;
}

/** What the person is told, and what may be done to the program. */
export interface Surroundings {
  tell(sentence: string): void;
  /** The product, as people call it. */
  called(): string;
  /** Where it is kept what no daemon has heard of. */
  journal: Journal;
  /** What is done to a program whose seat was reclaimed, as the daemon last told. */
  onReclaimed(): "tell" | "close";
  /** Ask the program to close, as its own window would. It may go on. */
  close(): void;
  /** For how long nobody has worked with it, where that concerns the daemon. */
  idleMs?(): Promise<number | undefined>;
  /** How long until the next heartbeat, at most; where many beat over one connection, they beat together. */
  untilBeatMs?(everyMs: number): number;
  /** Where somebody else tells the journal. */
  tellsJournal?: false;
}

/**
 * How it stands with the seat: a daemon said at the last heartbeat that it is there; nobody has answered since, and it may
 * be there or not; it is gone, or was never had.
 */
type State = "held" | "unsure" | "lost";

/** Until a daemon has told its own pace. */
const UNTOLD = { heartbeatEveryMs: 20_000, reconnectWithinMs: 10_000 };
const HEARTBEATS_PER_TTL = 3;
const CONNECT_WITHIN_MS = 5_000;
/** What the person waits for at most when the program has ended: an answer under way, a checkin, a new connection. */
const FAREWELL_MS = 1_000;

/**
 * Holds a lease for as long as a program runs, through whatever happens to daemons and networks. It never stops the
 * program: a seat that is lost, or was never had, is asked for again at each heartbeat, with the same lease id; and what it
 * uses without a daemon that hears of it is told to the next one, if not while it runs, then by the journal. One that was
 * reclaimed is said again too, so that what runs is known; where the register says so, the program is asked to close.
 */
export class KeepAlive {
  readonly #route: Way;
  readonly #checkout: Checkout;
  readonly #around: Surroundings;
  readonly #countdown = new Countdown();
  readonly #ended = new AbortController();
  #connection: Wire | undefined;
  #state: State;
  readonly #unheard: UnheardUse;
  /** When a daemon last knew of its use. */
  #heardAtMs: number | undefined;
  readonly #undecided: ErrorCode;
  /** The connection over which the checkout was said, and answered. */
  #saidOver: Wire | undefined;
  /** The ledger may know the lease: there is something to give back. */
  #known: boolean;
  /** The person knows that it runs without a seat, or above what was bought. */
  #told: boolean;
  #atOnce: boolean;
  /** It was asked to close; nobody is asked twice. */
  #asked = false;
  #heartbeatEveryMs: number;
  #reconnectWithinMs = UNTOLD.reconnectWithinMs;
  /** A checkout under way. */
  #taking: Promise<unknown> = Promise.resolve();
  /** The journal, on its way to a daemon. */
  #telling: Promise<unknown> = Promise.resolve();

  constructor(
    route: Way,
    { checkout, connection, granted, undecided, heardAtMs, told = false, atOnce = false }: Start,
    around: Surroundings,
  ) {
    this.#route = route;
    // What runs does not wait for a seat.
    const { waitMs: _, ...running } = checkout;
    this.#checkout = running;
    this.#around = around;
    if (connection) this.#listen(connection);
    this.#state = granted ? "held" : "lost";
    if (granted) this.#saidOver = connection;
    this.#heardAtMs = heardAtMs;
    this.#told = told;
    this.#atOnce = atOnce;
    this.#undecided = undecided ?? "unreachable";
    this.#unheard = new UnheardUse(running, around);
    this.#known = connection !== undefined || heardAtMs !== undefined;
    this.#heartbeatEveryMs =
      granted?.heartbeatEveryMs ?? connection?.welcome.heartbeatEveryMs ?? UNTOLD.heartbeatEveryMs;
  }

  start(): void {
    this.#heardAtMs ??= Date.now();
    if (this.#state === "lost") this.#unheard.lasts(this.#heardAtMs, this.#undecided);
    // The program outlives a fault of ours, too.
    this.#run().catch((fault) => this.#around.tell(`no more heartbeats, by a fault of ours: ${fault?.stack ?? fault}`));
  }

  /** It is somebody else's from now on: the program runs, and nothing is given back. */
  leave(): void {
    this.#ended.abort();
  }

  /** The program has ended: give the lease back, if that takes no more than a moment; else it expires. */
  async end(why?: Why): Promise<void> {
    this.#ended.abort();
    // A checkout still under way could be decided after the checkin and take the seat again.
    await Promise.race([this.#taking, pause(FAREWELL_MS, { ref: false })]).catch(() => {});
    try {
      if (!this.#known) return;
      this.#connection ??= await this.#route.attempt(FAREWELL_MS);
      const { leaseId } = this.#checkout;
      await this.#connection.ask({ type: "checkin", leaseId, ...(why && { why }) }, 1, FAREWELL_MS);
      if (this.#state !== "lost") this.#isHeard();
    } catch (error) {
      // It expired already, or will; from when on nobody knew of its use is told by the journal.
      const isUnheard = error instanceof SeatmeterError && (isAway(error.code) || !this.#connection);
      if (isUnheard && this.#state !== "lost") this.#unheard.lasts(this.#lastHeardMs, error.code);
    } finally {
      // A program that could not be started has used nothing.
      if (why === undefined) this.#unheard.isHeard();
      this.#unheard.isOver(why === "program_crashed" ? why : "program_exited");
      // What is on its way is not told a second time.
      await Promise.race([this.#telling, pause(FAREWELL_MS, { ref: false })]).catch(() => {});
      if (this.#connection) await this.#tellJournal(this.#connection, 1, FAREWELL_MS).catch(() => {});
      this.#connection?.close();
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    try {
      if (this.#connection) await this.#tellJournal(this.#connection);
      while (!signal.aborted) {
        if (this.#connection) await this.#pause(this.#untilBeatMs, this.#connection.closed);
        else await this.#reconnect();
        if (!signal.aborted && this.#connection) await this.#beat(this.#connection);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Spread over the time that the daemon named, so that its restart does not bring everybody back in one moment. */
  async #reconnect(): Promise<void> {
    if (!this.#atOnce) await this.#pause(Math.random() * this.#reconnectWithinMs);
    this.#atOnce = false;
    try {
      const connection = await this.#route.reach(CONNECT_WITHIN_MS, { signal: this.#ended.signal });
      // Who ends the program has gone another way, and would not close this one.
      if (this.#ended.signal.aborted) connection.close();
      else this.#listen(connection);
    } catch (error) {
      // Whatever it was: who is let in no more is not heard, either.
      this.#isUnheard(theirs(error).code);
    }
  }

  #listen(connection: Wire): void {
    this.#connection = connection;
    this.#reconnectWithinMs = connection.welcome.reconnectWithinMs;
    connection.onNews = (news) => this.#hear(news);
  }

  /** The lease is to be reclaimed. */
  #hear(news: News): void {
    const { leaseId } = this.#checkout;
    if (news.type !== "reclaiming" || news.leaseId !== leaseId || !this.#countdown.hear(news)) return;
    const fate = this.#around.onReclaimed() === "close" ? "is asked to close" : "loses its seat";
    const wayOut = news.postponable ? ` Still needed? \`seatmeter postpone ${leaseId}\` puts it off.` : "";
    this.#around.tell(`${plain(news.message)} ${this.#around.called()} ${fate} in ${howLong(news.graceMs)}.${wayOut}`);
  }

  async #beat(connection: Wire): Promise<void> {
    const { leaseId } = this.#checkout;
    try {
      // Whoever is new is told all of it.
      if (this.#state !== "lost" && this.#saidOver === connection) {
        const idleMs = await this.#around.idleMs?.();
        const idle = idleMs !== undefined && { idleMs: { [leaseId]: idleMs } };
        const { gone, ttlMs } = await connection.ask({ type: "heartbeat", leaseIds: [leaseId], ...idle });
        this.#state = gone.includes(leaseId) ? "lost" : "held";
        if (this.#state === "held") this.#isHeard();
        // The register may have changed since the grant.
        this.#heartbeatEveryMs = Math.min(this.#heartbeatEveryMs, ttlMs / HEARTBEATS_PER_TTL);
      }
      if (this.#state === "lost" || this.#saidOver !== connection) await this.#takeAgain(connection);
      await this.#tellJournal(connection);
    } catch (error) {
      const { code } = theirs(error);
      if (isAway(code)) this.#isUnheard(code);
      if (code !== "unreachable") return;
      connection.close();
      this.#connection = undefined;
    }
  }

  get #untilBeatMs(): number {
    const everyMs = this.#heartbeatEveryMs;
    return Math.min(everyMs, this.#around.untilBeatMs?.(everyMs) ?? everyMs);
  }

  get #lastHeardMs(): number {
    return this.#heardAtMs ?? Date.now();
  }

  /** All that it has used is known to a daemon. */
  #isHeard(): void {
    this.#heardAtMs = Date.now();
    this.#unheard.isHeard();
  }

  #isUnheard(code: ErrorCode): void {
    if (this.#state === "held") this.#state = "unsure";
    this.#unheard.lasts(this.#lastHeardMs, code);
  }

  /** What ran here before without a daemon, this program's or another's. It can wait for the next heartbeat. */
  async #tellJournal(connection: Wire, ...within: [tries?: number, withinMs?: number]): Promise<void> {
    if (this.#around.tellsJournal === false) return;
    try {
      this.#telling = tellJournal(connection, this.#around.journal, this.#around.tell, ...within);
      await this.#telling;
    } catch (error) {
      theirs(error);
    }
  }

  async #takeAgain(connection: Wire): Promise<void> {
    this.#known = true;
    const runningSinceMs = connection.daemonsMoment(this.#lastHeardMs);
    const asked = connection.ask({ ...this.#checkout, alreadyRunning: true, runningSinceMs });
    this.#taking = asked;
    const answer = await asked;
    this.#saidOver = connection;
    this.#state = answer.type === "granted" ? "held" : "lost";
    this.#isHeard();
    if (answer.type === "granted") {
      this.#heartbeatEveryMs = answer.heartbeatEveryMs;
      if (!answer.flags?.includes("excess")) return;
    }
    // What was reclaimed gets no seat; one that does had only expired, and nobody closes its program.
    if (this.#countdown.explains()) this.#reclaimed();
    else if (answer.type === "granted") this.#runsOn("above what was bought, which is reported.");
    else if (answer.type === "denied") this.#runsOn(`without a seat: ${denialSentence(answer)}`);
    else this.#runsOn("without a seat: it was given back meanwhile.");
  }

  /** Told once: what was granted above what was bought stays so for as long as the program runs. */
  #runsOn(how: string): void {
    if (!this.#told) this.#around.tell(`${this.#around.called()} runs on ${how}`);
    this.#told = true;
  }

  #reclaimed(): void {
    this.#countdown.over();
    this.#told = true;
    const product = this.#around.called();
    if (this.#around.onReclaimed() === "tell" || this.#asked) {
      this.#around.tell(`the seat of ${product} was reclaimed. ${product} runs on, which is reported.`);
      return;
    }
    this.#asked = true;
    this.#around.tell(`the seat of ${product} was reclaimed, and ${product} is asked to close.`);
    this.#around.close();
  }

  async #pause(ms: number, orUntil?: Promise<void>): Promise<void> {
    const slept = pause(ms, { signal: this.#ended.signal });
    await (orUntil ? Promise.race([slept, orUntil]) : slept);
  }
}

/** Whatever a daemon or the network does is to be lived with; anything else is our fault and must show. */
function theirs(error: unknown): SeatmeterError {
  if (error instanceof SeatmeterError) return error;
  throw error;
}
