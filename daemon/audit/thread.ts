import { parentPort, workerData } from "node:worker_threads";
import { attachHistory } from "../history/database.ts";
import { asHistoryError } from "../history/troubles.ts";
import { AuditBook } from "./book.ts";
import type { AuditTask, FromThread, ToThread } from "./thread-messages.ts";

/*
 * What in-thread.ts starts. SQLite keeps its caller until a row is on the disk, or until another writer is done, and
 * meanwhile nobody could launch.
 */
const task = workerData as AuditTask;
const port = parentPort!;
const say = (message: FromThread) => port.postMessage(message);
const history = await attachHistory(task.place, task.id);
const book = new AuditBook(history);

async function answer({ number, question, words }: Extract<ToThread, { say: "ask" }>) {
  try {
    const ask = book[question].bind(book) as (...words: unknown[]) => Promise<unknown>;
    say({ said: "answer", number, answer: await ask(...words) });
  } catch (cause) {
    const { code, message } = asHistoryError(cause, task.place);
    say({ said: "failed", number, code, message });
  }
}

port.on("message", async (message: ToThread) => {
  if (message.say === "ask") return void answer(message);
  // After what was asked already.
  await book.head().catch(() => {});
  await history.close();
  port.close();
});
