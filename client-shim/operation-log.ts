import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import type { Operation, Pause } from "./history-checker.ts";

/** What the first line of a log says: the pool that the rest is about. */
export interface Header {
  seats: number;
  ttlMs: number;
}

/** Writes what a fleet does, one object a line. What comes before the header is known waits for it. */
export class OperationLog {
  readonly #file: string;
  readonly #stream: ReturnType<typeof createWriteStream>;
  #waiting: string[] | undefined = [];
  #failure: SeatmeterError | undefined;
  /** All who write wait for the same room. */
  #room: Promise<unknown> | undefined;

  constructor(file: string) {
    this.#file = file;
    this.#stream = createWriteStream(file);
    this.#stream.on("error", (cause) => {
      this.#failure ??= new SeatmeterError("usage", `${file} cannot be written: ${cause.message}.`, { cause });
    });
  }

  begin({ seats, ttlMs }: Header) {
    if (!this.#waiting) return;
    this.#stream.write(`${JSON.stringify({ seats, ttlMs })}\n${this.#waiting.join("")}`);
    this.#waiting = undefined;
  }

  /** Resolves when there is room for more. Errors: SeatmeterError usage where the file cannot be written. */
  async write(operation: Omit<Operation, "line">): Promise<void> {
    if (this.#failure) throw this.#failure;
    const text = `${JSON.stringify(operation)}\n`;
    if (this.#waiting) this.#waiting.push(text);
    else if (!this.#stream.write(text)) await this.#drained();
  }

  async #drained() {
    // A failure is told by the next write, and by the end.
    this.#room ??= once(this.#stream, "drain")
      .catch(() => {})
      .finally(() => {
        this.#room = undefined;
      });
    await this.#room;
  }

  /** Errors: SeatmeterError usage where the file cannot be written. */
  async end(): Promise<void> {
    this.#stream.end();
    await finished(this.#stream).catch((cause: Error) => {
      throw new SeatmeterError("usage", `${this.#file} cannot be written: ${cause.message}.`, { cause });
    });
  }
}

const OPERATIONS: ReadonlySet<unknown> = new Set(["checkout", "heartbeat", "checkin"]);
const RESULTS: ReadonlySet<unknown> = new Set(["ok", "full", "lost", "unknown"]);

/** A whole log. Errors: SeatmeterError usage, naming the line that is wrong. */
export async function readOperations(
  file: string,
): Promise<{ header: Partial<Header>; operations: Operation[]; pauses: Pause[] }> {
  const operations: Operation[] = [];
  const pauses: Pause[] = [];
  let header: Partial<Header> = {};
  let line = 0;
  for await (const text of linesOf(file)) {
    line += 1;
    if (text.trim() === "") continue;
    const object = parsed(text, `${file}:${line}`);
    if (object.op === undefined && line === 1) header = object;
    else if (object.op === "pause") pauses.push(checkedSpan(object, `${file}:${line}`));
    else operations.push({ ...checkedOperation(object, `${file}:${line}`), line });
  }
  return { header, operations, pauses };
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const stream = createReadStream(file);
  try {
    yield* createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (cause) {
    throw new SeatmeterError("usage", `${file} cannot be read: ${(cause as Error).message}.`, { cause });
  } finally {
    stream.destroy();
  }
}

function parsed(text: string, where: string): Record<string, unknown> {
  try {
    const object: unknown = JSON.parse(text);
    if (typeof object === "object" && object !== null) return object as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new SeatmeterError("usage", `${where} is no JSON object; the file is what "sim --oplog" writes.`);
}

function checkedSpan(object: Record<string, unknown>, where: string): Pause {
  const { t0, t1 } = object;
  if (typeof t0 === "number" && typeof t1 === "number" && t0 <= t1) return { t0, t1 };
  throw new SeatmeterError("usage", `${where} t0 and t1 are milliseconds, t1 not before t0.`);
}

function checkedOperation(object: Record<string, unknown>, where: string): Omit<Operation, "line"> {
  const { op, lease, res, flags } = object;
  if (!OPERATIONS.has(op)) throw new SeatmeterError("usage", `${where} op is one of ${[...OPERATIONS].join(", ")}.`);
  if (!RESULTS.has(res)) throw new SeatmeterError("usage", `${where} res is one of ${[...RESULTS].join(", ")}.`);
  if (typeof lease !== "string") throw new SeatmeterError("usage", `${where} lease is the id of a lease.`);
  if (flags !== undefined && !(Array.isArray(flags) && flags.every((flag) => typeof flag === "string"))) {
    throw new SeatmeterError("usage", `${where} flags is a list of words.`);
  }
  return {
    op: op as Operation["op"],
    lease,
    res: res as Operation["res"],
    ...checkedSpan(object, where),
    ...(flags !== undefined && { flags: flags as string[] }),
  };
}
