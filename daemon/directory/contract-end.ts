import { type IsoDate, isIsoDate, wallTime } from "../domain/calendar.ts";

const GENERALIZED = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)?(\d\d)?(?:[.,]\d+)?(Z|[+-]\d\d(?:\d\d)?)?$/;
/** Active Directory counts tenths of a microsecond since 1601; this and 0 mean that nothing ends. */
const NEVER = 9_223_372_036_854_775_807n;
const FROM_1601_TO_1970_MS = 11_644_473_600_000;

/**
 * The last day of a contract from what a directory says of its end: a day (`2027-03-31`, `20270331`), a moment as LDAP
 * writes it (`20270331170000Z`: the day on which it lies), or Active Directory's accountExpires, which is the midnight
 * after the last day.
 *
 * @returns "never" also for nothing at all; undefined for what is none of these
 */
export function lastDayOf(text: string, timezone: string): IsoDate | "never" | undefined {
  if (text === "") return "never";
  const day = text.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3");
  if (isIsoDate(day)) return day;
  const moment = momentOf(text);
  if (moment !== undefined) return dayOf(moment, timezone);
  if (!/^\d{1,19}$/.test(text)) return undefined;
  const ticks = BigInt(text);
  if (ticks === 0n || ticks === NEVER) return "never";
  const expiresAtMs = Number(ticks / 10_000n) - FROM_1601_TO_1970_MS;
  return dayOf(expiresAtMs - 1, timezone);
}

function momentOf(text: string): number | undefined {
  const [, year, month, day, hour, minute = "00", second = "00", zone = "Z"] = GENERALIZED.exec(text) ?? [];
  if (!year) return undefined;
  const offset = zone.replace(/^([+-]\d\d)(\d\d)?$/, (_, hours, minutes = "00") => `${hours}:${minutes}`);
  const atMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`);
  return Number.isNaN(atMs) ? undefined : atMs;
}

function dayOf(atMs: number, timezone: string): IsoDate | undefined {
  if (!(Math.abs(atMs) < 8.64e15)) return undefined;
  const { date } = wallTime(atMs, timezone);
  return isIsoDate(date) ? date : undefined;
}
