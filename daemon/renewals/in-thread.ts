import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { SeatmeterError } from "../domain/errors.ts";
import type { Register } from "../domain/register.ts";
import type { DenialsOfPast, NewDecision, NewNote, Period, Step } from "./renewals.ts";
import type { Answerer, FromThread, Question, RenewalsTask, RollupStatus, ToThread } from "./thread-messages.ts";

const RESTART_MS = 5000;
const STOP_MS = 10_000;

type Log = Record<"info" | "warn" | "error", (facts: object, message: string) => void>;
type Answer<Name extends Question> = ReturnType<Answerer[Name]>;

/**
 * Renewals, worked out in a thread of their own. It starts a moment after the daemon does, or when somebody asks; one that
 * ends is started again.
 */
export class RenewalsInThread implements Answerer {
  readonly #task: Omit<RenewalsTask, "register">;
  readonly #log: Log;
  #register: Register;
  #thread: Worker | undefined;
  #later: NodeJS.Timeout | undefined;
  #stopping = false;
  #number = 0;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #onStatus: (status: RollupStatus) => void = () => {};
  #status: RollupStatus = { lastSuccessMs: 0, people: new Map() };

  /** @param afterMs so long the daemon's own start has the machine for itself */
  constructor({ register, ...task }: RenewalsTask, log: Log, afterMs = 1000) {
    this.#task = task;
    this.#log = log;
    this.#register = register;
    this.#startIn(afterMs);
  }

  get status(): RollupStatus {
    return this.#status;
  }

  /** From now on this register is in force. */
  obey(register: Register): void {
    this.#register = register;
    if (this.#thread) tell(this.#thread, { say: "register", register });
  }

  report(pool: string, asked?: Period): Answer<"report"> {
    return this.#ask("report", pool, asked);
  }

  calendar(): Answer<"calendar"> {
    return this.#ask("calendar");
  }

  whatIf(pool: string, seats: number): Answer<"whatIf"> {
    return this.#ask("whatIf", pool, seats);
  }

  usage(pool: string, asked?: Period & { step?: Step | undefined }): Answer<"usage"> {
    return this.#ask("usage", pool, asked);
  }

  decide(pool: string, decided: NewDecision): Answer<"decide"> {
    return this.#ask("decide", pool, decided);
  }

  note(pool: string, noted: NewNote): Answer<"note"> {
    return this.#ask("note", pool, noted);
  }

  denials(asked: DenialsOfPast): Answer<"denials"> {
    return this.#ask("denials", asked);
  }

  person(people: readonly string[]): Answer<"person"> {
    return this.#ask("person", people);
  }

  ownDevices(people: readonly string[]): Answer<"ownDevices"> {
    return this.#ask("ownDevices", people);
  }

  erase(...words: Parameters<Answerer["erase"]>): Answer<"erase"> {
    return this.#ask("erase", ...words);
  }

  agree(...words: Parameters<Answerer["agree"]>): Answer<"agree"> {
    return this.#ask("agree", ...words);
  }

  retention(): Answer<"retention"> {
    return this.#ask("retention");
  }

  keepInventory(...words: Parameters<Answerer["keepInventory"]>): Answer<"keepInventory"> {
    return this.#ask("keepInventory", ...words);
  }

  computers(): Answer<"computers"> {
    return this.#ask("computers");
  }

  compliance(...words: Parameters<Answerer["compliance"]>): Answer<"compliance"> {
    return this.#ask("compliance", ...words);
  }

  installedOn(devices: readonly string[]): Answer<"installedOn"> {
    return this.#ask("installedOn", devices);
  }

  /** Hears, about once a minute, how far the thread is. */
  onStatus(listener: (status: RollupStatus) => void): void {
    this.#onStatus = listener;
  }

  async close(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#later);
    const thread = this.#thread;
    if (!thread) return;
    const ended = once(thread, "exit");
    tell(thread, { say: "stop" });
    const late = setTimeout(() => void thread.terminate(), STOP_MS);
    await ended;
    clearTimeout(late);
  }

  #ask<Name extends Question>(question: Name, ...words: Parameters<Answerer[Name]>): Answer<Name> {
    if (this.#stopping) throw away();
    this.#number += 1;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(this.#number, waiting);
    tell(this.#thread ?? this.#start(), { say: "ask", number: this.#number, question, words });
    return waiting.promise as Answer<Name>;
  }

  #startIn(ms: number) {
    this.#later = setTimeout(() => this.#thread ?? this.#start(), ms).unref();
  }

  #start(): Worker {
    clearTimeout(this.#later);
    const workerData: RenewalsTask = { ...this.#task, register: this.#register };
    // Node's options are the daemon's: what they load before it, the thread has no use for.
    const thread = new Worker(new URL("./thread.ts", import.meta.url), { workerData, execArgv: [] });
    this.#thread = thread;
    thread.on("message", (message: FromThread) => this.#hear(message));
    thread.on("error", (error) =>
      this.#log.error({ err: error }, "what works out the days ended; it is started again"),
    );
    thread.on("exit", () => {
      this.#thread = undefined;
      for (const { reject } of this.#waiting.values()) reject(away());
      this.#waiting.clear();
      if (!this.#stopping) this.#startIn(RESTART_MS);
    });
    return thread;
  }

  #hear(message: FromThread) {
    if (message.said === "status") {
      this.#status = message.status;
      this.#onStatus(message.status);
    } else if (message.said === "log") this.#log[message.level](message.facts ?? {}, message.message);
    else {
      const waiting = this.#waiting.get(message.number);
      this.#waiting.delete(message.number);
      if (message.said === "answer") waiting?.resolve(message.answer);
      else waiting?.reject(asError(message));
    }
  }
}

const tell = (thread: Worker, message: ToThread) => thread.postMessage(message);

/** The words of a fault are the log's. */
function asError({ code, message, field }: Extract<FromThread, { said: "failed" }>): Error {
  if (code === "internal") return new Error(message);
  return new SeatmeterError(code, message, field === undefined ? {} : { field });
}

const away = () => new SeatmeterError("history_unavailable", "what works out the days is not running just now");
