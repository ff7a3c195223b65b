import { addDays, type IsoDate, zoneOffsets } from "./calendar.ts";
import type { Register } from "./register.ts";
import type { Span } from "./usage.ts";
import { isWorkingDay } from "./working-time.ts";

/** A day of the register's zone, from midnight to midnight: 23, 24 or 25 hours. */
export interface LocalDay {
  date: IsoDate;
  startMs: number;
  endMs: number;
  /** Its working hours; absent on days off. */
  working?: Span;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

type Zone = { fromMs: number; offsetMs: number }[];

/**
 * The days from one date to another, both included. Asks the calendar for the zone's few changes instead of each day's
 * midnight, which for a year takes 2 ms instead of 60.
 */
export function localDays(
  from: IsoDate,
  until: IsoDate,
  register: Pick<Register, "timezone" | "workingHours" | "holidays">,
): LocalDay[] {
  const zone = zoneOffsets(register.timezone, utcMidnight(from) - 2 * DAY_MS, utcMidnight(until) + 3 * DAY_MS);
  const days: LocalDay[] = [];
  for (let date = from; date <= until; date = addDays(date, 1)) {
    const startMs = momentOf(utcMidnight(date), zone);
    const endMs = momentOf(utcMidnight(date) + DAY_MS, zone);
    const { fromMinute, untilMinute } = register.workingHours;
    const working = {
      fromMs: momentOf(utcMidnight(date) + fromMinute * MINUTE_MS, zone),
      untilMs: momentOf(utcMidnight(date) + untilMinute * MINUTE_MS, zone),
    };
    days.push({ date, startMs, endMs, ...(isWorkingDay(date, register) && { working }) });
  }
  return days;
}

const utcMidnight = (date: IsoDate) => Date.parse(`${date}T00:00:00Z`);

/** When the clocks first show a time, given as if they were UTC's; where they leap over it, the moment of the leap. */
function momentOf(wallMs: number, zone: Zone): number {
  for (const [i, { fromMs, offsetMs }] of zone.entries()) {
    const atMs = wallMs - offsetMs;
    if (atMs < (zone[i + 1]?.fromMs ?? Number.POSITIVE_INFINITY)) return Math.max(atMs, fromMs);
  }
  throw new RangeError("a zone's last offset has no end");
}
