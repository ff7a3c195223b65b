/** A day, `2026-04-01`, in whatever zone the sentence around it says. */
export type IsoDate = string;

const DAY_MS = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();
function format(timeZone: string) {
  let found = formats.get(timeZone);
  if (!found) {
    found = new Intl.DateTimeFormat("en-GB", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      weekday: "short",
    });
    formats.set(timeZone, found);
  }
  return found;
}

/** What a clock on the wall of that zone shows. */
export interface WallTime {
  date: IsoDate;
  /** 0 is Sunday. */
  weekday: number;
  minuteOfDay: number;
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

export function wallTime(atMs: number, timeZone: string): WallTime {
  const parts: Record<string, string> = {};
  for (const part of format(timeZone).formatToParts(atMs)) parts[part.type] = part.value;
  return {
    date: `${parts.year}-${parts.month}-${parts.day}`,
    weekday: WEEKDAYS.indexOf(parts.weekday ?? ""),
    minuteOfDay: Number(parts.hour) * 60 + Number(parts.minute),
  };
}

/** Local time minus UTC at that moment, in milliseconds. */
export function zoneOffsetMs(atMs: number, timeZone: string): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of format(timeZone).formatToParts(atMs)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1000) * 1000;
}

/** Midnight at which that day begins; where the clock skips midnight, the first moment of the day. */
export function startOfDayMs(date: IsoDate, timeZone: string): number {
  const utc = Date.parse(`${date}T00:00:00Z`);
  // The offset before a change and the one after it give two candidates; the right one shows this date, and the earlier
  // of two right ones is the midnight that comes first.
  const candidates = [utc - DAY_MS, utc + DAY_MS]
    .map((near) => utc - zoneOffsetMs(near, timeZone))
    .sort((one, other) => one - other);
  for (const candidate of candidates) {
    if (wallTime(candidate, timeZone).date === date && wallTime(candidate - 1, timeZone).date < date) return candidate;
  }
  return candidates[1]!;
}

/** `days` later; calendar arithmetic, no zone. */
export function addDays(date: IsoDate, days: number): IsoDate {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** 0 is Sunday. */
export function weekdayOf(date: IsoDate): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay();
}

/** `months` later on the same day of the month; on the month's last day where it has no such day. */
export function addMonths(date: IsoDate, months: number): IsoDate {
  const [year = 0, month = 1, day = 1] = date.split("-").map(Number);
  const lastDay = new Date(Date.UTC(year, month - 1 + months + 1, 0));
  lastDay.setUTCDate(Math.min(day, lastDay.getUTCDate()));
  return lastDay.toISOString().slice(0, 10);
}

/** Whether the calendar has that day: `2026-02-30` it has not. From 1970 to 2999, so that sums of moments stay exact. */
export function isIsoDate(text: string): text is IsoDate {
  if (!/^(19[7-9]|2\d\d)\d-\d\d-\d\d$/.test(text)) return false;
  const atMs = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(atMs) && new Date(atMs).toISOString().startsWith(text);
}

const WEEK_MS = 7 * DAY_MS;

/**
 * The offsets of a zone from a moment on: each applies until the next one begins. Looked for week by week, since no zone
 * changes and changes back within one, and each look costs 40 µs.
 */
export function zoneOffsets(timeZone: string, fromMs: number, untilMs: number): { fromMs: number; offsetMs: number }[] {
  const offsets = [{ fromMs: 0, offsetMs: zoneOffsetMs(fromMs, timeZone) }];
  let last = offsets[0]!.offsetMs;
  for (let weekMs = fromMs; weekMs < untilMs; weekMs += WEEK_MS) {
    const next = zoneOffsetMs(weekMs + WEEK_MS, timeZone);
    if (next === last) continue;
    let before = weekMs;
    let after = weekMs + WEEK_MS;
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (zoneOffsetMs(middle, timeZone) === last) before = middle;
      else after = middle;
    }
    offsets.push({ fromMs: after, offsetMs: next });
    last = next;
  }
  return offsets;
}
