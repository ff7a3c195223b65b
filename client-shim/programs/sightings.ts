import type { Process, Processes } from "./seen-program.ts";

export interface Sighting {
  process: Process;
  executable: string;
  ancestors: readonly number[];
}

export interface Changes {
  started: Sighting[];
  ended: Sighting[];
}

/** Longer is no chain of parents, but a listing that was taken while processes came and went. */
const LONGEST_CHAIN = 64;

/**
 * What became of programs between one listing of processes and the next. A process that becomes another program, as a
 * script that ends in `exec` does, stays the program that it was first seen as.
 */
export class Sightings {
  readonly #fold: (name: string) => string;
  readonly #running = new Map<number, Sighting>();
  #before: Processes = new Map();
  #executables: ReadonlySet<string> = new Set();
  /** As the register writes it, by what the system compares. */
  #wanted = new Map<string, string>();

  constructor(fold: (name: string) => string) {
    this.#fold = fold;
  }

  running(): ReadonlySet<number> {
    return new Set(this.#running.keys());
  }

  look(processes: Processes, executables: ReadonlySet<string>): Changes {
    const ended = [...this.#running.values()].filter(
      ({ process }) => processes.get(process.pid)?.startedAtMs !== process.startedAtMs,
    );
    for (const { process } of ended) this.#running.delete(process.pid);
    const anew = this.#changed(executables);
    const started: Sighting[] = [];
    for (const process of processes.values()) {
      if (this.#running.has(process.pid) || (!anew && this.#before.get(process.pid) === process)) continue;
      const executable = process.names.map((name) => this.#wanted.get(this.#fold(name))).find((name) => name);
      if (executable === undefined) continue;
      const sighting = { process, executable, ancestors: ancestorsOf(process, processes) };
      this.#running.set(process.pid, sighting);
      started.push(sighting);
    }
    this.#before = processes;
    return { started: started.sort((one, other) => one.process.startedAtMs - other.process.startedAtMs), ended };
  }

  /** The set may be another, or the same with other names in it. */
  #changed(executables: ReadonlySet<string>): boolean {
    if (executables.size === this.#executables.size && executables.isSubsetOf(this.#executables)) return false;
    this.#executables = new Set(executables);
    this.#wanted = new Map([...executables].map((name) => [this.#fold(name), name]));
    return true;
  }
}

function ancestorsOf({ parent }: Process, processes: Processes): number[] {
  const chain: number[] = [];
  for (let pid = parent; pid > 0 && chain.length < LONGEST_CHAIN && !chain.includes(pid); ) {
    chain.push(pid);
    pid = processes.get(pid)?.parent ?? 0;
  }
  return chain;
}
