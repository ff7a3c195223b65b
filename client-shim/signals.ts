import type { ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { exitAfter } from "./program.ts";

/** Signals that a terminal sends by itself, to everybody in its foreground: the program has them already. */
const OF_THE_TERMINAL = ["SIGINT", "SIGQUIT", "SIGWINCH"] as const;
const OF_PEOPLE = ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGCONT"] as const;
/** These end a launch that still waits for its answer. */
const ENDING = new Set<NodeJS.Signals>(["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP"]);

/**
 * Whatever is sent to us is meant for the program. Before it runs, a signal ends the launch: `interrupted` settles with
 * the exit code.
 */
export class Signals {
  readonly interrupted: Promise<number>;
  #child: ChildProcess | undefined;
  #interrupt: (exit: number) => void = () => {};

  constructor() {
    this.interrupted = new Promise((resolve) => {
      this.#interrupt = resolve;
    });
    for (const signal of OF_PEOPLE) process.on(signal, () => this.#pass(signal));
    for (const signal of OF_THE_TERMINAL) {
      process.on(signal, () => {
        if (!this.#child || !inForeground()) this.#pass(signal);
      });
    }
    // Ctrl-Z must stop us as it stops the program, or the shell would wait on; without a terminal nobody waits.
    if (!hasTerminal()) process.on("SIGTSTP", () => this.#pass("SIGTSTP"));
  }

  passTo(child: ChildProcess | undefined): void {
    this.#child = child;
  }

  #pass(signal: NodeJS.Signals): void {
    if (this.#child) this.#child.kill(signal);
    else if (ENDING.has(signal)) this.#interrupt(exitAfter(signal));
  }
}

/** Do the keys of a terminal reach us, and with us the program, which is in our process group? */
function inForeground(): boolean {
  if (process.platform !== "linux") return process.platform === "win32" || hasTerminal();
  // After the name, which may hold anything: state, parent, process group, session, terminal, its foreground group.
  const stat = readFileSync("/proc/self/stat", "latin1");
  const [, , group, , terminal, foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return terminal !== "0" && group === foreground;
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}
