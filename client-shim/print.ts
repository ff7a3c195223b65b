import { ERRORS } from "../daemon/domain/errors.ts";
import { tell } from "./tell.ts";

let read = true;

/**
 * Write an answer to stdout. Where nobody reads on, as in `seatmeter status | head -1`, the rest is of no interest to
 * anybody, and no fault. Not for `run`, whose streams are the program's: even to look at `process.stdout` changes them.
 */
export function print(content: string | Uint8Array, stream: NodeJS.WriteStream = process.stdout): void {
  if (stream.listenerCount("error") === 0) stream.on("error", unlessUnread);
  stream.write(content);
}

/** Whether somebody may still read what is printed. */
export const isRead = () => read;

/** Where it cannot be written, as on a disk that is full, nobody must take a part of it for the whole. */
function unlessUnread(error: NodeJS.ErrnoException): void {
  read = false;
  if (error.code === "EPIPE") return;
  tell(`the output cannot be written: ${error.message}.`);
  process.exit(ERRORS.usage.exit);
}
