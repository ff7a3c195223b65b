import { addDays, addMonths, startOfDayMs, wallTime } from "./calendar.ts";
import { JOURNAL_KEPT_DAYS } from "./journal.ts";

/** A length of time by the calendar, for which something is kept. */
export type Period = { months: number } | { days: number };

export interface Kept {
  /** Its key under `privacy` in the register; none: it is the same everywhere. */
  key?: "keepSessions" | "keepDays" | "keepInventory";
  period: Period;
  what: string;
  where: string;
}

/** THE TABLE of what is kept, and for how long where the register says nothing else. */
export const RETENTION = {
  sessions: {
    key: "keepSessions",
    period: { months: 13 },
    what: "launches, seats, denials and refusals, each with pseudonyms of a person and a computer",
    where: "the history",
  },
  days: {
    key: "keepDays",
    period: { months: 84 },
    what: "use by pool and day, without persons; how many people used a pool; decisions and notes with their authors",
    where: "the history",
  },
  inventory: {
    key: "keepInventory",
    period: { months: 13 },
    what: "computers with what is installed on them, under pseudonym, their names sealed; after one was last heard of",
    where: "the history",
  },
  audit: {
    period: { months: 24 },
    what: "what administrators and auditors did, with their names",
    where: "the history",
  },
  journal: {
    period: { days: JOURNAL_KEPT_DAYS },
    what: "what a computer recorded of its own launches while no daemon could be reached",
    where: "the computer itself",
  },
} as const satisfies Record<string, Kept>;

/** What the register says of it. */
export interface Privacy {
  /** Where the keys of pseudonyms lie; none: with the daemon's data. */
  keysFile?: string;
  keepSessions: Period;
  keepDays: Period;
  keepInventory: Period;
}

/** What began, or ended, before this moment is kept no longer: whole days of the register's zone. */
export function keptFromMs(period: Period, nowMs: number, timezone: string): number {
  const { date } = wallTime(nowMs, timezone);
  const first = "months" in period ? addMonths(date, -period.months) : addDays(date, -period.days);
  return startOfDayMs(first, timezone);
}

/** `13 months`, `7 years`, `7 days`. */
export function periodInWords(period: Period): string {
  const [count, unit] =
    "days" in period
      ? [period.days, "day"]
      : period.months % 12 === 0
        ? [period.months / 12, "year"]
        : [period.months, "month"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
