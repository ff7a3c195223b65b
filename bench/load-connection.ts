import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Frame, leaseId, renumber, slotIn } from "./load-frames.ts";

/** What all connections of a load count together. */
export interface Tally {
  /** When the next question is asked: after each answer, when it is the connection's turn, or not at all. */
  asking: "always" | "in turn" | "nothing";
  decisions: number;
  /** Neither a seat nor its return was answered: nothing can be measured with that. */
  refused(answer: string): void;
  answered(tookMs: number): void;
  /** The connection has no question under way any more. */
  idle(): void;
}

interface Slot {
  lease: Buffer;
  number: number;
  holds: boolean;
  askedAtMs: number;
}

export interface ShimOfLoad {
  port: number;
  address: string;
  number: number;
  product: string;
  /** Questions under way at a time. */
  inFlight: number;
  /** An echo sends back what it hears: it knows neither hello nor returns. */
  echo: boolean;
}

/** So many people launch; with more connections than that they have several each. */
export const PEOPLE = 2000;

const HEAD_END = "\r\n\r\n";
const TYPE_AT = '{"type":"'.length;
const LEASE_AFTER_TYPE = '","leaseId":"'.length;
const QUOTE = 0x22;
const [POLICY, GRANTED, RETURNED, ECHOED] = ["p", "g", "r", "c"].map((letter) => letter.charCodeAt(0));
const PING = 0x89;
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);
const TWO_BYTES = 126;
const NO_BYTES = Buffer.alloc(0);

/** One shim of a load: a socket that asks for seats and gives them back, as fast as it is answered. */
export class LoadConnection {
  readonly #socket: Socket;
  readonly #shim: ShimOfLoad;
  readonly #tally: Tally;
  readonly #slots: Slot[];
  readonly #checkout: Frame;
  readonly #checkin = new Frame({ type: "checkin", leaseId: leaseId(0, 0).toString() });
  #rest: Buffer = NO_BYTES;
  #asking = 0;
  /** Since when it is this connection's turn, if its questions were not answered by then. */
  #turnAtMs: number | undefined;

  private constructor(socket: Socket, shim: ShimOfLoad, tally: Tally) {
    this.#socket = socket;
    this.#shim = shim;
    this.#tally = tally;
    const { number, product, inFlight } = shim;
    this.#slots = Array.from({ length: inFlight }, (_, slot) => {
      return { lease: leaseId(number, slot), number: 0, holds: false, askedAtMs: 0 };
    });
    const launch = {
      product,
      user: `user-${number % PEOPLE}`,
      version: "2026.1",
      program: { name: "acad.exe", pid: 4711 },
    };
    this.#checkout = new Frame({ type: "checkout", leaseId: leaseId(0, 0).toString(), ...launch });
  }

  /** Connected, and greeted where it is no echo. */
  static async open(shim: ShimOfLoad, tally: Tally): Promise<LoadConnection> {
    const socket = connect({ host: "127.0.0.1", port: shim.port, localAddress: shim.address, noDelay: true });
    socket.write(
      `GET /v1/shim HTTP/1.1\r\nHost: 127.0.0.1:${shim.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
        "Sec-WebSocket-Protocol: seatmeter.v1\r\n\r\n",
    );
    if (!shim.echo) socket.write(new Frame({ type: "hello", device: `pc-${shim.number}`, shim: "load/1.0.0" }).bytes);
    let heard = "";
    const greeting = shim.echo ? HEAD_END : '"type":"welcome"';
    const closed = new AbortController();
    const abort = () => closed.abort();
    socket.once("close", abort);
    while (!heard.includes(greeting)) {
      const data = once(socket, "data", closed).catch(() => [`and closed`]);
      heard += (await data)[0].toString("latin1");
      if (closed.signal.aborted) throw new Error(`a connection was not taken; heard: ${heard}`);
    }
    socket.off("close", abort);
    const connection = new LoadConnection(socket, shim, tally);
    socket.on("data", (chunk) => connection.#receive(chunk));
    return connection;
  }

  /** Ask; while something is under way still, as soon as it is answered, and what that takes is waiting, too. */
  turn() {
    if (this.#asking === 0) this.#ask(this.#slots);
    else this.#turnAtMs ??= performance.now();
  }

  /** Idle, at once or when what is under way is answered. */
  rest() {
    this.#turnAtMs = undefined;
    if (this.#asking === 0) this.#tally.idle();
  }

  /** Give back what is held still. */
  finish() {
    const held = this.#slots.filter(({ holds }) => holds);
    if (held.length === 0) this.#tally.idle();
    else this.#ask(held);
  }

  #ask(slots: readonly Slot[], sinceMs = performance.now()) {
    const frames = Buffer.allocUnsafe(slots.length * this.#checkout.bytes.length);
    let at = 0;
    for (const slot of slots) {
      slot.askedAtMs = sinceMs;
      if (!slot.holds) renumber(slot.lease, ++slot.number);
      at = (slot.holds ? this.#checkin : this.#checkout).write(frames, at, slot.lease);
    }
    this.#asking += slots.length;
    this.#socket.write(at < frames.length ? frames.subarray(0, at) : frames);
  }

  #receive(chunk: Buffer) {
    let data = chunk;
    if (this.#rest.length > 0) data = Buffer.concat([this.#rest, chunk]);
    const nowMs = performance.now();
    const answered: Slot[] = [];
    let at = 0;
    for (;;) {
      const payloadAt = at + (data[at + 1] === TWO_BYTES ? 4 : 2);
      if (payloadAt > data.length) break;
      const end = payloadAt + (data[at + 1] === TWO_BYTES ? data.readUInt16BE(at + 2) : data[at + 1]!);
      if (end > data.length) break;
      const slot = data[at] === PING ? this.#pong() : this.#read(data, payloadAt, end);
      if (slot) {
        this.#tally.answered(nowMs - slot.askedAtMs);
        answered.push(slot);
      }
      at = end;
    }
    this.#rest = at < data.length ? data.subarray(at) : NO_BYTES;
    this.#asking -= answered.length;
    if (answered.length > 0) this.#next(answered);
  }

  #next(answered: readonly Slot[]) {
    const sinceMs = this.#turnAtMs;
    this.#turnAtMs = undefined;
    if (this.#tally.asking === "always") this.#ask(answered);
    else if (this.#tally.asking === "in turn" && sinceMs !== undefined) this.#ask(answered, sinceMs);
    else if (this.#tally.asking === "nothing" && this.#asking === 0) this.#tally.idle();
  }

  #pong(): undefined {
    this.#socket.write(PONG);
  }

  /** The slot that a frame answers. */
  #read(data: Buffer, payloadAt: number, end: number): Slot | undefined {
    const type = data[payloadAt + TYPE_AT];
    if (type === POLICY) return undefined;
    if (type !== GRANTED && type !== RETURNED && !(this.#shim.echo && type === ECHOED)) {
      this.#tally.refused(data.toString("utf8", payloadAt, end));
      return undefined;
    }
    const typeEnd = data.indexOf(QUOTE, payloadAt + TYPE_AT);
    const slot = this.#slots[slotIn(data, typeEnd + LEASE_AFTER_TYPE)]!;
    slot.holds = type === GRANTED;
    this.#tally.decisions += 1;
    return slot;
  }
}
