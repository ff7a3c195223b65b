import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Logger } from "pino";
import { SeatmeterError } from "./domain/errors.ts";
import type { History } from "./history/database.ts";
import { RECORDER_TTL_MS } from "./history/limits.ts";
import type { RecorderStatus } from "./history/recorder.ts";
import type { HistoryPlace } from "./history/troubles.ts";
import type { RedisAddress } from "./ledger/connection.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { ThreadMessage, ThreadOrder, ThreadTask } from "./recorder-thread.ts";

const RESTART_MS = 5000;
const STOP_MS = 10_000;
const ASK_EVERY_MS = 500;

export interface RecordingParts {
  place: HistoryPlace;
  /** The daemon's. */
  data: string;
  log: Logger;
}

/**
 * The daemon's part in writing down what happened: a thread that opens the history, and records. Nothing waits for it;
 * while it cannot write, events wait in the ledger. What SQL needs is loaded there, and here only for who reads.
 */
export class Recording {
  readonly #place: HistoryPlace;
  readonly #log: Logger;
  readonly #opened = Promise.withResolvers<string>();
  #id: string | undefined;
  #record: ThreadOrder | undefined;
  #thread: Worker | undefined;
  #restart: NodeJS.Timeout | undefined;
  #status: RecorderStatus = { up: true, backlog: 0, lastWriteMs: 0 };
  #past: Promise<History> | undefined;
  #closed: Promise<void> | undefined;

  /** Begins to open it. */
  constructor({ place, data, log }: RecordingParts) {
    this.#place = place;
    this.#log = log;
    // Told to who joins; until then nobody listens.
    this.#opened.promise.catch(() => {});
    this.#startThread("url" in place ? join(data, "history.sqlite") : undefined);
  }

  get status(): RecorderStatus {
    return this.#status;
  }

  /** Of who joined: where the history lies, and which one it is. */
  get joined(): { place: HistoryPlace; id: string } {
    return { place: this.#place, id: this.#id as string };
  }

  /**
   * All daemons of a ledger write to one history, or each would have a part of it. One that was killed is still remembered
   * for a moment, so a stranger is given the time to be forgotten.
   *
   * Errors: settings_invalid (a history that cannot be used; another daemon that writes to another one),
   * history_unavailable, ledger_unavailable
   */
  async join(ledger: Ledger, { redis, prefix }: { redis: RedisAddress; prefix: string }): Promise<void> {
    const id = await this.#opened.promise;
    const me = `${hostname()}-${process.pid}-${randomUUID()}`;
    this.#record = { order: "record", redis, prefix, me };
    const untilMs = performance.now() + RECORDER_TTL_MS + 2 * ASK_EVERY_MS;
    for (;;) {
      const { others } = await ledger.joinRecorders(id, me, RECORDER_TTL_MS);
      if (others === undefined) return;
      if (performance.now() > untilMs) throw otherHistory(this.#place);
      await delay(ASK_EVERY_MS);
    }
  }

  /** How far each pool is recorded: a ledger that is behind it lost something. Errors: of the database. */
  async lastRecorded() {
    const { lastRecorded } = await import("./history/known-pools.ts");
    return await lastRecorded((await this.past()).db);
  }

  start(): void {
    if (this.#record) this.#thread?.postMessage(this.#record);
  }

  /** To be read. */
  past(): Promise<History> {
    this.#past ??= import("./history/database.ts").then(({ attachHistory }) =>
      attachHistory(this.#place, this.#id as string),
    );
    return this.#past;
  }

  /** What was read is written down, and others take over. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#restart);
    const thread = this.#thread;
    if (thread) {
      const ended = once(thread, "exit");
      thread.postMessage({ order: "stop" } satisfies ThreadOrder);
      const late = setTimeout(() => void thread.terminate(), STOP_MS);
      await ended;
      clearTimeout(late);
    }
    await (await this.#past)?.close();
  }

  #startThread(fileBefore?: string) {
    const task: ThreadTask = { place: this.#place, id: this.#id, fileBefore };
    // Node's options are the daemon's: what they load before it, the thread has no use for.
    const thread = new Worker(new URL("./recorder-thread.ts", import.meta.url), { workerData: task, execArgv: [] });
    this.#thread = thread;
    thread.on("message", (message: ThreadMessage) => this.#hear(message));
    thread.on("error", (error) => {
      this.#opened.reject(error);
      this.#log.error({ err: error }, "the recorder ended; it is started again, and events wait in Redis");
    });
    thread.on("exit", () => {
      this.#thread = undefined;
      if (this.#closed || this.#id === undefined) return;
      this.#status = { ...this.#status, up: false };
      this.#restart = setTimeout(() => {
        this.#startThread();
        this.start();
      }, RESTART_MS);
    });
  }

  #hear(message: ThreadMessage) {
    switch (message.said) {
      case "opened":
        this.#id = message.id;
        this.#opened.resolve(message.id);
        break;
      case "refused":
        this.#opened.reject(new SeatmeterError(message.code, message.message));
        break;
      case "status":
        this.#status = message.status;
        break;
      case "log":
        this.#log[message.level](message.facts, message.message);
    }
  }
}

const otherHistory = (place: HistoryPlace) =>
  new SeatmeterError(
    "settings_invalid",
    "another daemon on this ledger writes to another history. " +
      ("file" in place
        ? "Several daemons need one in PostgreSQL: stop that one, run seatmeter history copy --to postgres://… where its " +
          "data are, and set DATABASE_URL for all of them; or set SEATMETER_HISTORY=off for this one"
        : "Set DATABASE_URL to the same database for all of them"),
  );
