import { type IsoDate, isIsoDate } from "../domain/calendar.ts";

/** What a cell means, or why it means nothing. */
export type Reading<Value> = { value: Value } | { why: string };

/** What people write where they have nothing to write. */
const NOTHING = /^(?:|-+|–|—|n\/?a|none|nil|tbc|tba|tbd|unknown|not known|not applicable|null)$/i;
export const isNothing = (text: string) => NOTHING.test(text);

/** What people write, and our own page of the register, where an end would be. */
export const isForEver = (text: string) => /^(?:perpetual|permanent|never)$/i.test(text);

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** A day as it is written in the United Kingdom, the day first, or as ISO 8601; a time behind it says nothing. */
export function readDay(text: string): Reading<IsoDate> {
  const bare = text.replace(/[T ]\d{1,2}:\d\d(:\d\d(\.\d+)?)?(Z| ?[AP]M)?$/i, "");
  const [, isoYear, isoMonth, isoDay] = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(bare) ?? [];
  if (isoYear) return asDay(isoYear, isoMonth!, isoDay!, text);
  const [, day, month, year] = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d\d)$/.exec(bare) ?? [];
  if (day) return asDay(year!, month!, day, text);
  const [, worded, name = "", wordedYear] =
    /^(\d{1,2})(?:st|nd|rd|th)?[- ]([A-Za-z]{3,9})\.?,?[- ](\d{4}|\d\d)$/.exec(bare) ?? [];
  const place = MONTHS.indexOf(name.slice(0, 3).toLowerCase());
  if (worded && place >= 0) return asDay(wordedYear!, String(place + 1), worded, text);
  return { why: `${text} is no day: one is written 31/03/2027 or 2027-03-31` };
}

/** Of two digits, the first that is one of the last century. */
const FIRST_YEAR = 70;

function asDay(year: string, month: string, day: string, text: string): Reading<IsoDate> {
  // What was bought for ever may be as old as licences are; nobody buys from 2098 on.
  const whole = year.length === 4 ? year : `${Number(year) < FIRST_YEAR ? "20" : "19"}${year}`;
  const value = `${whole}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  if (isIsoDate(value)) return { value };
  const hint = Number(month) > 12 ? "; the day is read before the month" : "";
  return { why: `${text} is no day of the calendar${hint}` };
}

const CURRENCIES: Readonly<Record<string, string>> = { "£": "GBP", "€": "EUR", $: "USD" };

/** `£41,250.00`, `41250`, `GBP 41 250`: pounds and pence, with a currency where one is written. */
export function readAmount(text: string): Reading<{ amount: number; currency?: string }> {
  const [, sign, before, number = "", after] =
    /^(?:([£€$])|([A-Z]{3})\s)?\s*([\d][\d,\u00a0 ]*(?:\.\d+)?)\s*([A-Z]{3}|[£€$])?$/.exec(
      text.replace(/\s*(?:p\.?a\.?|per annum|ex(?:cl)?\.? vat)$/i, ""),
    ) ?? [];
  const amount = Number(number.replaceAll(/[,\s\u00a0]/g, ""));
  // Thousands are parted in threes: 41,25 is a decimal comma, and a hundredfold mistake.
  const isOdd = /,(?!\d{3}(?:[,.\s]|$))/.test(number);
  if (!number || isOdd || !Number.isFinite(amount))
    return { why: `${text} is no amount: one is written 41250.00 or £41,250` };
  const told = sign ?? before ?? after;
  return { value: told ? { amount, currency: CURRENCIES[told] ?? told } : { amount } };
}

export function readCount(text: string): Reading<number> {
  const [, number = ""] =
    /^(\d{1,3}(?:[, ]\d{3})+|\d+)(?:\.0+)?(?:\s*(?:seats?|licen[cs]es?|users?))?$/i.exec(text) ?? [];
  const value = Number(number.replaceAll(/[, ]/g, ""));
  return number && value >= 1 && value <= 1_000_000 ? { value } : { why: `${text} is no number of seats` };
}

export function readYes(text: string): Reading<boolean> {
  if (/^(?:y|yes|true|1|x|✓|sme|vcse|sme.*vcse|charity|micro|small|medium)$/i.test(text)) return { value: true };
  if (/^(?:n|no|false|0|large|neither)$/i.test(text)) return { value: false };
  return { why: `${text} is neither yes nor no` };
}

/** `90d`, `90 days`, `3 months`, `3m`, `13 weeks`, `1 year`; a bare number where the heading says the unit. */
export function readNotice(text: string, unit?: "days" | "months"): Reading<string> {
  const [, count = "", told] = /^(\d{1,4})\s*(d|days?|w|weeks?|m|months?|y|years?)?(?:'? notice)?$/i.exec(text) ?? [];
  const named = told?.[0]?.toLowerCase() ?? unit?.[0];
  if (named === "d") return { value: `${count}d` };
  if (named === "w") return { value: `${Number(count) * 7}d` };
  if (named === "m") return { value: `${count} months` };
  if (named === "y") return { value: `${Number(count) * 12} months` };
  return { why: `${text} is no notice period: one is written 90 days or 3 months` };
}

const METRICS: readonly [RegExp, string][] = [
  [/concurrent|floating|network|shared/i, "concurrent"],
  [/named|per user|\buser\b|subscription/i, "named-user"],
  [/device|node|machine|computer|workstation/i, "device"],
  [/\bsite\b|enterprise|unlimited|organisation/i, "site"],
];

export function readMetric(text: string): Reading<string> {
  const value = METRICS.find(([form]) => form.test(text))?.[1];
  return value === undefined ? { why: `${text} is no metric: concurrent, named-user, device or site` } : { value };
}
