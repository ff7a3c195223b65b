import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";

/** How a program ended. */
export interface End {
  /** What a shell would give: 128+n after signal n, 127 where there is no such program, 126 where it is none. */
  exit: number;
  /** Nothing for a program that never ran. */
  why?: "program_exited" | "program_crashed";
  /** Why it never ran. */
  failure?: string;
}

/** Signals that nobody sends to end a program on purpose. SIGKILL is how a system short of memory ends one. */
const CRASHES = new Set(["SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGTRAP", "SIGSYS", "SIGKILL"]);
/** Windows gives a crashed program's exception as its exit code: 0xC0000005 and others from here on. */
const FIRST_EXCEPTION = 0xc0000000;

/** Start a program to which terminal and streams belong as if nobody stood between. */
export function startProgram(command: string, args: readonly string[]): { child?: ChildProcess; ended: Promise<End> } {
  let child: ChildProcess;
  try {
    child = spawn(command, args, { stdio: "inherit" });
  } catch (error) {
    return { ended: Promise.resolve(neverRan(command, error as NodeJS.ErrnoException)) };
  }
  const ended = new Promise<End>((resolve) => {
    // Also told of a signal that could not be passed on, which changes nothing.
    child.on("error", (error) => child.pid === undefined && resolve(neverRan(command, error)));
    child.on("exit", (code, signal) => resolve(signal ? endedBy(signal) : exited(code ?? 0)));
  });
  return { child, ended };
}

const exited = (code: number): End => ({
  exit: code,
  why: code >= FIRST_EXCEPTION ? "program_crashed" : "program_exited",
});

const endedBy = (signal: NodeJS.Signals): End => ({
  exit: exitAfter(signal),
  why: CRASHES.has(signal) ? "program_crashed" : "program_exited",
});

export const exitAfter = (signal: NodeJS.Signals) => 128 + constants.signals[signal];

function neverRan(command: string, { code, message }: NodeJS.ErrnoException): End {
  if (code === "ENOENT") return { exit: 127, failure: `${command}: there is no such program.` };
  if (code === "EACCES") return { exit: 126, failure: `${command} is not a program, or not one that you may start.` };
  return { exit: 126, failure: `${command} could not be started: ${message}.` };
}
