import { parentPort, workerData } from "node:worker_threads";
import { attachHistory } from "./history/database.ts";
import { Recorder, type RecorderStatus } from "./history/recorder.ts";
import type { HistoryPlace } from "./history/troubles.ts";
import type { RedisAddress } from "./ledger/connection.ts";
import { EventStream } from "./ledger/event-stream.ts";

/** What the thread is given when it is made. */
export interface RecorderTask {
  place: HistoryPlace;
  /** Which history it is. */
  id: string;
  redis: RedisAddress;
  prefix: string;
  me: string;
}

/** What it says; it hears one word, "stop", and ends. */
export type ThreadMessage =
  | { said: "status"; status: RecorderStatus }
  | { said: "log"; level: "info" | "warn" | "error"; message: string; facts: object };

/*
 * The recorder has a thread of its own: SQLite writes while its caller waits, and a slow disk would keep launches waiting.
 */
const { place, id, redis, prefix, me } = workerData as RecorderTask;
const say = (message: ThreadMessage) => parentPort?.postMessage(message);
const history = await attachHistory(place, id);
const source = await EventStream.open(redis, prefix, me);
const recorder = new Recorder({
  ...{ history, source, me },
  log: (level, message, facts = {}) => say({ said: "log", level, message, facts }),
  onStatus: (status) => say({ said: "status", status }),
});
parentPort?.once("message", async () => {
  await recorder.stop();
  await history.close();
  parentPort?.close();
});
recorder.start();
