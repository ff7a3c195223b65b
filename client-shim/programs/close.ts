import { readFileSync } from "node:fs";
import { placesOf } from "./linux-desktops.ts";
import { bootedAtMs, readStat } from "./linux-processes.ts";
import type { SeenProgram } from "./seen-program.ts";
import { openDisplay } from "./x11.ts";
import { askWindowToClose, windowsOf } from "./x11-windows.ts";

/** What the clock may have been set by since a program was first seen. */
const SAME_START_MS = 2_000;

/**
 * Ask a program to close, as by the cross of its own windows: it may ask whether to save first, and may go on. It is never
 * killed. One that has no window is sent SIGTERM, which programs may obey in their own way as well.
 */
export async function askProgramToClose(program: SeenProgram): Promise<void> {
  if (!isStill(program)) return;
  const pids = withChildren(program.pid);
  if (await askWindows(program, new Set(pids))) return;
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGTERM");
    } catch {
      // It has ended by itself, or is another person's.
    }
  }
}

/** @returns whether it has any */
async function askWindows({ user, pid }: SeenProgram, pids: ReadonlySet<number>): Promise<boolean> {
  const places = await placesOf(user, pid);
  for (const desktop of places?.desktops ?? []) {
    using display = await openDisplay(desktop, places!.account);
    const windows = display ? (await windowsOf(display, pids)).filter(({ closes }) => closes) : [];
    for (const window of windows) await askWindowToClose(display!, window);
    if (windows.length > 0) return true;
  }
  return false;
}

/** Its number may be another's by now. */
function isStill({ pid, startedAtMs }: SeenProgram): boolean {
  try {
    const now = readStat(readFileSync(`/proc/${pid}/stat`, "utf8"), bootedAtMs());
    return Math.abs(now.startedAtMs - startedAtMs) < SAME_START_MS;
  } catch {
    return false;
  }
}

/** A script waits for the program that it started, whose windows are meant. */
function withChildren(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
    return [pid, ...children.flatMap(withChildren)];
  } catch {
    return [pid];
  }
}
