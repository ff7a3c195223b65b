import { type Act, type ActName, type Head, headText } from "../domain/acts.ts";
import { addDays, type IsoDate, startOfDayMs } from "../domain/calendar.ts";
import { SeatmeterError } from "../domain/errors.ts";
import type { AuditInThread } from "./in-thread.ts";
import { type Recorded, recorded } from "./recorded.ts";

type Log = Record<"info" | "warn" | "error", (facts: object, message: string) => void>;

export interface AuditParts {
  /** None: no history is kept, and acts stand in the log alone. */
  book: Pick<AuditInThread, "append" | "rows" | "head" | "verify"> | undefined;
  log: Log;
  /** The register's, in which days begin. */
  timezone: () => string;
}

/** Which rows somebody wants to see, newest first; days are included. */
export interface RowsAsked {
  from?: IsoDate | undefined;
  to?: IsoDate | undefined;
  act?: ActName | undefined;
  cursor?: string | undefined;
  most: number;
}

/** An act whose intent is written down. */
export interface Begun {
  act: Act;
  /** The row of its intent. */
  row: number | null;
}

/** Writes down who does what: before it is done, or it is not done; and after that, how it went. */
export class Audit {
  readonly #book: AuditParts["book"];
  readonly #log: Log;
  readonly #timezone: () => string;

  constructor({ book, log, timezone }: AuditParts) {
    this.#timezone = timezone;
    this.#book = book;
    this.#log = log;
  }

  /** Errors: audit_unavailable; then the act must not be done. */
  async begin(act: Act): Promise<Begun> {
    if (!this.#book) return { act, row: null };
    try {
      return { act, row: await this.#book.append({ ...act, phase: "intent", outcome: "", intent: null }) };
    } catch (cause) {
      const why = `nothing was done, because it cannot be written down: ${(cause as Error).message}`;
      throw new SeatmeterError("audit_unavailable", why, { cause });
    }
  }

  /** What was done is done: where that cannot be written, the intent stands in the audit, and the outcome in the log. */
  async end({ act, row }: Begun, outcome: string, about = act.about): Promise<void> {
    const facts = { ...toldOf(act), about, outcome, ...(row !== null && { row }) };
    this.#log.info(facts, "an administrator's act");
    if (row === null) return;
    try {
      await this.#book?.append({ ...act, about, phase: "outcome", outcome, intent: row });
    } catch (error) {
      this.#log.error({ ...facts, why: (error as Error).message }, "how an act went could not be written to the audit");
    }
  }

  /** Errors: audit_unavailable, and those of the act. */
  async during<Done>(act: Act, work: () => Promise<Done>, aboutOf?: (done: Done) => string): Promise<Done> {
    const begun = await this.begin(act);
    let done: Done;
    try {
      done = await work();
    } catch (error) {
      await this.end(begun, error instanceof SeatmeterError ? error.code : "internal");
      throw error;
    }
    await this.end(begun, "done", aboutOf?.(done));
    return done;
  }

  /** Something was done that no daemon was asked for, and is found out. Errors: audit_unavailable. */
  async noticed(act: Act): Promise<void> {
    try {
      await this.#book?.append({ ...act, phase: "outcome", outcome: "found", intent: null });
    } catch (cause) {
      throw new SeatmeterError("audit_unavailable", `it cannot be written down: ${(cause as Error).message}`, {
        cause,
      });
    }
    this.#log.info({ ...toldOf(act), outcome: "found" }, "an administrator's act");
  }

  /** Something was found out, by nobody's act. Where it cannot be written down it stands in the log alone. */
  async found(about: string, site: string): Promise<void> {
    const act = { who: "seatmeter", role: "", site, act: "incident" as const, about, subject: "", reason: "" };
    try {
      await this.#book?.append({ ...act, phase: "outcome", outcome: "found", intent: null });
    } catch (error) {
      this.#log.warn({ about, why: (error as Error).message }, "an incident could not be written to the audit");
    }
  }

  /** Errors of these: history_off, history_unavailable. */
  rows = async ({ from, to, act, cursor, most }: RowsAsked): Promise<{ items: Recorded[]; next?: string }> => {
    const timezone = this.#timezone();
    const { items, next } = await this.#kept().rows({
      ...{ act, most, before: cursor === undefined ? undefined : Number(cursor) },
      fromMs: from === undefined ? undefined : startOfDayMs(from, timezone),
      untilMs: to === undefined ? undefined : startOfDayMs(addDays(to, 1), timezone),
    });
    return { items: items.map(recorded), ...(next !== undefined && { next: String(next) }) };
  };
  verify = async (head?: Partial<Head>) => this.#kept().verify(head);
  head = async () => headText(await this.#kept().head());

  get isKept(): boolean {
    return this.#book !== undefined;
  }

  #kept(): NonNullable<AuditParts["book"]> {
    if (this.#book) return this.#book;
    const why = "no audit is kept here: SEATMETER_HISTORY is off, and acts are in the daemon's log alone";
    throw new SeatmeterError("history_off", why);
  }
}

/** Of the audit, as a log may say it. */
const toldOf = ({ subject: _, ...act }: Act) =>
  Object.fromEntries(Object.entries(act).filter(([, value]) => value !== ""));
