import { askToCloseOnLinux } from "./linux-close.ts";
import { askToCloseOnMac } from "./mac-close.ts";
import type { SeenProgram } from "./seen-program.ts";
import { here } from "./systems.ts";
import { askToCloseOnWindows } from "./windows-desktop.ts";

/**
 * Ask a program to close, as by the cross of its own windows: it may ask whether to save first, and may go on. It is never
 * killed. One without windows is asked as its system asks such programs to end.
 */
export async function askProgramToClose(program: SeenProgram): Promise<void> {
  await here({ linux: askToCloseOnLinux, win32: askToCloseOnWindows, darwin: askToCloseOnMac })?.(program);
}
