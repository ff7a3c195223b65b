import { readFileSync, statSync } from "node:fs";
import type { FastifyBaseLogger } from "fastify";
import { SeatmeterError } from "../domain/errors.ts";
import { mistakesAsText } from "../domain/mistake.ts";
import { readTokens, type TokenTable } from "./tokens.ts";

/** How long a change of the file may go unseen, in milliseconds. */
const LOOK_EVERY_MS = 2000;

/** The tokens of one file, read again when it changes. A change with a mistake changes nothing. */
export class TokenFile {
  readonly #path: string;
  readonly #log: FastifyBaseLogger;
  readonly #onRead: (tokens: TokenTable) => void;
  #tokens: TokenTable | undefined;
  #seen = "";
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(path: string, log: FastifyBaseLogger, onRead: (tokens: TokenTable) => void = () => {}) {
    this.#path = path;
    this.#log = log;
    this.#onRead = onRead;
  }

  /** @returns undefined while the file could never be read: nobody comes in */
  tokens(nowMs: number): TokenTable | undefined {
    // Either way, or a clock that was set back would keep a revoked token good.
    if (Math.abs(nowMs - this.#lookedAtMs) >= LOOK_EVERY_MS) {
      this.#lookedAtMs = nowMs;
      const found = fingerprintOf(this.#path);
      if (found !== this.#seen) {
        this.#seen = found;
        try {
          this.read();
        } catch (error) {
          this.#log.warn({ err: error }, "the tokens in force stay as they were");
        }
      }
    }
    return this.#tokens;
  }

  /** @throws settings_invalid, with every mistake */
  read() {
    let text: string;
    try {
      this.#seen = fingerprintOf(this.#path);
      text = readFileSync(this.#path, "utf8");
    } catch (cause) {
      const message = `the tokens in ${this.#path} cannot be read: ${(cause as Error).message}`;
      throw new SeatmeterError("settings_invalid", message, { cause });
    }
    const read = readTokens(text);
    if ("mistakes" in read) throw new SeatmeterError("settings_invalid", mistakesAsText(this.#path, read.mistakes));
    this.#tokens = read.tokens;
    this.#log.info({ file: this.#path }, "tokens read");
    this.#onRead(read.tokens);
  }
}

/**
 * By which a change of a file is seen. It is asked every few seconds by nobody in particular, so a folder that may not be
 * looked into, or a disk that is away, is an answer like another: whoever then reads the file says what is wrong.
 */
export function fingerprintOf(path: string): string {
  try {
    const { ino, mtimeNs, size } = statSync(path, { bigint: true });
    return `${ino} ${mtimeNs} ${size}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
