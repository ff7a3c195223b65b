import { parentPort, workerData } from "node:worker_threads";
import { SeatmeterError } from "../domain/errors.ts";
import { attachHistory } from "../history/database.ts";
import { replayErasures } from "../history/erasures.ts";
import { peopleOf90Days } from "../history/queries/people.ts";
import { deleteOld, type RetentionRun, retentionRuns } from "../history/retention.ts";
import { lastRollupMs } from "../history/rollup-lock.ts";
import { Rollups } from "../history/rollups.ts";
import { asHistoryError, isFault } from "../history/troubles.ts";
import { ComputersDesk } from "./computers.ts";
import { RenewalDesk } from "./desk.ts";
import { PersonalDesk } from "./personal.ts";
import type { FromThread, RenewalsTask, ToThread } from "./thread-messages.ts";
import { workOut } from "./work-out.ts";

/*
 * What in-thread.ts starts: days are worked out, and questions about them are answered, beside the daemon's own work. SQLite
 * reads while its caller waits, and a report of three years is some tens of milliseconds in which nobody could launch.
 */
const EVERY_MS = 60_000;
const task = workerData as RenewalsTask;
const port = parentPort!;
const say = (message: FromThread) => port.postMessage(message);
const history = await attachHistory(task.place, task.id);
let inForce = task.register;
const register = () => inForce;
const onFault = (pool: string, { message }: Error) =>
  say({ said: "log", level: "error", message: `the days of ${pool} cannot be worked out, the others are: ${message}` });
const rollups = new Rollups({ history, register, me: task.me, onFault });
const desks = [
  new RenewalDesk({ history, rollups, register }),
  new PersonalDesk({ history, register }),
  new ComputersDesk({ history, register }),
];

let next: NodeJS.Timeout | undefined;
let running: Promise<void> | undefined;
let stopping = false;
let trouble = "";

async function work() {
  try {
    await workOut({ history, rollups, register, now: Date.now });
    const night = await deleteOld({ history, rollups, register, now: Date.now });
    if (night) tellOf(night);
    else await history.db.transaction().execute((db) => replayErasures(db, Date.now(), "unfinished"));
    const [lastSuccessMs, people] = [await lastRollupMs(history.db), await peopleOf90Days(history.db)];
    const [retention] = await retentionRuns(history.db, 1);
    say({ said: "status", status: { lastSuccessMs, people, retention } });
    trouble = "";
  } catch (error) {
    // It is tried again in a minute; nothing is lost by it. Once for each trouble, not once a minute.
    const { message } = asHistoryError(error, task.place);
    if (message !== trouble) say({ said: "log", level: "warn", message: `no days are worked out for now: ${message}` });
    trouble = message;
  }
  if (!stopping) next = setTimeout(start, EVERY_MS);
}

function tellOf({ deleted, waiting }: RetentionRun) {
  say({ said: "log", level: "info", message: "what was kept for long enough is deleted", facts: { deleted } });
  for (const pool of waiting) {
    const message = `launches of ${pool} are kept for longer than they may be: their days cannot be worked out`;
    say({ said: "log", level: "error", message });
  }
}

function start() {
  running = work();
}

async function answer({ number, question, words }: Extract<ToThread, { say: "ask" }>) {
  try {
    const answerer = desks.find((desk) => question in desk)!;
    const ask = answerer[question as keyof typeof answerer] as (...words: unknown[]) => Promise<unknown>;
    say({ said: "answer", number, answer: await ask.apply(answerer, words) });
  } catch (cause) {
    const error = isFault(cause) ? new SeatmeterError("internal", cause.stack ?? cause.message) : told(cause);
    say({ said: "failed", number, code: error.code, message: error.message, field: error.field });
  }
}

const told = (cause: unknown) => asHistoryError(cause, task.place);

port.on("message", (message: ToThread) => {
  if (message.say === "ask") void answer(message);
  else if (message.say === "register") inForce = message.register;
  else void stop();
});

async function stop() {
  stopping = true;
  clearTimeout(next);
  await running;
  await history.close();
  port.close();
}

start();
