import { openSync } from "node:fs";
import tty from "node:tty";
import { tellOpen } from "./tell.ts";

/** Whether somebody sits there who can be asked. */
export const someoneThere = () => tty.isatty(0) && tty.isatty(2);

/**
 * Ask the person a question, to be answered with a line. Not over our own stdin, which is the program's: what is typed
 * after the answer must be left to it, and not even its mode may change.
 *
 * @param interrupted settles with an exit code when the person does not want to answer
 * @returns whether the answer was yes
 */
export async function ask(question: string, interrupted: Promise<number>): Promise<boolean | number> {
  let terminal: tty.ReadStream;
  try {
    terminal = new tty.ReadStream(openSync(process.platform === "win32" ? "\\\\.\\CONIN$" : "/dev/tty", "r"));
  } catch {
    return false;
  }
  try {
    tellOpen(`${question} [y/N] `);
    const line = new Promise<string>((resolve) => {
      terminal.once("data", (typed) => {
        // No byte beyond the line.
        terminal.pause();
        resolve(String(typed));
      });
      terminal.once("end", () => resolve(""));
      terminal.once("error", () => resolve(""));
    });
    const answer = await Promise.race([line, interrupted]);
    return typeof answer === "number" ? answer : /^\s*y(es)?\s*$/i.test(answer);
  } finally {
    terminal.destroy();
  }
}
