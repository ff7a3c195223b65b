import { once } from "node:events";
import { constants, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { type Part, TASKS, type TaskName } from "./tasks.ts";

/*
 * What in-worker.ts starts: one task in a thread of its own. Each piece of the answer is taken before the next one is
 * sent; pieces that lie ready all at once would be taken in one turn of the daemon's event loop.
 */
const port = parentPort!;
const { name, asked } = workerData as { name: TaskName; asked: never };
// Where cores are few, whoever launches something goes before a report. Elsewhere this would be the whole daemon's.
if (process.platform === "linux") setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
for (const part of TASKS[name](asked) as Iterable<Part<unknown>>) {
  port.postMessage(part);
  await once(port, "message");
}
port.postMessage("done");
port.close();
