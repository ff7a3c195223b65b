import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import type { Places } from "./linux-desktops.ts";
import type { Shown } from "./linux-dialogs.ts";

/** Where somebody has no desktop, on every terminal of theirs. */
export function writeOnTerminals({ account, terminals }: Places, { title, text }: Shown): boolean {
  const lines = `\n${title}\n${text}\n`.replaceAll("\n", "\r\n");
  return terminals.map((terminal) => written(terminal, account.uid, lines)).some(Boolean);
}

function written(terminal: string, uid: number, lines: string): boolean {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(terminal, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
    // The number may have gone to somebody else's terminal.
    if (!isatty(descriptor) || fstatSync(descriptor).uid !== uid) return false;
    writeSync(descriptor, lines);
    return true;
  } catch {
    return false;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
