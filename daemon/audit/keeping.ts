import { type Head, headText } from "../domain/acts.ts";
import { type IsoDate, wallTime } from "../domain/calendar.ts";
import type { ReportIncident } from "../domain/incidents.ts";
import type { Register } from "../domain/register.ts";
import { keptFromMs, periodInWords } from "../domain/retention.ts";
import type { AuditInThread } from "./in-thread.ts";

export interface AuditKeepingParts {
  book: Pick<AuditInThread, "cut" | "verify">;
  log: Record<"info" | "warn", (facts: object, message: string) => void>;
  register: () => Pick<Register, "timezone" | "privacy">;
  report: ReportIncident;
  now?: () => number;
}

/** A start has the machine for itself; and who misses a day makes up for it. */
const FIRST_AFTER_MS = 60_000;
const EVERY_MS = 600_000;

/** The audit as it was found on a day. */
export interface DayOfAudit {
  day: IsoDate;
  rows: number;
  /** `184:9f2c…` */
  head: string;
}

/**
 * Once a day: ends what is kept no longer, checks the whole chain, and prints its head, so that it lies in the log where
 * nobody who changes the database changes it, too.
 */
export class AuditKeeping {
  readonly #parts: AuditKeepingParts;
  #found: DayOfAudit | undefined;
  #day: IsoDate = "";
  #isBlind = false;
  #timers: NodeJS.Timeout[] = [];

  constructor(parts: AuditKeepingParts) {
    this.#parts = parts;
  }

  start(): void {
    const look = () => void this.look();
    this.#timers = [setTimeout(look, FIRST_AFTER_MS).unref(), setInterval(look, EVERY_MS).unref()];
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** The last day on which it was sound. */
  get found(): DayOfAudit | undefined {
    return this.#found;
  }

  async look(): Promise<void> {
    const { book, log, register, now = Date.now } = this.#parts;
    const { timezone, privacy } = register();
    const nowMs = now();
    const { date: day } = wallTime(nowMs, timezone);
    if (day === this.#day) return;
    try {
      const fromMs = keptFromMs(privacy.keepAudit, nowMs, timezone);
      const keptFrom = wallTime(fromMs, timezone).date;
      const gone = await book.cut(fromMs, `kept for ${periodInWords(privacy.keepAudit)}`);
      const { rows, first, head, broken } = await book.verify();
      if (gone > 0) log.info({ rows: gone, keptFrom }, "rows of the audit ended that are kept no longer");
      this.#day = day;
      this.#isBlind = false;
      if (broken) return this.#tellBroken(broken, head);
      this.#found = { day, rows, head: headText(head) };
      log.info({ rows, first, head: headText(head) }, "the audit is sound, and this is its head");
    } catch (error) {
      const why = (error as Error).message;
      if (!this.#isBlind) log.warn({ why }, "the audit could not be checked today; it is tried again");
      this.#isBlind = true;
    }
  }

  #tellBroken({ seq, why }: { seq: number; why: string }, head: Head): void {
    const facts = { row: seq, why, head: headText(head) };
    this.#parts.report({ kind: "audit_broken", matter: `${seq} ${why}`, site: "", facts });
  }
}
