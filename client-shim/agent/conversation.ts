import type { Socket } from "node:net";
import { type ErrorCode, SeatmeterError } from "../../daemon/domain/errors.ts";
import { newLeaseId } from "../lease-id.ts";
import type { Person } from "../person.ts";
import { type FromAgent, type Launch, lines, readFrame, type Status, type ToAgent } from "./frames.ts";
import type { Caller, Held, Programs } from "./programs.ts";

/** What the agent does for those who come to its door. */
export interface Services {
  programs: Programs;
  status(caller: Caller): Status;
  /** Puts off what is about to be reclaimed: one lease, or whichever of theirs. Errors: SeatmeterError. */
  postpone(caller: Caller, leaseId: string | undefined): Promise<{ graceMs: number; postponable: boolean }>;
  /** Makes the door of one person. @returns whether it is there now */
  makeDoor(uid: number, pid: number): Promise<boolean>;
}

/** Somebody who only connects is no business of ours. */
const FIRST_WITHIN_MS = 5_000;
/** While a daemon is asked, whoever waits hears so often that we are there. */
const HERE_EVERY_MS = 1_000;

/** One connection to the agent's door: a launch, from its question to its end, or a question. */
export class Conversation {
  readonly #socket: Socket;
  readonly #caller: Caller;
  readonly #services: Services;
  readonly #interrupted = Promise.withResolvers<number>();
  #answer: (yes: boolean) => void = () => {};
  #begun = false;
  #held: Held | undefined;
  #pid: number | undefined;
  #hasStarted = false;
  #isOver = false;
  readonly #late: NodeJS.Timeout;

  constructor(socket: Socket, caller: Caller, services: Services) {
    this.#socket = socket;
    this.#caller = caller;
    this.#services = services;
    this.#late = setTimeout(() => socket.destroy(), FIRST_WITHIN_MS);
    const feed = lines((line) => this.#hear(line));
    socket.setEncoding("utf8").on("data", (piece: string) => {
      if (!feed(piece)) this.#refuse("usage", "too much was said at once.");
    });
    socket.on("error", () => {});
    socket.on("close", () => this.#left());
  }

  #hear(line: string): void {
    if (this.#isOver) return;
    clearTimeout(this.#late);
    const message = readFrame(line);
    if (typeof message === "string") this.#refuse("usage", `the agent does not understand this: ${message}.`);
    else this.#answered(message);
  }

  #answered(message: ToAgent): void {
    this.#do(message).catch((error: unknown) => {
      const known = error instanceof SeatmeterError ? error : undefined;
      this.#refuse(
        known?.code ?? "internal",
        known?.message ?? `a fault of ours in the agent: ${(error as Error)?.stack}`,
      );
    });
  }

  async #do(message: ToAgent): Promise<void> {
    switch (message.type) {
      case "launch":
        return this.#launch(message);
      case "answer":
        return this.#answer(message.yes);
      case "interrupted":
        return this.#interrupted.resolve(message.exit);
      case "started":
        this.#hasStarted = true;
        this.#pid = message.pid;
        if (this.#held) this.#services.programs.isStarted(this.#held, message.pid);
        return;
      case "ended":
        this.#isOver = true;
        this.#socket.end();
        if (this.#held) await this.#services.programs.end(this.#held, message.why);
        return;
      case "status":
        return this.#say({ type: "status", ...this.#services.status(this.#caller) });
      case "postpone": {
        const { graceMs, postponable } = await this.#services.postpone(this.#caller, message.leaseId);
        return this.#say({ type: "postponed", graceMs, postponable });
      }
      case "door":
        if (await this.#services.makeDoor(message.uid, message.pid)) this.#say({ type: "made" });
        else this.#refuse("forbidden", "this computer has no such process of yours.");
    }
  }

  async #launch(launch: Launch): Promise<void> {
    if (this.#begun) return this.#refuse("usage", "a connection is for one launch.");
    this.#begun = true;
    if (!this.#caller.mayLaunch) return this.#refuse("own_door", "whoever launches comes in by their own door.");
    // Told before a daemon is asked: should we be killed, whoever launches takes no second seat.
    const leaseId = launch.leaseId ?? newLeaseId();
    this.#say({ type: "here", leaseId });
    const pulse = setInterval(() => this.#say({ type: "here", leaseId }), HERE_EVERY_MS);
    const held = await this.#services.programs
      .launch({ ...launch, leaseId }, this.#caller, {
        person: this.#person(launch.canAnswer ?? false),
        interrupted: this.#interrupted.promise,
        close: () => this.#say({ type: "close" }),
      })
      .finally(() => clearInterval(pulse));
    if ("exit" in held) {
      this.#say({ type: "refused", exit: held.exit });
      this.#isOver = true;
      return void this.#socket.end();
    }
    this.#held = held;
    // Whoever asked has gone meanwhile.
    if (this.#socket.closed || this.#isOver) return this.#services.programs.end(held);
    const { attested = false } = held.checkout;
    // Said only where it is so: a command of an earlier version that brings it back knows no such word.
    this.#say({ type: "start", leaseId, attested, ...(held.borrowed && { borrowed: true }) });
  }

  #person(canAnswer: boolean): Person {
    return {
      tell: (text) => this.#say({ type: "tell", text }),
      canAnswer: () => canAnswer,
      ask: async (question, interrupted) => {
        const { promise, resolve } = Promise.withResolvers<boolean>();
        this.#answer = resolve;
        this.#say({ type: "ask", question });
        return Promise.race([promise, interrupted]);
      },
      queue: () => ({
        show: (position) => this.#say({ type: "queue", position }),
        end: () => this.#say({ type: "queue", position: "over" }),
      }),
    };
  }

  /** Whoever launched has gone without a word: killed, for example. What they started may run on. */
  #left(): void {
    clearTimeout(this.#late);
    if (this.#isOver) return;
    this.#isOver = true;
    this.#interrupted.resolve(1);
    if (!this.#held) return;
    const { programs } = this.#services;
    if (this.#hasStarted && this.#pid !== undefined) programs.orphaned(this.#held, this.#pid);
    else void programs.end(this.#held);
  }

  #say(message: FromAgent): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  #refuse(code: ErrorCode | "own_door", message: string): void {
    this.#say({ type: "failed", code, message });
    if (code === "own_door") return;
    this.#socket.end();
  }
}
