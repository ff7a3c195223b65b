import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Freeze a process, as a computer does that swaps or whose disk hangs: its connections stay, and it answers nothing. */
export async function freeze(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  while (stateOf(pid) !== "T") await delay(1);
}

export function thaw(pid: number): void {
  process.kill(pid, "SIGCONT");
}

export async function freezeAll(processes: readonly { pid: number }[]): Promise<void> {
  await Promise.all(processes.map(({ pid }) => freeze(pid)));
}

export function thawAll(processes: readonly { pid: number }[]): void {
  for (const { pid } of processes) thaw(pid);
}

/** One letter, as `ps` shows it. The program's name before it may hold anything but a closing bracket at its end. */
function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2)[0] ?? "";
}
