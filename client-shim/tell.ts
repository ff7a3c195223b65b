import { writeSync } from "node:fs";

/**
 * One line for the person at the screen, on stderr. Straight to the descriptor: `process.stderr` would make it
 * non-blocking, for the program that shares it too, whose own output could then be cut short.
 */
export function tell(sentence: string): void {
  write(`seatmeter: ${sentence}\n`);
}

/** A line that is not ended: a question, or one that will be written over. */
export function tellOpen(text: string): void {
  write(`seatmeter: ${text}`);
}

/** Write over the line that is not ended, of so many characters. */
export function tellOver(text: string, length: number): void {
  write(`\rseatmeter: ${text.padEnd(length)}`);
}

export const endLine = () => write("\n");

function write(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // Nobody reads it (closed, or full): no reason to stop a program.
  }
}
