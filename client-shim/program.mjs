// @ts-check
// Plain JavaScript: a Node too old for TypeScript starts a newer one with it (newer-node.mjs).
import { spawn } from "node:child_process";
import { constants } from "node:os";

/**
 * How a program ended.
 *
 * @typedef {object} End
 * @property {number} exit What a shell would give: 128+n after signal n, 127 where there is no such program, 126 where
 *   it is none.
 * @property {"program_exited" | "program_crashed"} [why] Nothing for a program that never ran.
 * @property {string} [failure] Why it never ran.
 *
 * @typedef {import("node:child_process").ChildProcess} ChildProcess
 */

/** Signals that nobody sends to end a program on purpose. SIGKILL is how a system short of memory ends one. */
const CRASHES = new Set(["SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGTRAP", "SIGSYS", "SIGKILL"]);
/** Windows gives a crashed program's exception as its exit code: 0xC0000005 and others from here on. */
const FIRST_EXCEPTION = 0xc0000000;

/**
 * Start a program to which terminal and streams belong as if nobody stood between.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {{ child?: ChildProcess, ended: Promise<End> }}
 */
export function startProgram(command, args) {
  /** @type {ChildProcess} */
  let child;
  try {
    child = spawn(command, args, { stdio: "inherit" });
  } catch (error) {
    return { ended: Promise.resolve(neverRan(command, /** @type {NodeJS.ErrnoException} */ (error))) };
  }
  /** @type {Promise<End>} */
  const ended = new Promise((resolve) => {
    // Also told of a signal that could not be passed on, which changes nothing.
    child.on("error", (error) => child.pid === undefined && resolve(neverRan(command, error)));
    child.on("exit", (code, signal) => resolve(signal ? endedBy(signal) : exited(code ?? 0)));
  });
  return { child, ended };
}

/**
 * Ask a program to close, as its own window would. It may ask whether to save first, and may go on.
 *
 * @param {ChildProcess} child
 */
export function askToClose(child) {
  // Node ends a program of Windows on the spot, whatever the signal's name.
  if (process.platform === "win32")
    spawn("taskkill", ["/PID", String(child.pid)], { stdio: "ignore" }).on("error", () => {});
  else child.kill("SIGTERM");
}

/** @param {number} code @returns {End} */
const exited = (code) => ({ exit: code, why: code >= FIRST_EXCEPTION ? "program_crashed" : "program_exited" });

/** @param {NodeJS.Signals} signal @returns {End} */
const endedBy = (signal) => ({
  exit: exitAfter(signal),
  why: CRASHES.has(signal) ? "program_crashed" : "program_exited",
});

/** @param {NodeJS.Signals} signal */
export const exitAfter = (signal) => 128 + constants.signals[signal];

/** @param {string} command @param {NodeJS.ErrnoException} error @returns {End} */
function neverRan(command, { code, message }) {
  if (code === "ENOENT") return { exit: 127, failure: `${command}: there is no such program.` };
  if (code === "EACCES") return { exit: 126, failure: `${command} is not a program, or not one that you may start.` };
  return { exit: 126, failure: `${command} could not be started: ${message}.` };
}
