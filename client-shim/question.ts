import { closeSync, openSync, read } from "node:fs";
import tty from "node:tty";
import { tellOpen } from "./tell.ts";

const MOST_BYTES = 4096;

/**
 * Ask the person a question, to be answered with a line. Not over our own stdin, which is the program's: what is typed
 * after the answer must be left to it, and not even its mode may change.
 *
 * @param interrupted settles with an exit code when the person does not want to answer
 * @returns whether the answer was yes
 */
export async function ask(question: string, interrupted: Promise<number>): Promise<boolean | number> {
  let keyboard: Keyboard;
  try {
    const terminal = openSync(process.platform === "win32" ? "\\\\.\\CONIN$" : "/dev/tty", "r");
    keyboard = process.versions.bun ? keyboardOfBun(terminal) : keyboardOfNode(terminal);
  } catch {
    return false;
  }
  try {
    tellOpen(`${question} [y/N] `);
    const answer = await Promise.race([keyboard.line(), interrupted]);
    return typeof answer === "number" ? answer : /^\s*y(es)?\s*$/i.test(answer);
  } finally {
    keyboard.leave();
  }
}

interface Keyboard {
  /** One line, and no byte beyond it; nothing where none can come. */
  line(): Promise<string>;
  leave(): void;
}

/** A read that is under way would keep Node from ending; a stream does not. */
function keyboardOfNode(terminal: number): Keyboard {
  const stream = new tty.ReadStream(terminal);
  const line = () =>
    new Promise<string>((resolve) => {
      stream.once("data", (typed) => {
        stream.pause();
        resolve(String(typed));
      });
      stream.once("end", () => resolve(""));
      stream.once("error", () => resolve(""));
    });
  return { line, leave: () => stream.destroy() };
}

/** Bun's stream reads on after the line; a read keeps nobody. */
function keyboardOfBun(terminal: number): Keyboard {
  const line = () =>
    new Promise<string>((resolve) => {
      const typed = Buffer.alloc(MOST_BYTES);
      read(terminal, typed, 0, MOST_BYTES, null, (error, bytes) =>
        resolve(error ? "" : typed.toString("utf8", 0, bytes)),
      );
    });
  return { line, leave: () => closeSync(terminal) };
}
