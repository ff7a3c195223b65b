import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Logger } from "pino";
import { SeatmeterError } from "./domain/errors.ts";
import { type History, openHistory } from "./history/database.ts";
import { RECORDER_TTL_MS, type RecorderStatus } from "./history/recorder.ts";
import type { HistoryPlace } from "./history/troubles.ts";
import type { RedisAddress } from "./ledger/connection.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { RecorderTask, ThreadMessage } from "./recorder-thread.ts";

const RESTART_MS = 5000;
const STOP_MS = 10_000;
const ASK_EVERY_MS = 500;

export interface RecordingParts {
  place: HistoryPlace;
  ledger: Ledger;
  redis: RedisAddress;
  prefix: string;
  /** The daemon's. */
  data: string;
  log: Logger;
}

/**
 * The daemon's part in writing down what happened: it opens the history, and keeps a thread that records. Nothing waits
 * for it; while it cannot write, events wait in the ledger.
 */
export class Recording {
  readonly #task: RecorderTask;
  readonly #log: Logger;
  /** For those who read. */
  readonly history: History;
  #thread: Worker | undefined;
  #restart: NodeJS.Timeout | undefined;
  #status: RecorderStatus = { up: true, backlog: 0, lastWriteMs: 0 };
  #stopping = false;

  /**
   * Errors: settings_invalid (a history that cannot be used; another daemon that writes to another one),
   * history_unavailable
   */
  static async open({ place, ledger, redis, prefix, data, log }: RecordingParts): Promise<Recording> {
    const history = await openHistory(place);
    if ("url" in place) await warnOfAnother(data, log);
    try {
      const me = `${hostname()}-${process.pid}-${randomUUID()}`;
      await joinRecorders(ledger, history, me);
      return new Recording({ place, id: history.id, redis, prefix, me }, history, log);
    } catch (error) {
      await history.close();
      throw error;
    }
  }

  private constructor(task: RecorderTask, history: History, log: Logger) {
    this.#task = task;
    this.history = history;
    this.#log = log;
  }

  get status(): RecorderStatus {
    return this.#status;
  }

  async close(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    const thread = this.#thread;
    if (thread) {
      const ended = once(thread, "exit");
      thread.postMessage("stop");
      const late = setTimeout(() => void thread.terminate(), STOP_MS);
      await ended;
      clearTimeout(late);
    }
    await this.history.close();
  }

  /** The thread takes a while to load, and nothing waits for it. */
  start(): void {
    // Node's options are the daemon's: what they load before it, the thread has no use for.
    const thread = new Worker(new URL("./recorder-thread.ts", import.meta.url), {
      workerData: this.#task,
      execArgv: [],
    });
    this.#thread = thread;
    thread.on("message", (message: ThreadMessage) => {
      if (message.said === "status") this.#status = message.status;
      else this.#log[message.level](message.facts, message.message);
    });
    thread.on("error", (error) => {
      this.#log.error({ err: error }, "the recorder ended; it is started again, and events wait in Redis");
    });
    thread.on("exit", () => {
      this.#thread = undefined;
      if (this.#stopping) return;
      this.#status = { ...this.#status, up: false };
      this.#restart = setTimeout(() => this.start(), RESTART_MS);
    });
  }
}

/**
 * All daemons of a ledger write to one history, or each would have a part of it. One that was killed is still remembered
 * for a moment, so a stranger is given the time to be forgotten.
 */
async function joinRecorders(ledger: Ledger, history: History, me: string): Promise<void> {
  const untilMs = performance.now() + RECORDER_TTL_MS + 2 * ASK_EVERY_MS;
  for (;;) {
    const { others } = await ledger.joinRecorders(history.id, me, RECORDER_TTL_MS);
    if (others === undefined) return;
    if (performance.now() > untilMs) throw otherHistory(history);
    await delay(ASK_EVERY_MS);
  }
}

/** What happened before, in a file that nobody copied, would be missed in every report. */
async function warnOfAnother(data: string, log: Logger): Promise<void> {
  const file = join(data, "history.sqlite");
  if (!existsSync(file)) return;
  const left = await openHistory({ file }).catch(() => undefined);
  if (!left) return;
  const recorded = await left.db.selectFrom("progress").select("number").limit(1).execute();
  if (recorded.length > 0)
    log.warn({ file }, "this file holds what happened before; take it along with seatmeter history copy --to URL");
  await left.close();
}

const otherHistory = ({ place }: History) =>
  new SeatmeterError(
    "settings_invalid",
    "another daemon on this ledger writes to another history. " +
      ("file" in place
        ? "Several daemons need one in PostgreSQL: stop that one, run seatmeter history copy --to postgres://… where its " +
          "data are, and set DATABASE_URL for all of them; or set SEATMETER_HISTORY=off for this one"
        : "Set DATABASE_URL to the same database for all of them"),
  );
