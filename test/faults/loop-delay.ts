import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";

/*
 * How long the event loop of another process let others wait: loaded into it before all else, and asked by a signal. As
 * the runtime counts it there is a millisecond in each figure that nobody waited for.
 */

export interface LoopDelay {
  p99Ms: number;
  longestMs: number;
}

const FILE = "SEATMETER_TEST_LOOP_DELAY";
const SIGNAL = "SIGUSR2";
const NANOSECONDS_PER_MS = 1e6;

/** For the environment of a process that is to be asked. */
export const watched = (file: string) => ({
  [FILE]: file,
  NODE_OPTIONS: `--import=${pathToFileURL(import.meta.filename)}`,
});

/** Since it was asked last, or since its start. */
export async function loopDelayOf(pid: ChildProcess["pid"], file: string): Promise<LoopDelay> {
  rmSync(file, { force: true });
  process.kill(pid!, SIGNAL);
  while (!existsSync(file)) await delay(10);
  return JSON.parse(readFileSync(file, "utf8"));
}

const file = process.env[FILE];
if (file && isMainThread) {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  process.on(SIGNAL, () => {
    const [p99Ms, longestMs] = [histogram.percentile(99), histogram.max].map((ns) =>
      Math.round(ns / NANOSECONDS_PER_MS),
    );
    writeFileSync(`${file}.new`, JSON.stringify({ p99Ms, longestMs }));
    renameSync(`${file}.new`, file);
    histogram.reset();
  });
}
