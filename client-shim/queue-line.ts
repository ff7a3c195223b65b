import { isTerminal } from "./someone-there.ts";
import { endLine, tell, tellOpen, tellOver } from "./tell.ts";

/** Where the line cannot be written over, in a log for example, it is not written more often than this. */
const AT_MOST_EVERY_MS = 60_000;

/** What a person reads who waits for a seat: one line, in place on a terminal. */
export class QueueLine {
  readonly #inPlace: boolean;
  readonly #now: () => number;
  #shown: string | undefined;
  #length = 0;
  #shownAtMs = 0;

  constructor(inPlace = isTerminal(2), now = () => performance.now()) {
    this.#inPlace = inPlace;
    this.#now = now;
  }

  /** To be called again and again: what came too early is shown when it is time. */
  show(position: number | "unknown"): void {
    const text =
      position === "unknown"
        ? "all seats are in use; the licence service, which keeps your place, is looked for"
        : `all seats are in use; you are number ${position} in the queue`;
    if (text === this.#shown) return;
    if (this.#shown === undefined) {
      if (this.#inPlace) tellOpen(text);
      else tell(text);
    } else if (this.#inPlace) tellOver(text, this.#length);
    else if (this.#now() - this.#shownAtMs < AT_MOST_EVERY_MS) return;
    else tell(text);
    this.#shown = text;
    this.#length = text.length;
    this.#shownAtMs = this.#now();
  }

  end(): void {
    if (this.#inPlace && this.#shown !== undefined) endLine();
    this.#shown = undefined;
  }
}
