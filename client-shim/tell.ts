import { writeSync } from "node:fs";

/**
 * One line for the person at the screen, on stderr. Straight to the descriptor: `process.stderr` would make it
 * non-blocking, for the program that shares it too, whose own output could then be cut short.
 */
export function tell(sentence: string): void {
  try {
    writeSync(2, `seatmeter: ${sentence}\n`);
  } catch {
    // Nobody reads it (closed, or full): no reason to stop a program.
  }
}
