import { Worker } from "node:worker_threads";
import type { Answer, Asked, Part, TaskName } from "./tasks.ts";

/**
 * Compute something in a thread of its own, so that nobody who asks the daemon for a seat waits for it.
 *
 * @param asked the columns of its holdings are handed over, and are empty here afterwards
 */
export async function inWorker<Name extends TaskName>(
  name: Name,
  asked: Asked<Name>,
  { onProgress, signal }: { onProgress?: (share: number) => void; signal?: AbortSignal } = {},
): Promise<Answer<Name>> {
  signal?.throwIfAborted();
  const { pool, startMs, endMs, kind } = asked.holdings;
  const columns = new Set([pool, startMs, endMs, kind].map(({ buffer }) => buffer));
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    workerData: { name, asked },
    transferList: [...columns].filter((buffer) => buffer instanceof ArrayBuffer),
    // The daemon's own include its set-up, which is no business of a thread's.
    execArgv: [],
  });
  const { promise, resolve, reject } = Promise.withResolvers<Answer<Name>>();
  const items: unknown[] = [];
  worker.on("message", (message: "done" | Part<unknown>) => {
    if (message === "done") return resolve(items as Answer<Name>);
    for (const item of message.items) items.push(item);
    onProgress?.(message.share);
    worker.postMessage("taken");
  });
  worker.on("error", reject);
  worker.on("exit", () => reject(new Error(`the thread for ${name} ended before its answer`)));
  const abort = () => reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return await promise;
  } finally {
    signal?.removeEventListener("abort", abort);
    await worker.terminate();
  }
}
