// @ts-check
// Plain JavaScript: a Node too old for TypeScript reads it too (newer-node.mjs).
import { constants } from "node:os";

/**
 * How a program ended.
 *
 * @typedef {object} End
 * @property {number} exit What a shell would give: 128+n after signal n, 127 where there is no such program, 126 where
 *   it is none.
 * @property {"program_exited" | "program_crashed"} [why] Nothing for a program that never ran.
 * @property {string} [failure] Why it never ran.
 */

/** Signals that nobody sends to end a program on purpose. SIGKILL is how a system short of memory ends one. */
const CRASHES = new Set(["SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGTRAP", "SIGSYS", "SIGKILL"]);
/** Windows gives a crashed program's exception as its exit code: 0xC0000005 and others from here on. */
const FIRST_EXCEPTION = 0xc0000000;

/** @param {number} code @returns {End} */
export const exited = (code) => ({ exit: code, why: code >= FIRST_EXCEPTION ? "program_crashed" : "program_exited" });

/** @param {NodeJS.Signals} signal @returns {End} */
export const endedBy = (signal) => ({
  exit: exitAfter(signal),
  why: CRASHES.has(signal) ? "program_crashed" : "program_exited",
});

/** @param {NodeJS.Signals} signal */
export const exitAfter = (signal) => 128 + constants.signals[signal];

/** @param {string} command @param {NodeJS.ErrnoException} error @returns {End} */
export function neverRan(command, { code, message }) {
  if (code === "ENOENT") return { exit: 127, failure: `${command}: there is no such program.` };
  if (code === "EACCES") return { exit: 126, failure: `${command} is not a program, or not one that you may start.` };
  return { exit: 126, failure: `${command} could not be started: ${message}.` };
}
