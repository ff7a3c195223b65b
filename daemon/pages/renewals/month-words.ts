import type { IsoDate } from "../../domain/calendar.ts";
import type { Month } from "../../sizing/months.ts";
import { dayInWords } from "../../sizing/plain-words.ts";

/** `December 2026` */
export const monthInWords = (month: Month) => dayInWords(`${month}-01`).replace(/^1 /, "");

/** `April 2026 to March 2027` */
export const monthsInWords = (from: IsoDate, to: IsoDate) =>
  from.slice(0, 7) === to.slice(0, 7)
    ? monthInWords(from.slice(0, 7))
    : `${monthInWords(from.slice(0, 7))} to ${monthInWords(to.slice(0, 7))}`;
