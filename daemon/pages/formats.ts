import nunjucks from "nunjucks";
import { type IsoDate, wallTime } from "../domain/calendar.ts";
import { reasonInWords } from "./words.ts";

/*
 * How figures and moments are written, after the style guide of GOV.UK: "21 November 2026, 3:21pm".
 */

const parts = new Map<string, Intl.DateTimeFormat>();
function wallParts(atMs: number, timeZone: string): Record<string, string> {
  const format =
    parts.get(timeZone) ??
    new Intl.DateTimeFormat("en-GB", { timeZone, dateStyle: "long", timeStyle: "medium", hourCycle: "h23" });
  parts.set(timeZone, format);
  return Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
}

/** `3:21pm`, `9am`, `midday`: the time of day on a clock in that zone. */
export function clockTime(atMs: number, timeZone: string): string {
  const { hour = "0", minute = "00" } = wallParts(atMs, timeZone);
  const hours = Number(hour);
  if (minute === "00" && hours % 12 === 0) return hours === 0 ? "midnight" : "midday";
  const past = minute === "00" ? "" : `:${minute}`;
  return `${hours % 12 || 12}${past}${hours < 12 ? "am" : "pm"}`;
}

/** `21 November 2026, 3:21pm` */
export function moment(atMs: number, timeZone: string): string {
  const { day, month, year } = wallParts(atMs, timeZone);
  return `${day} ${month} ${year}, ${clockTime(atMs, timeZone)}`;
}

/** `21 November 2026, 3:21:07pm`, where moments are to be told apart. */
export function momentToSecond(atMs: number, timeZone: string): string {
  const { day, month, year, hour = "0", minute, second } = wallParts(atMs, timeZone);
  const hours = Number(hour);
  return `${day} ${month} ${year}, ${hours % 12 || 12}:${minute}:${second}${hours < 12 ? "am" : "pm"}`;
}

/** `21 November 2026`, of a day in the register. */
export function day(date: IsoDate): string {
  const { day, month, year } = wallParts(Date.parse(`${date}T12:00:00Z`), "UTC");
  return `${day} ${month} ${year}`;
}

/** `21 Nov 2026` */
export const shortDay = (date: IsoDate) => day(date).replace(/ (\p{L}{3})\p{L}* /u, " $1 ");

const NUMBERS = new Intl.NumberFormat("en-GB");
/** `1,250` */
export const number = (value: number) => NUMBERS.format(value);

/** `1 seat`, `1,250 seats` */
export const count = (value: number, one: string, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;

const timeElement = (machine: string, words: string) =>
  new nunjucks.runtime.SafeString(`<time datetime="${machine}">${words}</time>`);

/** An address, a file's name: broken where one of its names ends, rather than in the middle of a word. */
const nameParts = (text: string) => text.split(/(?<=[\p{L}\d])(?=[@._/][\p{L}\d])/u);

/** THE TABLE of filters that templates may use. Those that end in `Time` write an element that programs can read. */
export const FILTERS = {
  number,
  count,
  reason: reasonInWords,
  nameParts,
  momentTime: (atMs: number, timeZone: string) => timeElement(new Date(atMs).toISOString(), moment(atMs, timeZone)),
  secondTime: (atMs: number, timeZone: string) =>
    timeElement(new Date(atMs).toISOString(), momentToSecond(atMs, timeZone)),
  /** The day alone of a moment. */
  dayOfTime: (atMs: number, timeZone: string) => {
    const { date } = wallTime(atMs, timeZone);
    return timeElement(date, day(date));
  },
  /** In tables, where days stand side by side. */
  shortDayTime: (date: IsoDate) => timeElement(date, shortDay(date)),
  dayTime: (date: IsoDate) => timeElement(date, day(date)),
} as const;
