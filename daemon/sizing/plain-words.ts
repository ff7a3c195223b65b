import { type IsoDate, weekdayOf } from "../domain/calendar.ts";
import { FOLD_MS } from "../domain/refusals.ts";
import type { Rule } from "./recommendation.ts";

const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = "January February March April May June July August September October November December".split(" ");

/** `2 July 2027`. */
export function dayInWords(date: IsoDate): string {
  const [year, month, day] = date.split("-").map(Number);
  return `${day} ${MONTHS[month! - 1]} ${year}`;
}

/** `Friday 2 July 2027`. */
export const weekdayInWords = (date: IsoDate) => `${WEEKDAYS[weekdayOf(date)]} ${dayInWords(date)}`;

/** `1 seat`, `1,200 seats`. */
export const counted = (count: number, noun: string, nouns = `${noun}s`) =>
  `${count.toLocaleString("en-GB")} ${count === 1 ? noun : nouns}`;

/** Whole pounds: what is told of money here is an estimate. */
export const moneyInWords = (amount: number, currency: string) =>
  Math.abs(amount).toLocaleString("en-GB", { style: "currency", currency, maximumFractionDigits: 0 });

/** `3.2 hours`. */
export const hoursInWords = (hours: number) => {
  const rounded = Math.round(hours * 10) / 10;
  return `${rounded.toLocaleString("en-GB")} ${rounded === 1 ? "hour" : "hours"}`;
};

/** The rule of a recommendation, for whoever wants to check it. */
export const ruleInWords = ({ share, percentile, resamplings }: Rule) =>
  `at most ${percentInWords(share)} of launches find no seat free, in ${percentInWords(percentile)} of ${resamplings.toLocaleString("en-GB")} resampled years; tries within ${FOLD_MS / 60_000} minutes are one`;

const percentInWords = (share: number) => `${Number((share * 100).toPrecision(3))}%`;

/** `90 days`, `3 months`. */
export const noticeInWords = (notice: { days: number } | { months: number }) =>
  "days" in notice ? counted(notice.days, "day") : counted(notice.months, "month");
