import { writeSync } from "node:fs";

const BAR = 30;
const QUARTER = 0.25;

/** How far something long is: a bar that moves where somebody looks at a terminal, else a line now and then. */
export class Progress {
  readonly #isTerminal: boolean;
  readonly #what: string;
  #toldShare = -1;

  constructor(what: string, isTerminal: boolean = process.stderr.isTTY) {
    this.#what = what;
    this.#isTerminal = isTerminal;
  }

  /** @param share from 0 to 1 */
  at(share: number, where: string): void {
    if (this.#isTerminal) {
      const filled = Math.round(share * BAR);
      const bar = "█".repeat(filled) + "░".repeat(BAR - filled);
      write(`\r${this.#what}  ${bar} ${String(Math.round(share * 100)).padStart(3)} %  ${where.padEnd(16)}`);
    } else if (share - this.#toldShare >= QUARTER) {
      this.#toldShare = share;
      write(`${this.#what}: ${Math.round(share * 100)} %, ${where}\n`);
    }
  }

  end(said: string): void {
    write(this.#isTerminal ? `\r${`${this.#what}: ${said}`.padEnd(BAR + 60)}\n` : `${this.#what}: ${said}\n`);
  }
}

function write(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // Nobody reads it: no reason to stop.
  }
}
