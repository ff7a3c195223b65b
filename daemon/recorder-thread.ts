import { existsSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { type ErrorCode, SeatmeterError } from "./domain/errors.ts";
import { attachHistory, type History, openHistory } from "./history/database.ts";
import { Recorder, type RecorderStatus } from "./history/recorder.ts";
import type { HistoryPlace } from "./history/troubles.ts";
import type { RedisAddress } from "./ledger/connection.ts";
import { EventStream } from "./ledger/event-stream.ts";

/** What the thread is given when it is made. */
export interface ThreadTask {
  place: HistoryPlace;
  /** Which history it is, where that is known: then it may be away just now. */
  id: string | undefined;
  /** A file of SQLite's that may hold what happened before there was a database. */
  fileBefore: string | undefined;
}

/** What it hears: to begin, once the ledger is there, and to end. */
export type ThreadOrder = { order: "record"; redis: RedisAddress; prefix: string; me: string } | { order: "stop" };

/** What it says; first of all whether the history can be used. */
export type ThreadMessage =
  | { said: "opened"; id: string }
  | { said: "refused"; code: ErrorCode; message: string }
  | { said: "status"; status: RecorderStatus }
  | { said: "log"; level: "info" | "warn" | "error"; message: string; facts: object };

const { place, id, fileBefore } = workerData as ThreadTask;
const say = (message: ThreadMessage) => parentPort?.postMessage(message);

/*
 * The recorder has a thread of its own: SQLite writes while its caller waits, and a slow disk would keep launches waiting.
 * It also opens the history, while the daemon loads all else.
 */
let history: History | undefined;
let recorder: Recorder | undefined;
try {
  history = id === undefined ? await openHistory(place) : await attachHistory(place, id);
  say({ said: "opened", id: history.id });
  let turn = Promise.resolve();
  // One after the other: who is told to stop while he begins would go on for ever.
  parentPort?.on("message", (order: ThreadOrder) => {
    turn = turn.then(() => (order.order === "record" ? record(order) : stop()));
  });
  if (fileBefore !== undefined) await warnOf(fileBefore);
} catch (error) {
  if (!(error instanceof SeatmeterError)) throw error;
  say({ said: "refused", code: error.code, message: error.message });
}

async function record({ redis, prefix, me }: Extract<ThreadOrder, { order: "record" }>) {
  if (!history) return;
  const source = await EventStream.open(redis, prefix, me);
  recorder = new Recorder({
    ...{ history, source, me },
    log: (level, message, facts = {}) => say({ said: "log", level, message, facts }),
    onStatus: (status) => say({ said: "status", status }),
  });
  recorder.start();
}

async function stop() {
  await recorder?.stop();
  await history?.close();
  parentPort?.close();
}

/** What happened before, in a file that nobody copied, would be missed in every report. */
async function warnOf(file: string): Promise<void> {
  const left = existsSync(file) ? await openHistory({ file }).catch(() => undefined) : undefined;
  if (!left) return;
  const recorded = await left.db.selectFrom("progress").select("number").limit(1).execute();
  await left.close();
  if (recorded.length === 0) return;
  const message = "this file holds what happened before; take it along with seatmeter history copy --to URL";
  say({ said: "log", level: "warn", message, facts: { file } });
}
