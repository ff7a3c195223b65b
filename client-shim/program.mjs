// @ts-check
// Plain JavaScript: a Node too old for TypeScript starts a newer one with it (newer-node.mjs).
import { spawn } from "node:child_process";
import { endedBy, exited, neverRan } from "./program-end.mjs";

/**
 * @typedef {import("node:child_process").ChildProcess} ChildProcess
 * @typedef {import("./program-end.mjs").End} End
 */

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
