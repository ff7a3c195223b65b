import { readDuration } from "../daemon/domain/duration.ts";
import { SeatmeterError } from "../daemon/domain/errors.ts";

const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;
const MOMENT = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?$/;

/**
 * A moment to come, as people write it: a day, at whose end it is (2026-12-03), a moment of this computer's time zone or of
 * another (2026-12-03T17:00, 2026-12-03T17:00Z), or a length from now on (3d).
 *
 * Errors: SeatmeterError usage.
 */
export function momentToCome(text: string, option: string, nowMs = Date.now()): number {
  const lengthMs = readDuration(text);
  const atMs = lengthMs === undefined ? calendarMoment(text) : nowMs + lengthMs;
  if (atMs === undefined) {
    const example = "a day (2026-12-03), a moment (2026-12-03T17:00) or a length (3d)";
    throw new SeatmeterError("usage", `${option} is ${example}, not ${text}.`);
  }
  if (atMs > nowMs) return atMs;
  throw new SeatmeterError("usage", `${option} ${text} is over already.`);
}

/** Errors: SeatmeterError usage unless it is a length from a second to `mostMs`. */
export function lengthMs(text: string, option: string, mostMs: number): number {
  const length = readDuration(text);
  if (length !== undefined && length > 0 && length <= mostMs) return length;
  throw new SeatmeterError(
    "usage",
    `${option} is a length such as 90s, 10m or 2h, up to ${howLong(mostMs)}, not ${text}.`,
  );
}

/** A length as people say it, rounded: `45 seconds`, `2 minutes`, `3 hours`, `2 days`. */
export function howLong(ms: number): string {
  const [size, unit] = UNITS.find(([least]) => ms >= least * 2) ?? [1_000, "second"];
  const count = Math.round(ms / size);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
// From two of them on: 100 seconds say more than 2 minutes.
const UNITS = [
  [86_400_000, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
] as const;

function calendarMoment(text: string): number | undefined {
  const day = DAY.exec(text);
  if (day) {
    const [year, month, date] = day.slice(1).map(Number) as [number, number, number];
    if (!isDay(year, month, date)) return undefined;
    return new Date(year, month - 1, date, 23, 59, 59).getTime();
  }
  const [, onDay] = MOMENT.exec(text) ?? [];
  if (onDay === undefined || !isDay(...(onDay.split("-").map(Number) as [number, number, number]))) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : atMs;
}

/** 30 February is none, though JavaScript takes it for 2 March. */
function isDay(year: number, month: number, date: number): boolean {
  const day = new Date(Date.UTC(year, month - 1, date));
  return day.getUTCMonth() === month - 1 && day.getUTCDate() === date;
}
