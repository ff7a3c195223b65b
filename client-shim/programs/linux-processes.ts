import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { userNamed } from "./accounts.ts";
import { isInterpreter, namesOf } from "./script-name.ts";
import type { Listing, Process, Processes } from "./seen-program.ts";

const EVERY_MS = 1_000;
/** `USER_HZ`, in which the kernel tells times, is 100 wherever Node runs. */
const MS_PER_TICK = 10;
/** A process that began just now may be a copy of its parent still, about to become a program of its own. */
const YOUNG_MS = 100;
/** What the kernel says of a file that was replaced since, as by an update. */
const DELETED = / \(deleted\)$/;

/**
 * Processes of Linux, read from `/proc`. At each look only the link to the file that runs is read, which changes when a
 * process becomes another program; the rest is read when it did. Where the links of others cannot be read, as by anybody
 * but root, their processes are not seen: they are their own agents' to see. The kernel would tell of each start, but
 * over a kind of socket that Node does not have.
 */
export class LinuxProcesses implements Listing {
  readonly everyMs = EVERY_MS;
  readonly #bootedAtMs = bootedAtMs();
  #known: Processes = new Map();

  async list(running: ReadonlySet<number>): Promise<{ processes: Processes }> {
    const processes = new Map<number, Process>();
    for (const pid of processIds()) {
      const path = fileOf(pid);
      if (path === undefined) continue;
      const known = this.#known.get(pid);
      const same = known?.path === path && !running.has(pid) && !isInterpreter(path);
      const process = same ? known : this.#lookedAt(pid, path, known);
      if (process) processes.set(pid, process);
    }
    this.#known = processes;
    return { processes };
  }

  userOf = ({ owner }: Process) => userNamed(Number(owner));

  fold = (name: string) => name;

  #lookedAt(pid: number, path: string, known?: Process): Process | undefined {
    try {
      const { parent, startedAtMs } = readStat(read(pid, "stat"), this.#bootedAtMs);
      if (Date.now() - startedAtMs < YOUNG_MS) return undefined;
      const names = namesOf(path, read(pid, "cmdline").split("\0"));
      const same = known?.startedAtMs === startedAtMs && known.path === path && String(known.names) === String(names);
      if (same) return known;
      const owner = Number(/^Uid:\s+(\d+)/m.exec(read(pid, "status"))?.[1]);
      return { pid, parent, path, names, owner, startedAtMs };
    } catch {
      // It ended while it was looked at.
      return undefined;
    }
  }
}

export function processIds(): number[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

const read = (pid: number, file: string) => readFileSync(`/proc/${pid}/${file}`, "utf8");

/** Nothing of a thread of the kernel, of one that has ended, and of somebody else's. */
function fileOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`).replace(DELETED, "");
  } catch {
    return undefined;
  }
}

/** The line of `/proc/PID/stat`: after the name, which may hold anything, come state, parent, and so on. */
export function readStat(line: string, bootedAtMs: number) {
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const [, parent, , , terminal] = fields.map(Number);
  return {
    parent: parent!,
    terminal: terminal!,
    startedAtMs: Math.round(bootedAtMs + Number(fields[19]) * MS_PER_TICK),
  };
}

export function bootedAtMs(): number {
  return Date.now() - Number.parseFloat(readFileSync("/proc/uptime", "utf8")) * 1_000;
}
