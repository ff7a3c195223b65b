import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { SeatmeterError } from "../domain/errors.ts";
import type { AuditBook } from "./book.ts";
import type { AuditTask, FromThread, Question, ToThread } from "./thread-messages.ts";

const STOP_MS = 5_000;
/** Longer than SQLite waits for another writer. A row that is written later than that is an intent without an act. */
const ANSWER_WITHIN_MS = 8_000;
/** Who reads it all, or checks it, has more time. */
const READ_WITHIN_MS = 60_000;
/** The thread is begun with the first question, and loads what it needs: seconds where the machine is busy. */
const START_WITHIN_MS = 20_000;

type Answer<Name extends Question> = Awaited<ReturnType<AuditBook[Name]>>;

/** The audit, in a thread of its own that starts when somebody does something. One that ends is started again then. */
export class AuditInThread implements Pick<AuditBook, Question> {
  readonly #task: AuditTask;
  #thread: Worker | undefined;
  #stopping = false;
  #number = 0;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();

  constructor(task: AuditTask) {
    this.#task = task;
  }

  append = (...words: Parameters<AuditBook["append"]>) => this.#ask("append", ANSWER_WITHIN_MS, words);
  rows = (...words: Parameters<AuditBook["rows"]>) => this.#ask("rows", READ_WITHIN_MS, words);
  head = (...words: Parameters<AuditBook["head"]>) => this.#ask("head", READ_WITHIN_MS, words);
  verify = (...words: Parameters<AuditBook["verify"]>) => this.#ask("verify", READ_WITHIN_MS, words);
  cut = (...words: Parameters<AuditBook["cut"]>) => this.#ask("cut", READ_WITHIN_MS, words);

  /** What was asked already is written down. */
  async close(): Promise<void> {
    this.#stopping = true;
    const thread = this.#thread;
    if (!thread) return;
    const ended = once(thread, "exit");
    thread.postMessage({ say: "stop" } satisfies ToThread);
    const late = setTimeout(() => void thread.terminate(), STOP_MS);
    await ended;
    clearTimeout(late);
  }

  async #ask<Name extends Question>(question: Name, withinMs: number, words: unknown[]): Promise<Answer<Name>> {
    if (this.#stopping) throw away();
    this.#number += 1;
    const number = this.#number;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(number, waiting);
    const patienceMs = this.#thread ? withinMs : withinMs + START_WITHIN_MS;
    const late = setTimeout(() => waiting.reject(away()), patienceMs);
    (this.#thread ?? this.#start()).postMessage({ say: "ask", number, question, words } satisfies ToThread);
    try {
      return (await waiting.promise) as Answer<Name>;
    } finally {
      clearTimeout(late);
      this.#waiting.delete(number);
    }
  }

  #start(): Worker {
    // Node's options are the daemon's: what they load before it, the thread has no use for.
    const thread = new Worker(new URL("./thread.ts", import.meta.url), { workerData: this.#task, execArgv: [] });
    this.#thread = thread;
    thread.on("message", (message: FromThread) => {
      const waiting = this.#waiting.get(message.number);
      if (message.said === "answer") waiting?.resolve(message.answer);
      else waiting?.reject(new SeatmeterError(message.code, message.message));
    });
    const end = () => {
      if (this.#thread === thread) this.#thread = undefined;
      for (const { reject } of this.#waiting.values()) reject(away());
    };
    thread.on("error", end);
    thread.on("exit", end);
    return thread;
  }
}

const away = () => new SeatmeterError("history_unavailable", "the history does not answer");
