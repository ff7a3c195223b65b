import { mkdtempSync, readFileSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { constants } from "node:os";
import { processIds, readStat } from "../client-shim/programs/linux-processes.ts";

const END_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 20;

/** Those that are there now. */
const folders = new Set<string>();

/**
 * A folder for as long as it is used. With it goes whatever works in it still: a daemon that was killed leaves its Redis
 * running, which is no child of ours and heeds no signal that we get.
 *
 * @param prefix of its path
 */
export async function inScratch<Result>(prefix: string, use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = realpathSync(mkdtempSync(prefix));
  folders.add(folder);
  try {
    return await use(folder);
  } finally {
    clear(folder);
  }
}

/** The same for all of them, and for the programs that we have started, where the command fails or is told to stop. */
export function clearAtExit(): void {
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const)
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  process.once("exit", () => {
    const started = descendantsOf(process.pid);
    // Those first that end in good order what they have started themselves.
    end(() => descendantsOf(process.pid, 1));
    end(() => started.filter((pid) => workplaceOf(pid) !== undefined));
    for (const folder of folders) clear(folder);
  });
}

function clear(folder: string): void {
  end(() => all().filter((pid) => `${workplaceOf(pid)}/`.startsWith(`${folder}/`)));
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}

/** Without giving way to anything else of ours, which would go on with what is being cleared away. */
function end(those: () => number[]): void {
  const beganMs = performance.now();
  const asked = new Set<number>();
  for (let left = those(); left.length > 0; left = those()) {
    const forMs = performance.now() - beganMs;
    // One that no signal ends is the system's own trouble.
    if (forMs > 2 * END_WITHIN_MS) return;
    for (const pid of left) {
      if (forMs > END_WITHIN_MS) kill(pid, "SIGKILL");
      else if (!asked.has(pid)) kill(pid, "SIGTERM");
      asked.add(pid);
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_EVERY_MS);
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

const all = () => (process.platform === "linux" ? processIds() : []);

/** Nothing of one that has ended, whether or not somebody has asked how. */
function workplaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

/** @param depth 1: those only that it has started itself */
function descendantsOf(ancestor: number, depth = Number.POSITIVE_INFINITY): number[] {
  if (depth === 0) return [];
  const children = all().filter((pid) => workplaceOf(pid) !== undefined && parentOf(pid) === ancestor);
  return children.flatMap((pid) => [pid, ...descendantsOf(pid, depth - 1)]);
}

function parentOf(pid: number): number | undefined {
  try {
    return readStat(readFileSync(`/proc/${pid}/stat`, "utf8"), 0).parent;
  } catch {
    return undefined;
  }
}
