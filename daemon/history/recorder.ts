import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { SeatmeterError } from "../domain/errors.ts";
import type { LedgerEvent } from "../domain/events.ts";
import type { Span } from "../domain/usage.ts";
import { exchanged, type History, moved } from "./database.ts";
import { RECORDER_TTL_MS } from "./limits.ts";
import { asHistoryError } from "./troubles.ts";
import { Writer } from "./writer.ts";

/** What is read, and acknowledged, at once: all that one call of the ledger's script did. */
export interface SourceRecord {
  pool: string;
  id: string;
  events: LedgerEvent[];
}

/** Where the events come from: the ledger's streams (ledger/event-stream.ts). Errors of all: Redis's. */
export interface EventSource {
  pools(): Promise<string[]>;
  own(pools: readonly string[]): void;
  again(): void;
  read(waits: boolean): Promise<{ records: SourceRecord[]; trimmed: { pool: string; ids: string[] }[] }>;
  claimBefore(pool: string, id: string): Promise<SourceRecord[]>;
  acknowledge(records: readonly SourceRecord[]): Promise<void>;
  trim(pools: readonly string[]): Promise<void>;
  gaps(): Promise<Span[]>;
  forgetGaps(gaps: readonly Span[]): Promise<void>;
  lastNumbers(pools: readonly string[]): Promise<{ pool: string; epoch: string; number: number }[]>;
  join(history: string, ttlMs: number): Promise<{ others?: string; recorders: string[] }>;
  leave(history: string): Promise<void>;
  interrupt(): void;
  close(): void;
}

export interface RecorderStatus {
  up: boolean;
  /** Events that wait to be recorded, of all pools. */
  backlog: number;
  /** 0: nothing was written yet. */
  lastWriteMs: number;
}

export interface RecorderParts {
  history: History;
  source: EventSource;
  /** This daemon, among those that record. */
  me: string;
  log: (level: "info" | "warn" | "error", message: string, facts?: object) => void;
  onStatus?: (status: RecorderStatus) => void;
}

const TICK_MS = 1000;
/** Few events are gathered for so long: each transaction waits for the disk. */
const GATHER_MS = 100;
const FEW = 200;
const MOST_IN_TRANSACTION = 4000;
const RETRY_MS = 1000;
const DRAIN_MS = 2000;

/**
 * Writes down what happened, exactly once. Records are read as a consumer of each pool's group, written in transactions
 * and acknowledged after them, then trimmed; what is read twice is known by its number. Of several daemons each takes its
 * share of the pools. Whatever fails is tried again for ever: meanwhile events wait in the streams, and nothing waits for
 * them.
 */
export class Recorder {
  readonly #parts: RecorderParts;
  readonly #writer: Writer;
  readonly #recorded = new Map<string, { epoch: string; number: number }>();
  #status: RecorderStatus = { up: true, backlog: 0, lastWriteMs: 0 };
  #owned: string[] = [];
  #tickedMs = 0;
  #trouble = "";
  #stopping = false;
  #running: Promise<void> | undefined;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
    this.#writer = new Writer(parts.history, parts.me);
  }

  get status(): RecorderStatus {
    return this.#status;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Write down what is there by now, if that is soon done, and let others take over. */
  async stop(): Promise<void> {
    const { source, history } = this.#parts;
    this.#stopping = true;
    source.interrupt();
    await this.#running;
    try {
      const untilMs = performance.now() + DRAIN_MS;
      // Pools that had their first event since the last look are this daemon's, too.
      await this.#tick();
      while (performance.now() < untilMs && (await this.#step(false))) {}
      await source.trim(this.#owned);
      await source.leave(history.id);
    } catch {
      // It waits for the next start.
    }
    source.close();
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      try {
        if (performance.now() - this.#tickedMs >= TICK_MS) await this.#tick();
        const records = await this.#step(true);
        this.#recovered();
        if (records > 0 && records < FEW && !this.#stopping) await delay(GATHER_MS);
      } catch (error) {
        if (this.#stopping) return;
        this.#failed(error);
        this.#parts.source.again();
        await delay(RETRY_MS);
      }
    }
  }

  /** @returns how many records were read */
  async #step(waits: boolean): Promise<number> {
    const { records, trimmed } = await this.#parts.source.read(waits);
    for (const { pool, ids } of trimmed) {
      this.#parts.log("error", "events were trimmed from the stream before they were recorded; a gap tells of them", {
        ...{ pool, records: ids.length },
      });
    }
    for (const some of inTransactions(records)) await this.#record(some);
    return records.length + trimmed.length;
  }

  async #record(records: SourceRecord[]): Promise<void> {
    const { source, log } = this.#parts;
    let toAcknowledge = records;
    const recorded = await this.#write(records);
    if (recorded.missing.length > 0) {
      // What lies before is with another daemon, perhaps, that lives no longer or has lost this pool to us. Where nobody
      // has it, it is lost: who acknowledges has written before, which the next transaction would see.
      const theirs = records.filter(({ pool }) => recorded.missing.includes(pool));
      const before = await Promise.all(
        recorded.missing.map((pool) =>
          source.claimBefore(pool, theirs.find((record) => record.pool === pool)?.id ?? ""),
        ),
      );
      toAcknowledge = [...before.flat(), ...records];
      const again = await this.#write([...before.flat(), ...theirs], new Set(recorded.missing));
      for (const pool of recorded.missing) {
        log("warn", "events before these are in no stream; a gap tells of them", { pool, ...again.numbers.get(pool) });
      }
    }
    await source.acknowledge(toAcknowledge);
  }

  async #write(records: readonly SourceRecord[], acceptsGaps?: ReadonlySet<string>) {
    const events = new Map<string, LedgerEvent[]>();
    for (const { pool, events: some } of records) {
      const all = events.get(pool);
      if (all) all.push(...some);
      else events.set(pool, [...some]);
    }
    const recorded = await this.#writer.write(events, acceptsGaps).catch((error) => {
      throw asHistoryError(error, this.#parts.history.place);
    });
    for (const [pool, last] of recorded.numbers) this.#recorded.set(pool, last);
    this.#tell({ lastWriteMs: Date.now() });
    return recorded;
  }

  async #tick(): Promise<void> {
    const { source, history, me } = this.#parts;
    this.#tickedMs = performance.now();
    const pools = await source.pools();
    await this.#count(pools);
    // Who cannot write takes no pools from others that can; it comes back when it can.
    if (this.#trouble) await this.#look();
    const { others, recorders } = await source.join(history.id, RECORDER_TTL_MS);
    if (others !== undefined) throw otherHistory();
    this.#owned = pools.filter((pool) => ownerOf(pool, recorders) === me);
    source.own(this.#owned);
    await source.trim(this.#owned);
    await this.#recordGaps();
  }

  /** Whichever recorder comes first: what two of them write is the same. */
  async #recordGaps(): Promise<void> {
    const { source, history, log } = this.#parts;
    const gaps = await source.gaps();
    if (gaps.length === 0) return;
    await this.#writer.writeGaps(gaps).catch((error) => {
      throw asHistoryError(error, history.place);
    });
    await source.forgetGaps(gaps);
    for (const { fromMs, untilMs } of gaps) {
      const [from, until] = [fromMs, untilMs].map((atMs) => new Date(atMs).toISOString());
      log("info", "no daemon ran for a while, which reports leave out", { from, until });
    }
  }

  async #look(): Promise<void> {
    const { db, place, id } = this.#parts.history;
    try {
      const row = await db.selectFrom("history").selectAll().executeTakeFirst();
      if (row?.moved_ms != null) throw moved(place, row.moved_ms);
      if (row?.id !== id) throw exchanged();
    } catch (error) {
      throw asHistoryError(error, place);
    }
  }

  /** Other daemons record as well, so the database is asked; while it is away, what it said last still counts. */
  async #count(pools: readonly string[]): Promise<void> {
    const last = await this.#parts.source.lastNumbers(pools);
    try {
      const progress = await this.#parts.history.db
        .selectFrom("progress")
        .select(["pool", "epoch", "number"])
        .execute();
      for (const { pool, epoch, number } of progress) {
        const known = this.#recorded.get(pool);
        if (!known || epoch >= known.epoch) this.#recorded.set(pool, { epoch, number });
      }
    } catch (error) {
      this.#failed(asHistoryError(error, this.#parts.history.place));
    }
    const waiting = last.map(({ pool, epoch, number }) => {
      const recorded = this.#recorded.get(pool);
      return number - (recorded?.epoch === epoch ? recorded.number : 0);
    });
    this.#tell({ backlog: waiting.reduce((sum, events) => sum + Math.max(0, events), 0) });
  }

  #tell(change: Partial<RecorderStatus>) {
    this.#status = { ...this.#status, ...change };
    this.#parts.onStatus?.(this.#status);
  }

  /** Once for each trouble, not once a second. */
  #failed(error: unknown) {
    const { message } = error as Error;
    const isOurs = error instanceof SeatmeterError;
    if (message !== this.#trouble) {
      const facts = isOurs ? {} : { err: error };
      this.#parts.log(isOurs ? "error" : "warn", `nothing is recorded for now: ${message}`, facts);
    }
    this.#trouble = message;
    this.#tell({ up: false });
    if (isOurs) void this.#parts.source.leave(this.#parts.history.id).catch(() => {});
  }

  #recovered() {
    if (this.#trouble) this.#parts.log("info", "what happens is recorded again");
    this.#trouble = "";
    if (!this.#status.up) this.#tell({ up: true });
  }
}

/** In their order, in transactions that are not too long; what one call did stays together. */
function* inTransactions(records: readonly SourceRecord[]): Generator<SourceRecord[]> {
  let some: SourceRecord[] = [];
  let events = 0;
  for (const record of records) {
    if (events + record.events.length > MOST_IN_TRANSACTION && some.length > 0) {
      yield some;
      some = [];
      events = 0;
    }
    some.push(record);
    events += record.events.length;
  }
  if (some.length > 0) yield some;
}

/** Each daemon works out the same, and when one comes or goes only its own pools move. */
function ownerOf(pool: string, recorders: readonly string[]): string | undefined {
  const weight = (recorder: string) => createHash("sha1").update(`${recorder}\0${pool}`).digest("hex");
  return recorders.toSorted((one, other) => (weight(one) < weight(other) ? -1 : 1))[0];
}

const otherHistory = () =>
  new SeatmeterError("settings_invalid", "another daemon on this ledger writes to another history");
