import { Session } from "node:inspector/promises";
import { isMainThread } from "node:worker_threads";
import { COLLECTED } from "./without-garbage.ts";

/*
 * Loaded into a daemon whose memory is measured, so that what nobody holds any more does not count: on SIGUSR2 all its
 * threads collect their garbage, then it says so in a line.
 */
const COLLECT = "HeapProfiler.collectGarbage";

async function collectEverywhere(): Promise<void> {
  const session = new Session();
  session.connect();
  const threads = new Map<string, PromiseWithResolvers<void>>();
  session.on("NodeWorker.attachedToWorker", ({ params }) => threads.set(params.sessionId, Promise.withResolvers()));
  session.on("NodeWorker.receivedMessageFromWorker", ({ params }) => threads.get(params.sessionId)?.resolve());
  session.on("NodeWorker.detachedFromWorker", ({ params }) => threads.get(params.sessionId)?.resolve());
  await session.post("NodeWorker.enable", { waitForDebuggerOnStart: false });
  for (const sessionId of threads.keys()) {
    await session.post("NodeWorker.sendMessageToWorker", {
      sessionId,
      message: JSON.stringify({ id: 1, method: COLLECT }),
    });
  }
  await session.post(COLLECT);
  await Promise.all([...threads.values()].map(({ promise }) => promise));
  session.disconnect();
  process.stdout.write(`${COLLECTED}\n`);
}

if (isMainThread) process.on("SIGUSR2", collectEverywhere);
