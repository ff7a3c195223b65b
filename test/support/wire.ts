import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { WebSocket } from "ws";
import { CLOSE } from "../../daemon/protocol/close-codes.ts";
import type { FromDaemon, Message, ToDaemon } from "../../daemon/protocol/messages.ts";
import { SUBPROTOCOL } from "../../daemon/protocol/subprotocol.ts";

type Answer = Exclude<FromDaemon, { type: "policy" | "welcome" | "alive" }>;

/** A shim that says just what a test wants said, over a real WebSocket. */
export class Wire {
  readonly #socket: WebSocket;
  readonly #answers = new Map<string, ((answer: Answer) => void)[]>();
  #welcomed!: (welcome: Message<"welcome">) => void;
  readonly welcome: Promise<Message<"welcome">>;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.welcome = new Promise((resolve) => {
      this.#welcomed = resolve;
    });
    socket.on("message", (frame) => this.#hear(JSON.parse(String(frame))));
  }

  /** @param localAddress one of 127.0.0.0/8, so that a register can tell sites apart */
  static async open(url: string, device = `pc-${randomUUID()}`, localAddress = "127.0.0.1"): Promise<Wire> {
    for (;;) {
      const socket = new WebSocket(`${url}/v1/shim`, SUBPROTOCOL, { localAddress });
      const closed = once(socket, "close").then(([code]) => code as number);
      await once(socket, "open");
      const wire = new Wire(socket);
      wire.#say({ type: "hello", device, shim: "test/1" });
      const code = await Promise.race([wire.welcome.then(() => undefined), closed]);
      if (code === undefined) return wire;
      // A daemon that was just busy sends new connections away for a second: then a shim comes again.
      if (code !== CLOSE.overloaded) throw new Error(`closed with ${code} instead of a welcome`);
    }
  }

  /** The answer to a message about one lease. */
  ask(message: Extract<ToDaemon, { leaseId: string }>): Promise<Answer> {
    return new Promise((resolve) => {
      this.#answers.set(message.leaseId, [...(this.#answers.get(message.leaseId) ?? []), resolve]);
      this.#say(message);
    });
  }

  checkout(leaseId: string, more: Partial<Extract<ToDaemon, { type: "checkout" }>> = {}): Promise<Answer> {
    return this.ask({ type: "checkout", leaseId, product: "demo", user: "asmith", ...more });
  }

  checkin(leaseId: string): Promise<Answer> {
    return this.ask({ type: "checkin", leaseId });
  }

  close(): void {
    this.#socket.terminate();
  }

  #say(message: ToDaemon) {
    this.#socket.send(JSON.stringify(message));
  }

  #hear(message: FromDaemon) {
    if (message.type === "welcome") this.#welcomed(message);
    if (!("leaseId" in message) || typeof message.leaseId !== "string") return;
    this.#answers.get(message.leaseId)?.shift()?.(message as Answer);
  }
}
