// @ts-check
// Plain JavaScript: a Node too old for TypeScript passes signals on with it (newer-node.mjs).
import { closeSync, openSync, readFileSync } from "node:fs";
import { exitAfter } from "./program-end.mjs";

/** Signals that a terminal sends by itself, to everybody in its foreground: the program has them already. */
const OF_THE_TERMINAL = /** @type {const} */ (["SIGINT", "SIGQUIT", "SIGWINCH"]);
const OF_PEOPLE = /** @type {const} */ (["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGCONT"]);
/**
 * These end a launch that still waits for its answer.
 *
 * @type {ReadonlySet<NodeJS.Signals>}
 */
const ENDING = new Set(["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP"]);

/**
 * Whatever is sent to us is meant for the program. Before it runs, a signal ends the launch: `interrupted` settles with
 * the exit code.
 */
export class Signals {
  /** @type {Promise<number>} */
  interrupted;
  /** @type {import("./ask-to-close.ts").Started | undefined} */
  #child;
  /** @type {(exit: number) => void} */
  #interrupt = () => {};

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

  /** @param {import("./ask-to-close.ts").Started | undefined} child */
  passTo(child) {
    this.#child = child;
  }

  /** @param {NodeJS.Signals} signal */
  #pass(signal) {
    if (this.#child) this.#child.kill(signal);
    else if (ENDING.has(signal)) this.#interrupt(exitAfter(signal));
  }
}

/** Do the keys of a terminal reach us, and with us the program, which is in our process group? */
function inForeground() {
  if (process.platform !== "linux") return process.platform === "win32" || hasTerminal();
  // After the name, which may hold anything: state, parent, process group, session, terminal, its foreground group.
  const stat = readFileSync("/proc/self/stat", "latin1");
  const [, , group, , terminal, foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return terminal !== "0" && group === foreground;
}

function hasTerminal() {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}
