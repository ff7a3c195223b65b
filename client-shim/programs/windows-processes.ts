import type { Listing, Process, Processes } from "./seen-program.ts";
import { type WindowsChild, windows } from "./windows-child.ts";

const EVERY_MS = 2_000;
/** Windows gives a crashed program's exception as its exit code: 0xC0000005 and others from here on. */
const FIRST_EXCEPTION = 0xc0000000;

/** What the script of Windows answers about processes. */
export interface WindowsChanges {
  started: readonly WindowsProcess[];
  gone: readonly { pid: number; exit: number | null }[];
}

export interface WindowsProcess {
  pid: number;
  parent: number;
  name: string;
  /** Nothing of programs that run with more rights than we do. */
  path: string | null;
  user: string | null;
  startedAtMs: number;
  version: string | null;
}

/** Processes of the people who are signed in to a Windows computer; those of its services are not looked at. */
export class WindowsProcesses implements Listing {
  readonly everyMs = EVERY_MS;
  readonly #child: WindowsChild;
  #known: Processes = new Map();

  constructor(child = windows) {
    this.#child = child;
  }

  async list(): Promise<{ processes: Processes; crashed: ReadonlySet<number> }> {
    const { answer, first } = await this.#child.ask({ ask: "processes" });
    const changed = afterChanges(first ? new Map() : this.#known, answer as WindowsChanges);
    this.#known = changed.processes;
    return changed;
  }

  userOf = async ({ owner }: Process) => String(owner);

  /** `acad` is `ACAD.EXE`. */
  fold = (name: string) => name.toLowerCase().replace(/\.exe$/, "");

  stop(): void {
    this.#child.stop();
  }
}

export function afterChanges(known: Processes, { started, gone }: WindowsChanges) {
  const processes = new Map(known);
  for (const { pid } of gone) processes.delete(pid);
  for (const { pid, parent, name, path, user, startedAtMs, version } of started) {
    // Whose it is, its own user's agent can see.
    if (user === null) continue;
    const names = [name];
    processes.set(pid, {
      pid,
      parent,
      path: path ?? name,
      names,
      owner: user,
      startedAtMs,
      ...(version && { version }),
    });
  }
  const crashes = gone.filter(({ exit }) => exit !== null && exit >>> 0 >= FIRST_EXCEPTION);
  return { processes: processes as Processes, crashed: new Set(crashes.map(({ pid }) => pid)) };
}
