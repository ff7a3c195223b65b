// @ts-check
// Plain JavaScript: a Node too old for TypeScript passes signals on with it (newer-node.mjs).
import * as fs from "node:fs";

/** What reads and writes files. */
export const files = () => fs;

/** @param {string} path */
export const isThere = (path) => fs.existsSync(path);

/**
 * What knows terminals is loaded only for what may be one: a desktop's launcher gives a pipe, or /dev/null.
 *
 * @param {number} descriptor
 */
export function isTerminal(descriptor) {
  try {
    const about = fs.fstatSync(descriptor);
    if (process.platform !== "win32" && (!about.isCharacterDevice() || about.rdev === fs.statSync("/dev/null").rdev))
      return false;
  } catch {
    return false;
  }
  return process.getBuiltinModule("node:tty").isatty(descriptor);
}
