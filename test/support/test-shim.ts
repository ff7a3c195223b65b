import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { CHALLENGE_HEADER } from "../../daemon/domain/device-proof.ts";
import type { FromDaemon, Message, ToDaemon } from "../../daemon/protocol/messages.ts";
import { SUBPROTOCOL } from "../../daemon/protocol/subprotocol.ts";

export interface ConnectOptions {
  headers?: Record<string, string>;
  protocols?: string[];
  path?: string;
  /** For a certificate of the test's own. */
  ca?: Buffer;
  /** The shim's own certificate. */
  cert?: Buffer;
  key?: Buffer;
  /** Whether pings are answered. */
  autoPong?: boolean;
  /** One of 127.0.0.0/8, so that a register can tell sites apart. */
  localAddress?: string;
}

/** A connection that says whatever a test wants it to. */
export class TestShim {
  readonly socket: WebSocket;
  /** The code with which the daemon closed it. */
  readonly closed: Promise<number>;
  /** What the daemon asked it to sign. */
  challenge: string | undefined;
  /** So often the daemon asked whether it is there, from its first moment on. */
  pings = 0;
  readonly #said: FromDaemon[] = [];
  readonly #waiting: ((message: FromDaemon) => void)[] = [];

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => {});
    socket.on("ping", () => {
      this.pings += 1;
    });
    socket.on("upgrade", ({ headers }) => {
      this.challenge = headers[CHALLENGE_HEADER.toLowerCase()]?.toString();
    });
    socket.on("message", (text) => {
      const message = JSON.parse(String(text)) as FromDaemon;
      const waiting = this.#waiting.shift();
      if (waiting) waiting(message);
      else this.#said.push(message);
    });
  }

  /** Throws {@link Refused} where the daemon does not let it in. */
  static async connect(url: string, options: ConnectOptions = {}): Promise<TestShim> {
    const {
      headers = {},
      protocols = [SUBPROTOCOL],
      path = "/v1/shim",
      autoPong = true,
      ca,
      cert,
      key,
      localAddress,
    } = options;
    const address = url.replace(/^http/, "ws") + path;
    const socket = new WebSocket(address, protocols, {
      ...{ headers, autoPong, perMessageDeflate: false },
      ...(ca && { ca }),
      ...(cert && key && { cert, key }),
      ...(localAddress && { localAddress }),
    });
    const shim = new TestShim(socket);
    const refused = new Promise<Refused>((resolve) => {
      socket.once("unexpected-response", (_request, response) => resolve(Refused.from(response)));
    });
    const failed = shim.closed.then(() => new Error("there is nobody at this address"));
    const opened = new Promise<undefined>((resolve) => socket.once("open", () => resolve(undefined)));
    const problem = await Promise.race([opened, refused, failed]);
    if (problem) throw problem;
    return shim;
  }

  /** Connected and past its hello. */
  async greet(device = `pc-${randomUUID()}`, rest: { agent?: boolean } = {}): Promise<Message<"welcome">> {
    this.say({ type: "hello", device, shim: "test/1", ...rest });
    return this.next("welcome");
  }

  say(message: ToDaemon | Record<string, unknown>) {
    this.socket.send(JSON.stringify(message));
  }

  /** Say the same many times, in one piece. */
  sayOften(text: string, times: number): Promise<void> {
    const frames = Buffer.concat(Array<Buffer>(times).fill(textFrame(text)));
    const { _socket: stream } = this.socket as unknown as { _socket: Socket };
    return new Promise((resolve) => stream.write(frames, () => resolve()));
  }

  /** The next thing that the daemon says. */
  async hear(): Promise<FromDaemon> {
    return this.#said.shift() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The next thing that the daemon says, which has to be of this type. */
  async next<Type extends FromDaemon["type"]>(type: Type): Promise<Message<Type>> {
    return expected(type, await this.hear());
  }

  /** One checkout, and its answer after the policy, where that was not told yet. */
  async checkout(change: Record<string, unknown> = {}) {
    const leaseId = randomUUID();
    this.say({ type: "checkout", leaseId, product: "cad", user: "asmith", ...change });
    const first = await this.hear();
    return first.type === "policy" ? this.next("granted") : expected("granted", first);
  }

  async close() {
    this.socket.close();
    await this.closed;
  }
}

function expected<Type extends FromDaemon["type"]>(type: Type, message: FromDaemon): Message<Type> {
  if (message.type !== type) throw new Error(`${type} was expected, and this came: ${JSON.stringify(message)}`);
  return message as Message<Type>;
}

/** A text of up to 125 bytes as a client's frame, masked with nothing. */
function textFrame(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | bytes.length, 0, 0, 0, 0]), bytes]);
}

/** What the daemon answered to an upgrade. */
export class Refused extends Error {
  readonly status: number;
  readonly body: { code: string; message: string; retry: boolean };

  private constructor(status: number, body: Refused["body"]) {
    super(`${status} ${body.message}`);
    this.status = status;
    this.body = body;
  }

  static async from(response: IncomingMessage): Promise<Refused> {
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString();
    return new Refused(response.statusCode!, text.startsWith("{") ? JSON.parse(text) : { code: "", message: text });
  }
}
