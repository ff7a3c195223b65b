import { setTimeout as pause } from "node:timers/promises";
import { LinuxProcesses } from "./linux-processes.ts";
import type { Listing, SeenProgram } from "./seen-program.ts";
import { type Sighting, Sightings } from "./sightings.ts";

export interface Watcher {
  started(program: SeenProgram): void;
  /** Of how it ended a system seldom tells a stranger: a crash is known on Windows alone. */
  ended(program: SeenProgram, why: "program_exited" | "program_crashed"): void;
  /** Programs cannot be seen: said once until they can again. */
  blind?(why: string): void;
}

/**
 * See programs start and end, by the names of their executables. What runs already counts as started, when it was. What
 * starts and ends between two looks is not seen.
 *
 * @param executables asked before each look; a name that is new is looked for among what runs, too
 */
export function watchPrograms(
  executables: () => ReadonlySet<string>,
  on: Watcher,
  listing: Listing = listingHere(),
): { stop(): void } {
  const stopped = new AbortController();
  const sightings = new Sightings((name) => listing.fold(name));
  const seen = new Map<number, SeenProgram>();

  const look = async () => {
    const { processes, crashed } = await listing.list(sightings.running());
    if (stopped.signal.aborted) return;
    const { started, ended } = sightings.look(processes, executables());
    for (const { process } of ended) {
      const program = seen.get(process.pid);
      seen.delete(process.pid);
      if (program) on.ended(program, crashed?.has(process.pid) ? "program_crashed" : "program_exited");
    }
    for (const sighting of started) {
      const program = seenProgram(sighting, await listing.userOf(sighting.process));
      if (stopped.signal.aborted) return;
      seen.set(program.pid, program);
      on.started(program);
    }
  };

  const watch = async () => {
    for (let blind = false; !stopped.signal.aborted; ) {
      try {
        await look();
        blind = false;
      } catch (error) {
        if (!blind && !stopped.signal.aborted) on.blind?.((error as Error).message);
        blind = true;
      }
      await pause(listing.everyMs, undefined, { signal: stopped.signal }).catch(() => {});
    }
  };
  void watch();
  return {
    stop: () => {
      stopped.abort();
      listing.stop?.();
    },
  };
}

function seenProgram({ process, executable, ancestors }: Sighting, user: string): SeenProgram {
  const { pid, path, startedAtMs, version, parent } = process;
  return {
    pid,
    executable,
    path,
    user,
    startedAtMs,
    ancestors,
    ...(version && { version }),
    ...(parent && { parent }),
  };
}

function listingHere(): Listing {
  return new LinuxProcesses();
}
