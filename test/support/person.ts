import { randomUUID } from "node:crypto";
import type { FromDaemon, Message, ToDaemon } from "../../daemon/protocol/messages.ts";
import type { TestShim } from "./test-shim.ts";

export type CheckoutFields = Partial<Extract<ToDaemon, { type: "checkout" }>>;
type Why = Extract<ToDaemon, { type: "checkin" }>["why"];

/** Whatever a checkout was answered. */
export interface Answer {
  type: FromDaemon["type"];
  leaseId: string;
  flags?: string[];
  ticket?: string;
  message?: string;
}
const ANSWERS = ["granted", "denied", "queued", "returned", "error"];

interface Expecting {
  matches: (message: FromDaemon) => boolean;
  resolve: (message: FromDaemon) => void;
}

/** Somebody at a computer: says something and hears the answer, or hears what is said to him unasked. */
export class Person {
  readonly user: string;
  readonly welcome: Message<"welcome">;
  readonly #shim: TestShim;
  readonly #told: FromDaemon[] = [];
  readonly #expecting: Expecting[] = [];

  constructor(user: string, shim: TestShim, welcome: Message<"welcome">) {
    this.user = user;
    this.welcome = welcome;
    this.#shim = shim;
    void this.#listen();
  }

  /** Ask for a product with a lease of its own, unless told otherwise. */
  async launch(product: string, more: CheckoutFields = {}): Promise<Answer> {
    const leaseId = more.leaseId ?? randomUUID();
    const answered = this.#next((message) => ANSWERS.includes(message.type) && isAbout(message, leaseId));
    this.#shim.say({ type: "checkout", user: this.user, product, ...more, leaseId });
    return (await answered) as Answer;
  }

  async beat(leaseId: string, idleMs?: number): Promise<Message<"alive">> {
    const answered = this.#next(({ type }) => type === "alive" || type === "error");
    const idle = idleMs === undefined ? {} : { idleMs: { [leaseId]: idleMs } };
    this.#shim.say({ type: "heartbeat", leaseIds: [leaseId], ...idle });
    return (await answered) as Message<"alive">;
  }

  async giveBack({ leaseId }: { leaseId: string }, why?: Why): Promise<FromDaemon> {
    const answered = this.#next((message) => ANSWERS.includes(message.type) && isAbout(message, leaseId));
    this.#shim.say({ type: "checkin", leaseId, ...(why && { why }) });
    return answered;
  }

  async postpone({ leaseId }: { leaseId: string }): Promise<FromDaemon> {
    const answered = this.#next(({ type }) => type === "reclaiming" || type === "error");
    this.#shim.say({ type: "postpone", leaseId });
    return answered;
  }

  /** The next of that type that was not heard yet, come or to come. */
  async hear<Type extends FromDaemon["type"]>(type: Type): Promise<Message<Type>> {
    const known = this.#told.findIndex((message) => message.type === type);
    if (known >= 0) return this.#told.splice(known, 1)[0] as Message<Type>;
    return (await this.#next((message) => message.type === type)) as Message<Type>;
  }

  /** The network is gone. */
  async leave() {
    await this.#shim.close();
  }

  #next(matches: Expecting["matches"]): Promise<FromDaemon> {
    return new Promise((resolve) => this.#expecting.push({ matches, resolve }));
  }

  async #listen() {
    for (;;) {
      const message = await this.#shim.hear();
      const expecting = this.#expecting.findIndex(({ matches }) => matches(message));
      if (expecting >= 0) this.#expecting.splice(expecting, 1)[0]!.resolve(message);
      else this.#told.push(message);
    }
  }
}

const isAbout = (message: FromDaemon, leaseId: string) => "leaseId" in message && message.leaseId === leaseId;
