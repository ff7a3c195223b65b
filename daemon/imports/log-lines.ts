import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { SeatmeterError } from "../domain/errors.ts";

const GZIP = Buffer.from([0x1f, 0x8b]);
/** Either way round: what PowerShell's > writes. */
const UTF16 = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];
const NEWLINE = 0x0a;
/** Beyond this it is no line of a log: somebody gave us another kind of file. */
const LINE_BYTES = 1024 * 1024;

const CHUNK_BYTES = 256 * 1024;

const IN_WORDS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "this user may not read it",
  EISDIR: "it is a folder",
  Z_BUF_ERROR: "the gzip ends in the middle; copy it again",
  Z_DATA_ERROR: "the gzip is damaged; copy it again",
};

const utf8 = new TextDecoder("utf-8", { fatal: true });
const windows = new TextDecoder("windows-1252");

/**
 * The lines of one file, plain or gzip, whatever its name says. A line that is not UTF-8 is read as Windows-1252, so
 * that two names which differ in an accent stay two names. A byte-order mark and carriage returns are dropped.
 *
 * Errors: SeatmeterError usage, naming the file, where it cannot be read.
 */
export async function* logLines(file: string): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  let begun = false;
  try {
    for await (const chunk of plain(file)) {
      if (!begun && UTF16.some((mark) => chunk.subarray(0, mark.length).equals(mark))) {
        throw new Error("it is written in UTF-16: save it as UTF-8");
      }
      begun = true;
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let from = 0;
      for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE, from)) {
        yield decoded(rest.subarray(from, end));
        from = end + 1;
      }
      rest = rest.subarray(from);
      if (rest.length > LINE_BYTES) throw new Error(`a line of more than ${LINE_BYTES} bytes: not a log of text`);
    }
  } catch (cause) {
    const { code = "", message } = cause as NodeJS.ErrnoException;
    const why = IN_WORDS[code] ?? message;
    throw new SeatmeterError("usage", `${file} cannot be read: ${why}.`, { cause });
  }
  if (rest.length > 0) yield decoded(rest);
}

async function* plain(file: string): AsyncGenerator<Buffer> {
  const handle = await open(file);
  const start = Buffer.alloc(GZIP.length);
  await handle.read(start, 0, start.length, 0);
  const bytes = handle.createReadStream({ start: 0, highWaterMark: CHUNK_BYTES });
  try {
    if (start.equals(GZIP)) yield* unpacked(bytes);
    else yield* bytes as AsyncIterable<Buffer>;
  } finally {
    // Whoever reads the beginning alone leaves it here, and with it the open file.
    bytes.destroy();
  }
}

function unpacked(bytes: Readable): AsyncIterable<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  // Not `pipeline`: its promise would be a second place in which a broken archive is reported.
  bytes.on("error", (error) => gunzip.destroy(error));
  return bytes.pipe(gunzip);
}

function decoded(bytes: Buffer): string {
  const end = bytes.at(-1) === 0x0d ? bytes.length - 1 : bytes.length;
  const line = bytes.subarray(0, end);
  try {
    return utf8.decode(line);
  } catch {
    return windows.decode(line);
  }
}
