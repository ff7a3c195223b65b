let read = true;

/**
 * Write an answer to stdout. Where nobody reads on, as in `seatmeter status | head -1`, the rest is of no interest to
 * anybody, and no fault. Not for `run`, whose streams are the program's: even to look at `process.stdout` changes them.
 */
export function print(text: string, stream: NodeJS.WriteStream = process.stdout): void {
  if (stream.listenerCount("error") === 0) stream.on("error", unlessUnread);
  stream.write(text);
}

/** Whether somebody may still read what is printed. */
export const isRead = () => read;

function unlessUnread(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  read = false;
}
