import type { Socket } from "node:net";
import type { FastifyBaseLogger } from "fastify";
import type { WebSocket } from "ws";
import { SeatmeterError } from "../domain/errors.ts";
import { folded } from "../domain/names.ts";
import { CLOSE } from "../protocol/close-codes.ts";
import { decode, nestedDeeper } from "../protocol/codec.ts";
import { textFrames } from "../protocol/frames.ts";
import type { Checkout, FromDaemon, FromShim, Heartbeat, Hello, Inventory, Message } from "../protocol/messages.ts";
import { failed } from "./failed.ts";
import type { Taken } from "./journals.ts";
import type { Asker, CheckoutResult, Heard, Launches } from "./launches.ts";
import type { Waiting } from "./waiting.ts";

/** Beyond so many unanswered messages a connection is not read until half of them are answered. */
const UNANSWERED = 1024;
/** Answers that a reader lets pile up, in bytes, before it is cut off. */
const PILED_UP_BYTES = 256 * 1024;
const MISSED_PINGS = 2;

/** Moments are those of `performance.now()`, since they are compared with nobody else's. */
export interface Pace {
  helloWithinMs: number;
  pingHolderEveryMs: number;
  pingOtherEveryMs: number;
}

/** What all connections of a daemon have in common, so that none holds more than is its own. */
export interface Surroundings {
  readonly launches: Pick<Launches, "checkout" | "heartbeat" | "checkin" | "postpone" | "journal">;
  readonly waiting: Pick<Waiting, "add" | "remove">;
  readonly log: FastifyBaseLogger;
  readonly pace: Pace;
  /** Nothing more is read. */
  readonly draining: boolean;
  welcome(asker: Asker): Message<"welcome">;
  /** Somebody says to be another device than his token or certificate has it. */
  impostor(address: string): void;
  /** What an agent keeps of every product. */
  policy(): Message<"policy">;
  /** Errors: message_invalid, too_many_attempts, history_off, history_unavailable. */
  inventory(asker: Asker, told: Inventory): Promise<Message<"inventoried">>;
  /** @throws too_many_connections */
  count(device: string): void;
  /** @returns which enrolment of the computer's it is. Errors: unauthenticated, ledger_unavailable. */
  prove(hello: Hello, challenge: string, address: string): Promise<string>;
  remove(connection: ShimConnection): void;
  /** Have `flush` called once everything that is ready now has been said. */
  flushSoon(connection: ShimConnection): void;
}

/** By what it is known which device a connection is; by nothing where shims are not authenticated. */
export type Identity =
  | { by: "token"; device: string; gateway: boolean }
  /** It goes by one of these. */
  | { by: "certificate"; names: readonly string[] }
  /** Its hello has to answer this with the device's own key. */
  | { by: "key"; challenge: string };

/**
 * One shim: decodes what it says, has `Launches` decide, encodes the answers. There may be tens of thousands, nearly all
 * of them idle, so a connection has no timer, no closure and no listener of its own, and remembers nothing of its leases
 * but until when it may hold one.
 */
export class ShimConnection {
  readonly #socket: WebSocket;
  readonly #stream: Socket;
  readonly #around: Surroundings;
  readonly #asker: Asker;
  /** Until it is greeted. */
  #identity: Identity | undefined;
  #greeted = false;
  #isAgent = false;
  #proving = false;
  #enrolment: string | undefined;
  #unanswered = 0;
  #missedPings = 0;
  #dueAtMs: number;
  #holdsUntilMs = 0;
  #answers: string[] | undefined;
  /**
   * The one told last. To a shim the next is told when it is another product's, or of another register; an agent has those
   * of all products, and is told again when that changes.
   */
  #policy: Message<"policy"> | undefined;

  constructor(
    socket: WebSocket,
    stream: Socket,
    around: Surroundings,
    address: string,
    identity: Identity | undefined,
  ) {
    this.#socket = socket;
    this.#stream = stream;
    this.#around = around;
    this.#identity = identity;
    const token = identity?.by === "token" ? identity : undefined;
    this.#asker = {
      device: token?.device ?? "",
      address,
      gateway: token?.gateway ?? false,
      authenticated: identity !== undefined,
    };
    this.#dueAtMs = performance.now() + around.pace.helloWithinMs;
  }

  /** Who holds the leases of this connection; empty before its hello, unless a token said it already. */
  get device() {
    return this.#asker.device;
  }

  /** By which of its enrolments the device came in; undefined: by none. */
  get enrolment() {
    return this.#enrolment;
  }

  get unanswered() {
    return this.#unanswered;
  }

  receive(frame: Buffer, binary: boolean) {
    // `ws` hands on what it had read when we began to close.
    if (!this.isOpen) return;
    if (binary) return this.close(CLOSE.unsupported, "text frames only");
    const text = frame.toString();
    if (nestedDeeper(text)) return this.close(CLOSE.malformed, "nested too deeply");
    this.#missedPings = 0;
    const decoded = decode(text);
    if ("mistake" in decoded) return this.#say(this.#failed(decoded.mistake, decoded.leaseId));
    const { message } = decoded;
    if (message.type === "hello") return this.#greet(message);
    if (!this.#greeted) return this.#say(this.#failed(mistake("the first message is hello"), leaseOf(message)));
    if (++this.#unanswered > UNANSWERED) this.#socket.pause();
    void this.#answer(message);
  }

  get isOpen() {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** Say something that was not asked for just now. */
  tell(message: FromDaemon) {
    if (this.isOpen) this.#say(message);
  }

  closed() {
    this.#around.remove(this);
  }

  alive() {
    this.#missedPings = 0;
  }

  /** Say what has gathered, in one write. */
  flush() {
    const answers = this.#answers;
    this.#answers = undefined;
    if (!answers || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#stream.write(textFrames(answers));
    if (this.#stream.writableLength > PILED_UP_BYTES) this.close(CLOSE.refused, "answers are not read");
  }

  /** Called now and then: is a hello or a ping overdue? */
  inspect(nowMs: number) {
    if (nowMs < this.#dueAtMs || this.#socket.isPaused) return;
    if (!this.#greeted) return this.close(CLOSE.refused, "no hello");
    // A peer that has gone silent would not answer a closing frame either.
    if (this.#missedPings >= MISSED_PINGS) return this.#socket.terminate();
    this.#missedPings += 1;
    this.#socket.ping();
    this.#dueAtMs = nowMs + this.#pingEveryMs(nowMs);
  }

  close(code: number, reason: string) {
    this.flush();
    this.#around.log.debug({ code, reason }, "a shim's connection is closed");
    // Its closing frame has to be read.
    this.#socket.resume();
    this.#socket.close(code, reason);
  }

  pause() {
    this.#socket.pause();
  }

  terminate() {
    this.#socket.terminate();
  }

  #greet(hello: Hello) {
    if (this.#greeted || this.#proving)
      return this.#say(this.#failed(mistake("hello was said already; a connection is one device's")));
    const asker = this.#asker;
    const identity = this.#identity;
    if (identity?.by === "key") return void this.#prove(hello, identity.challenge);
    const names = identity && (identity.by === "token" ? [identity.device] : identity.names);
    if (names && !names.some((name) => folded(name) === folded(hello.device))) {
      const shown = identity.by === "token" ? `token is ${names[0]}'s` : `certificate is ${names.join(" or ")}'s`;
      const forbidden = new SeatmeterError("forbidden", `this ${shown}, not ${hello.device}'s`);
      this.#around.impostor(asker.address);
      return this.#refuse(forbidden, CLOSE.refused, "refused identity");
    }
    this.#welcome(hello);
  }

  /** One try: what a challenge asks is answered once. */
  async #prove(hello: Hello, challenge: string) {
    this.#proving = true;
    try {
      this.#enrolment = await this.#around.prove(hello, challenge, this.#asker.address);
    } catch (error) {
      const away = error instanceof SeatmeterError && error.retry;
      return away
        ? this.#refuse(error, CLOSE.overloaded, "come again later")
        : this.#refuse(error, CLOSE.refused, "refused identity");
    }
    if (this.isOpen) this.#welcome(hello);
  }

  #welcome(hello: Hello) {
    const asker = this.#asker;
    try {
      if (!asker.device) this.#around.count(hello.device);
    } catch (error) {
      return this.#refuse(error, CLOSE.overloaded, "too many connections");
    }
    asker.device = hello.device;
    this.#identity = undefined;
    this.#greeted = true;
    this.#dueAtMs = performance.now() + this.#around.pace.pingOtherEveryMs;
    this.#say(this.#around.welcome(asker));
    if (!hello.agent) return;
    this.#isAgent = true;
    this.tellAgent(this.#around.policy());
  }

  /** @returns whether it is an agent that had not been told so */
  tellAgent(policy: Message<"policy">): boolean {
    if (!this.#isAgent || this.#policy === policy || !this.isOpen) return false;
    this.#policy = policy;
    this.#say(policy);
    return true;
  }

  #refuse(error: unknown, code: number, reason: string) {
    this.#say(this.#failed(error));
    this.close(code, reason);
  }

  async #answer(message: Exclude<FromShim, Hello>) {
    try {
      const { launches } = this.#around;
      const { type } = message;
      if (type === "checkout") this.#decided(message, await launches.checkout(this.#asker, message));
      else if (type === "heartbeat") {
        this.#renewed(message, await launches.heartbeat(this.#asker, message.leaseIds, message.idleMs));
      } else if (type === "postpone") this.#say(await launches.postpone(this.#asker, message.leaseId));
      else if (type === "journal") this.#journalled(await launches.journal(this.#asker, message));
      else if (type === "inventory") this.#say(await this.#around.inventory(this.#asker, message));
      else {
        this.#around.waiting.remove(message.leaseId);
        this.#say(await launches.checkin(this.#asker, message.leaseId, message.why));
      }
    } catch (error) {
      this.#say(this.#failed(error, leaseOf(message)));
    }
    this.#unanswered -= 1;
    const room = this.#unanswered <= UNANSWERED / 2 && !this.#around.draining;
    if (room && this.#socket.isPaused) this.#socket.resume();
  }

  #decided(message: Checkout, { policy, answer }: CheckoutResult) {
    if (policy && policy !== this.#policy && !this.#isAgent) {
      this.#policy = policy;
      this.#say(policy);
    }
    if (answer.type === "granted") this.#holds(answer.ttlMs);
    if (answer.type === "queued") this.#around.waiting.add(this, this.#asker, message, answer);
    else if (message.waitMs > 0) this.#around.waiting.remove(message.leaseId);
    this.#say(answer);
  }

  #renewed({ leaseIds }: Heartbeat, { alive, more }: Heard) {
    if (alive.gone.length < leaseIds.length) this.#holds(alive.ttlMs);
    this.#say(alive);
    for (const standing of more) this.#say(standing);
  }

  #journalled({ answer, leftOut }: Taken) {
    if (leftOut > 0)
      this.#around.log.warn(
        { entries: leftOut },
        "entries of a computer's journal are left out: too old, or of another's leases",
      );
    this.#say(answer);
  }

  /** A lease that is given back counts until its time would have been over; all that hangs on it is how often we ping. */
  #holds(ttlMs: number) {
    const nowMs = performance.now();
    this.#holdsUntilMs = nowMs + ttlMs;
    this.#dueAtMs = Math.min(this.#dueAtMs, nowMs + this.#around.pace.pingHolderEveryMs);
  }

  #pingEveryMs(nowMs: number) {
    return nowMs < this.#holdsUntilMs ? this.#around.pace.pingHolderEveryMs : this.#around.pace.pingOtherEveryMs;
  }

  #failed(error: unknown, leaseId?: string): Message<"error"> {
    const { status: _, ...message } = failed(error, this.#around.log, leaseId);
    return message;
  }

  #say(message: FromDaemon) {
    if (!this.#answers) {
      this.#answers = [];
      this.#around.flushSoon(this);
    }
    this.#answers.push(JSON.stringify(message));
  }
}

const mistake = (message: string) => new SeatmeterError("message_invalid", message, { field: "type" });
const leaseOf = (message: FromShim) => ("leaseId" in message ? message.leaseId : undefined);
