import { once } from "node:events";
import { closeSync, existsSync, fstatSync, openSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Account } from "./accounts.ts";

/** A display answers in milliseconds, or its program hangs. */
const WAIT_MS = 2_000;
const MOST_REPLY_BYTES = 4_000_000;
const REPLY_BYTES = 32;
const [ERROR, REPLY] = [0, 1];
/** Of all events, the only one that may be longer than a reply's beginning. */
const GENERIC_EVENT = 35;
const INTERN_ATOM = 16;
const QUERY_EXTENSION = 98;
const COOKIE = "MIT-MAGIC-COOKIE-1";
const LOCAL_FAMILY = 256;
const WILD_FAMILY = 65_535;

export interface DisplayName {
  DISPLAY?: string;
  XAUTHORITY?: string;
}

/**
 * As much of X11 as it takes to ask a display what no program of a usual desktop tells: how long nobody has typed, and
 * whose windows are there. One question at a time.
 *
 * Only of this computer's own displays: where a display is, its user says, and we may be root. For the same reason a file
 * of cookies counts only if it is the user's own, or somebody's fake display would be shown another's.
 */
export class Display implements Disposable {
  readonly root: number;
  /** Ids of one client are alike but for these bits. */
  readonly idMask: number;
  readonly #socket: Socket;
  #received: Buffer;
  #sequence = 0;

  constructor(socket: Socket, setup: Buffer, rest: Buffer) {
    this.#socket = socket;
    this.#received = rest;
    this.idMask = setup.readUInt32LE(16);
    // Screens come after the vendor's name and the pixmap formats, of eight bytes each.
    const screens = 40 + padded(setup.readUInt16LE(24)) + 8 * setup.readUInt8(29);
    this.root = setup.readUInt32LE(screens);
  }

  /**
   * @returns the answer; nothing where the display says that it is wrong, as about a window that is gone, or where it has
   *   gone itself, as when its person signs out: neither is worth an agent's end, or a seat
   */
  async ask(opcode: number, detail: number, body: Buffer = Buffer.alloc(0)): Promise<Buffer | undefined> {
    this.tell(opcode, detail, body);
    return this.#answer().catch(() => {
      this.#socket.destroy();
      return undefined;
    });
  }

  async #answer(): Promise<Buffer | undefined> {
    const sequence = this.#sequence;
    for (;;) {
      const kind = (await this.#bytes(REPLY_BYTES)).readUInt8(0);
      const longer = kind === REPLY || (kind & 0x7f) === GENERIC_EVENT;
      const length = REPLY_BYTES + (longer ? 4 * this.#received.readUInt32LE(4) : 0);
      const packet = Buffer.from((await this.#bytes(length)).subarray(0, length));
      this.#received = this.#received.subarray(length);
      if (kind <= REPLY && packet.readUInt16LE(2) === sequence) return kind === ERROR ? undefined : packet;
    }
  }

  /** What is not answered. */
  tell(opcode: number, detail: number, body: Buffer = Buffer.alloc(0)): void {
    const request = Buffer.alloc(4 + padded(body.length));
    request.writeUInt8(opcode, 0);
    request.writeUInt8(detail, 1);
    request.writeUInt16LE(request.length / 4, 2);
    body.copy(request, 4);
    this.#socket.write(request);
    this.#sequence = (this.#sequence + 1) & 0xffff;
  }

  async atom(name: string): Promise<number> {
    return (await this.ask(INTERN_ATOM, 0, withText(name)))?.readUInt32LE(8) ?? 0;
  }

  /** @returns the opcode of its questions, where the display has it */
  async extension(name: string): Promise<number | undefined> {
    const reply = await this.ask(QUERY_EXTENSION, 0, withText(name));
    return reply?.readUInt8(8) === 1 ? reply.readUInt8(9) : undefined;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  async #bytes(count: number): Promise<Buffer> {
    this.#received = await received(this.#socket, this.#received, count);
    return this.#received;
  }
}

/** @returns nothing where there is no such display, or it does not let us in */
export async function openDisplay(
  { DISPLAY, XAUTHORITY }: DisplayName,
  { uid, home }: Account,
): Promise<Display | undefined> {
  const number = numberOf(DISPLAY);
  if (number === undefined) return undefined;
  const socket = connect(socketOf(number));
  socket.setTimeout(WAIT_MS, () => socket.destroy(new Error("the display does not answer")));
  try {
    await once(socket, "connect");
    // Whoever waits for bytes hears of what goes wrong later.
    socket.on("error", () => {});
    socket.write(greeting(cookieIn(XAUTHORITY ?? join(home, ".Xauthority"), number, uid)));
    const head = await received(socket, Buffer.alloc(0), 8);
    const length = 8 + 4 * head.readUInt16LE(6);
    const whole = await received(socket, head, length);
    if (whole.readUInt8(0) !== 1) throw new Error("the display does not let us in");
    return new Display(socket, whole.subarray(0, length), whole.subarray(length));
  } catch {
    socket.destroy();
    return undefined;
  }
}

/** A display of this computer that has ended; programs that were started on it may live on without. */
export function isGone({ DISPLAY }: DisplayName): boolean {
  const number = numberOf(DISPLAY);
  return number !== undefined && !existsSync(socketOf(number));
}

/** Of a display of this computer. */
const numberOf = (name = "") => /^(?:unix)?:(\d{1,5})(?:\.\d+)?$/.exec(name)?.[1];

const socketOf = (number: string) => `/tmp/.X11-unix/X${number}`;

async function received(socket: Socket, bytes: Buffer, count: number): Promise<Buffer> {
  if (count > MOST_REPLY_BYTES) throw new Error("the display answers too much");
  while (bytes.length < count) {
    const chunk = await new Promise<Buffer>((resolve, reject) => {
      const gone = () => reject(new Error("the display has gone away"));
      if (socket.destroyed) return gone();
      socket.once("close", gone);
      socket.once("data", (data) => {
        socket.off("close", gone);
        socket.pause();
        resolve(data);
      });
      socket.resume();
    });
    bytes = Buffer.concat([bytes, chunk]);
  }
  return bytes;
}

function greeting(cookie: Buffer = Buffer.alloc(0)): Buffer {
  const name = Buffer.from(cookie.length > 0 ? COOKIE : "");
  const bytes = Buffer.alloc(12 + padded(name.length) + padded(cookie.length));
  // "l": little-endian; version 11.0.
  bytes.write("l", 0);
  bytes.writeUInt16LE(11, 2);
  bytes.writeUInt16LE(name.length, 6);
  bytes.writeUInt16LE(cookie.length, 8);
  name.copy(bytes, 12);
  cookie.copy(bytes, 12 + padded(name.length));
  return bytes;
}

function cookieIn(file: string, display: string, uid: number): Buffer | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    return fstatSync(descriptor).uid === uid ? cookieFor(readFileSync(descriptor), display, hostname()) : undefined;
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** A file of cookies: for each its family, address, display, name and what it is, texts with their lengths before them. */
export function cookieFor(bytes: Buffer, display: string, host: string): Buffer | undefined {
  for (let at = 0; at + 2 <= bytes.length; ) {
    const family = bytes.readUInt16BE(at);
    at += 2;
    const texts: Buffer[] = [];
    for (let i = 0; i < 4; i++) {
      const length = bytes.readUInt16BE(at);
      texts.push(bytes.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
    const [address, number, name, cookie] = texts;
    const ours = family === WILD_FAMILY || (family === LOCAL_FAMILY && String(address) === host);
    if (ours && ["", display].includes(String(number)) && String(name) === COOKIE) return cookie;
  }
  return undefined;
}

function withText(text: string): Buffer {
  const bytes = Buffer.alloc(4 + Buffer.byteLength(text));
  bytes.writeUInt16LE(bytes.length - 4, 0);
  bytes.write(text, 4);
  return bytes;
}

const padded = (length: number) => (length + 3) & ~3;
