import { type DaemonSocket, openSocket } from "#daemon-socket";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import type { SignedEntry } from "../daemon/domain/journal.ts";
import type { FromDaemon, Message, ToDaemon } from "../daemon/protocol/messages.ts";
import { vouchedFor } from "./authorities.ts";
import { decoded, encoded, isTakenByAll } from "./codec.ts";
import { closedWith, ofIntroduction, refusedUpgrade, toldError, withWayIn } from "./refused.ts";
import { addressFor } from "./settings.ts";
import { unreachable, whyUnreachable } from "./unreachable.ts";

/** How we introduce ourselves. */
export interface Introduction {
  device: string;
  /** Name and version of the program: `seatmeter/0.1.0`. */
  shim: string;
  /** It speaks for all programs of the computer, and is told of all products. */
  agent?: boolean;
  token?: string;
  /** What answers a daemon's challenge, with the key that was made on this computer. Errors: settings_invalid. */
  prove?: (challenge: string) => Promise<string>;
  /** What tells, with the same key, that a journal is this computer's. Errors: settings_invalid. */
  signJournal?: (entries: readonly SignedEntry[]) => Promise<string>;
  /** This computer's own certificate and its key. */
  cert?: Buffer;
  key?: Buffer;
  /** The address of ours to speak from, where the computer has several. */
  localAddress?: string;
}

/** What a connection is made for. */
export interface Purpose {
  /** Gives up before its time is over. What was asked first is given back then: it may be on its way to the daemon. */
  signal?: AbortSignal;
  /** What will be asked first. Where every daemon takes it as it is, it goes in one flight with our introduction. */
  first?: Extract<ToDaemon, { type: "checkout" }>;
}

type Request = Exclude<ToDaemon, { type: "hello" }>;
/** What a daemon answers to each request. */
interface Answers {
  checkout: Message<(typeof ANSWERED_BY.checkout)[number]>;
  heartbeat: Message<"alive">;
  checkin: Message<"returned">;
  postpone: Message<"reclaiming">;
  journal: Message<"journalled">;
  inventory: Message<"inventoried">;
}
export type Answer<Type extends Request["type"]> = Answers[Type];
/** What a daemon also says of a lease when nobody has asked. */
export type News = Message<"granted" | "denied" | "queued" | "offered" | "reclaiming">;

/** A connection as those know it who speak over it: an agent's is shared by many. */
export type Wire = Pick<
  Connection,
  "welcome" | "closed" | "onNews" | "ask" | "close" | "daemonsMoment" | "journalSignature"
>;

interface Waiting {
  /** None: for our introduction, and for heartbeats, whose answers name no lease. */
  leaseId: string | undefined;
  types: readonly FromDaemon["type"][];
  resolve(answer: FromDaemon): void;
  reject(error: SeatmeterError): void;
}

const ANSWERED_BY = {
  checkout: ["granted", "denied", "queued", "offered", "returned"],
  heartbeat: ["alive"],
  checkin: ["returned"],
  postpone: ["reclaiming"],
  journal: ["journalled"],
  inventory: ["inventoried"],
} as const;
const NEWS: ReadonlySet<string> = new Set([
  "granted",
  "denied",
  "queued",
  "offered",
  "reclaiming",
] satisfies News["type"][]);

/** So often the same is asked again where the daemon's ledger was not sure of its own answer: it waited for that already. */
const UNSURE_TRIES = 3;
/** A request that got no answer for so long is sent again: the ids in it make that harmless. */
const ANSWER_WITHIN_MS = 5_000;

/** One WebSocket to one daemon that has welcomed us. It is not mended: what comes after its end is another one. */
export class Connection {
  #socket: DaemonSocket | undefined;
  /** Where the daemon is. */
  readonly address: URL;
  readonly #waiting = new Set<Waiting>();
  #welcome: Message<"welcome"> | undefined;
  /** What was asked with our introduction. */
  #ahead: { request: Request; answer: Promise<FromDaemon> } | undefined;
  #welcomedAtMs = 0;
  /** None: it is known by something else than a key of its own. */
  #signJournal: Introduction["signJournal"];
  #heardAtMs = performance.now();
  /** Called with whatever comes. */
  #onSign: () => void = () => {};
  #onPolicy: (policy: Message<"policy">) => void = () => {};
  /** Called with what the daemon says of a lease unasked, in the order in which it came. */
  onNews: (news: News) => void = () => {};
  /** Settled when the connection has ended, for whatever reason. */
  readonly closed: Promise<void>;
  readonly #over = Promise.withResolvers<void>();

  private constructor(address: URL) {
    this.address = address;
    this.closed = this.#over.promise;
  }

  /**
   * Connect, introduce ourselves, and be welcomed.
   *
   * @param withinMs for all of it
   * @param onPolicy called with each policy the daemon tells; an agent's first comes with the welcome
   * Errors: SeatmeterError unreachable; unauthenticated, forbidden and others as the daemon says.
   */
  static open(
    address: URL,
    introduction: Introduction,
    withinMs: number,
    purpose: Purpose = {},
    onPolicy: (policy: Message<"policy">) => void = () => {},
  ): Promise<Connection> {
    return vouchedFor((ca) => Connection.#open(address, { ...introduction, ca }, withinMs, purpose, onPolicy));
  }

  static async #open(
    address: URL,
    introduction: Introduction & { ca: string[] | undefined },
    withinMs: number,
    { signal, first }: Purpose,
    onPolicy: (policy: Message<"policy">) => void,
  ): Promise<Connection> {
    const { device, shim, agent, token, prove, signJournal, ca, cert, key, localAddress } = introduction;
    const connection = new Connection(address);
    connection.#onPolicy = onPolicy;
    const introduced = async (challenge: string | undefined) => {
      try {
        const proof = challenge === undefined ? undefined : await prove?.(challenge);
        if (proof !== undefined) connection.#signJournal = signJournal;
        // A daemon that asks for a proof takes one; another would refuse the field.
        const hello = { device, shim, ...(agent && { agent }), ...(proof !== undefined && { proof }) };
        connection.#socket?.say(encoded({ type: "hello", ...hello }, ["hello.proof"]));
        // A proof takes a daemon a while, in which it takes nothing else.
        if (first && isTakenByAll(first) && proof === undefined) connection.#askAhead(first);
      } catch (error) {
        connection.#fail(error as SeatmeterError);
      }
    };
    const opening = {
      ...{ address: addressFor("ws", address, "/v1/shim"), withinMs, hearsChallenge: prove !== undefined },
      ...(token && { token }),
      ...(ca && { ca }),
      ...(cert && key && { cert, key }),
      ...(localAddress && { localAddress }),
    };
    connection.#socket = await openSocket(opening, {
      opened: introduced,
      frame: (text) => connection.#hear(text),
      sign: () => connection.#heardSomething(),
      failed: (error) => connection.#fail(unreachable(whyUnreachable(error), error)),
      refused: (status, body) => connection.#fail(withWayIn(refusedUpgrade(status, body), "computer", token)),
      over(code, reason) {
        connection.#fail(closedWith(code, reason));
        connection.#over.resolve();
      },
    });
    const giveUp = () => connection.#fail(unreachable("no answer"));
    const late = setTimeout(giveUp, withinMs);
    const giveBack = () => {
      if (connection.#ahead && first) connection.#socket?.say(encoded({ type: "checkin", leaseId: first.leaseId }, []));
      giveUp();
    };
    signal?.addEventListener("abort", giveBack);
    try {
      const welcome = connection.#answer(undefined, ["welcome"]);
      // While the socket was made nobody listened.
      if (signal?.aborted) giveUp();
      connection.#welcome = (await welcome) as Message<"welcome">;
      connection.#welcomedAtMs = Date.now();
      return connection;
    } catch (error) {
      connection.close();
      throw ofIntroduction(error);
    } finally {
      clearTimeout(late);
      signal?.removeEventListener("abort", giveBack);
    }
  }

  get welcome(): Message<"welcome"> {
    return this.#welcome!;
  }

  /** A moment of this computer's clock by that of the daemon, which is everybody's. */
  daemonsMoment(atMs: number): number {
    const { nowMs } = this.welcome;
    return typeof nowMs === "number" ? Math.max(0, Math.round(atMs - this.#welcomedAtMs + nowMs)) : atMs;
  }

  /** @returns nothing where the daemon does not ask for it. Errors: settings_invalid where the key cannot be used. */
  async journalSignature(entries: readonly SignedEntry[]): Promise<string | undefined> {
    return this.welcome.accepts.includes("journal.signature") ? this.#signJournal?.(entries) : undefined;
  }

  /**
   * Ask and wait for the answer; without one, the same is asked again. So it is where the ledger is unsure of what it did:
   * the ids in it make that harmless, and nothing else makes it sure.
   *
   * @param tries how often it is asked before the daemon counts as unreachable
   * @param withinMs how long each waits
   * Errors: SeatmeterError unreachable, or what the daemon says.
   */
  async ask<R extends Request>(request: R, tries = 2, withinMs = ANSWER_WITHIN_MS): Promise<Answer<R["type"]>> {
    for (let left = UNSURE_TRIES; ; left--) {
      try {
        return await this.#askOnce(request, tries, withinMs);
      } catch (error) {
        if (left === 1 || !(error instanceof SeatmeterError) || error.code !== "ledger_unsure") throw error;
      }
    }
  }

  async #askOnce<R extends Request>(request: R, tries: number, withinMs: number): Promise<Answer<R["type"]>> {
    const ahead = this.#ahead?.request === request ? this.#ahead.answer : undefined;
    if (ahead) this.#ahead = undefined;
    const frame = encoded(request, this.welcome.accepts);
    const leaseId = "leaseId" in request ? request.leaseId : undefined;
    let left = tries;
    let timer: NodeJS.Timeout | undefined;
    let isSaid = ahead !== undefined;
    const send = () => {
      if (left-- === 0) return this.#unanswered(leaseId);
      if (!isSaid) this.#socket?.say(frame);
      isSaid = false;
      timer = setTimeout(send, withinMs);
    };
    const answer = ahead ?? this.#answer(leaseId, ANSWERED_BY[request.type]);
    send();
    try {
      return (await answer) as Answer<R["type"]>;
    } finally {
      clearTimeout(timer);
    }
  }

  #askAhead(request: NonNullable<Purpose["first"]>): void {
    const answer = this.#answer(request.leaseId, ANSWERED_BY[request.type]);
    // Nobody waits for it where we are not welcome.
    answer.catch(() => {});
    this.#ahead = { request, answer };
    this.#socket?.say(encoded(request, []));
  }

  /** For how long nothing has come from the daemon, not even a ping. */
  get silentForMs(): number {
    return performance.now() - this.#heardAtMs;
  }

  /** Whether the daemon still hears us: networks go without saying so. */
  async answersWithin(ms: number): Promise<boolean> {
    if (!this.#socket?.isOpen) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const askedAtMs = performance.now();
    // Somebody who asks meanwhile hears of it in our place.
    const late = setTimeout(() => resolve(this.#heardAtMs > askedAtMs), ms);
    this.#onSign = () => resolve(true);
    this.#socket.ping();
    void this.closed.then(() => resolve(false));
    return promise.finally(() => clearTimeout(late));
  }

  /** At once, without waiting for the other side: a lease is given back by a checkin, not by this. */
  close(): void {
    this.#socket?.close();
  }

  #answer(leaseId: string | undefined, types: readonly FromDaemon["type"][]): Promise<FromDaemon> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { leaseId, types, resolve, reject };
      if (this.#socket?.hasEnded) reject(unreachable("the connection has ended"));
      else this.#waiting.add(waiting);
    });
  }

  #heardSomething(): void {
    this.#heardAtMs = performance.now();
    this.#onSign();
  }

  #hear(text: string): void {
    this.#heardSomething();
    const message = decoded(text);
    if (message?.type === "policy") this.#onPolicy(message);
    else if (message && !this.#settled(message) && isNews(message)) this.onNews(message);
  }

  /** @returns whether somebody waited for it */
  #settled(message: FromDaemon): boolean {
    const about = "leaseId" in message ? message.leaseId : undefined;
    for (const waiting of this.#waiting) {
      const failed = message.type === "error" && isAbout(message, waiting, this.#waiting);
      if (!failed && !(waiting.types.includes(message.type) && about === waiting.leaseId)) continue;
      this.#waiting.delete(waiting);
      if (message.type === "error") waiting.reject(toldError(message.code, message.message, message.retry));
      else waiting.resolve(message);
      return true;
    }
    return false;
  }

  /** About one lease: others on the connection may be answered yet. An answer that names none would be taken for the next. */
  #unanswered(leaseId: string | undefined): void {
    const error = unreachable("no answer");
    if (leaseId === undefined) this.#fail(error);
    for (const waiting of this.#waiting) {
      if (waiting.leaseId !== leaseId) continue;
      this.#waiting.delete(waiting);
      waiting.reject(error);
    }
  }

  #fail(error: SeatmeterError): void {
    for (const waiting of this.#waiting) waiting.reject(error);
    this.#waiting.clear();
  }
}

const isNews = (message: FromDaemon): message is News => NEWS.has(message.type);

/**
 * An error about `leaseIds` is a heartbeat's, whichever lease it names, one about `entries` or their signature a journal's,
 * about `part` or `software` an inventory's; one that names none is about what was asked first, and about a lease only
 * where nothing else was asked.
 */
function isAbout({ field, leaseId }: Message<"error">, waiting: Waiting, all: ReadonlySet<Waiting>): boolean {
  if (field?.startsWith("leaseIds")) return waiting.types.includes("alive");
  if (field?.startsWith("entries") || field === "signature") return waiting.types.includes("journalled");
  if (field && /^(part|software)\b/.test(field)) return waiting.types.includes("inventoried");
  if (leaseId !== undefined) return leaseId === waiting.leaseId;
  return waiting.leaseId === undefined || all.values().every((one) => one.leaseId !== undefined);
}
