import { z } from "zod";
import { isIsoDate } from "../domain/calendar.ts";
import { DURATION_PATTERN, durationAsText, readDuration } from "../domain/duration.ts";
import { IN_OUR_WORDS } from "../domain/issue-words.ts";
import { folded, GroupName, printable, SiteName } from "../domain/names.ts";
import { didYouMean } from "../domain/nearest.ts";
import { RULE_KINDS, type Rule, type WorkingHours } from "../domain/register.ts";
import { type Period, periodInWords } from "../domain/retention.ts";
import { networkMistake } from "../domain/site.ts";

/*
 * The small things that are written as text and mean something else. Each takes the text, gives the meaning, and says
 * how it is written when it is not; its JSON Schema is that of the text.
 */

/** What a text means, or what is wrong with it. */
export type Reading<Value> = { value: Value } | { mistake: string };

function written<Value>(read: (text: string) => Reading<Value>, pattern?: RegExp) {
  // A bare number is told how the thing is written, rather than to put it in quotes and be wrong again.
  const error = ({ input }: { input?: unknown }) => {
    const reading = typeof input === "number" ? read(String(input)) : undefined;
    return reading && "mistake" in reading ? reading.mistake : undefined;
  };
  const text = pattern ? z.string({ error }).meta({ pattern: pattern.source }) : z.string({ error });
  return text.transform((asWritten, context) => {
    const reading = read(asWritten);
    if ("value" in reading) return reading.value;
    context.addIssue(reading.mistake);
    return z.NEVER;
  });
}

/** A length between two others, in milliseconds. */
export const Duration = (leastMs: number, mostMs: number) =>
  written<number>((text) => {
    const lengthMs = readDuration(text);
    if (lengthMs === undefined) return { mistake: "is no length of time: one is written 90s, 30m, 8h or 14d" };
    if (lengthMs >= leastMs && lengthMs <= mostMs) return { value: lengthMs };
    return { mistake: `must be from ${durationAsText(leastMs)} to ${durationAsText(mostMs)}` };
  }, DURATION_PATTERN);

export const Day = z
  .string()
  .meta({ format: "date" })
  .refine(isIsoDate, {
    error: ({ input }) =>
      /^[3-9]\d{3}-/.test(String(input))
        ? "is too far away: for no end, leave the key out"
        : "is no day: one is written 2026-04-01",
  });

/** How long before its end an entitlement must be given notice; months are the calendar's. */
export const Notice = written<{ days: number } | { months: number }>((text) => {
  const [, count, unit] = /^(\d{1,4})(d| days?| months?)$/.exec(text) ?? [];
  if (!unit) return { mistake: "is no notice period: one is written 90d or 3 months" };
  return { value: unit.includes("month") ? { months: Number(count) } : { days: Number(count) } };
}, /^\d{1,4}(d| days?| months?)$/);

/** How long something is kept, by the calendar: between two lengths in months. */
export const KeptFor = (leastMonths: number, mostMonths: number) =>
  written<Period>((text) => {
    const [, count, unit = ""] = KEPT_FOR.exec(text) ?? [];
    if (!count) return { mistake: "is no time to keep things for: one is written 400d, 13 months or 7 years" };
    const period =
      unit.startsWith("d") || unit.startsWith(" d")
        ? { days: Number(count) }
        : { months: Number(count) * (unit.startsWith(" y") ? 12 : 1) };
    const months = "days" in period ? period.days / DAYS_A_MONTH : period.months;
    if (months >= leastMonths && months <= mostMonths) return { value: period };
    const [least, most] = [leastMonths, mostMonths].map((months) => periodInWords({ months }));
    return { mistake: `must be from ${least} to ${most}` };
  }, KEPT_FOR);

const KEPT_FOR = /^(\d{1,5})(d| days?| months?| years?)$/;
const DAYS_A_MONTH = 365 / 12;

/** The prefix of a network, IPv4 or IPv6, with nothing beyond it. */
export const Network = z.string().superRefine((text, context) => {
  const mistake = networkMistake(text);
  if (mistake) context.addIssue(mistake);
});

export const Timezone = z
  .string()
  .superRefine((text, context) => {
    if (isTimezone(text)) return;
    const meant = didYouMean(text, Intl.supportedValuesOf("timeZone"));
    context.addIssue(`is no time zone of the IANA list, such as Europe/London${meant}`);
  })
  .describe("IANA time zone: days begin at its midnight");

/** Intl takes offsets such as `+01:00` too, which know no summer time. */
function isTimezone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone: text }) !== undefined;
  } catch {
    return false;
  }
}

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const DAY = "(?:sun|mon|tue|wed|thu|fri|sat)";
const DAY_RANGES = `${DAY}(?:-${DAY})?(?:,${DAY}(?:-${DAY})?)*`;
const HOURS = new RegExp(`^(${DAY_RANGES}) (\\d\\d):([0-5]\\d)-(\\d\\d):([0-5]\\d)$`, "i");

export const Hours = written<WorkingHours>((text) => {
  const [, days, fromHour, fromMinutes, untilHour, untilMinutes] = HOURS.exec(text) ?? [];
  if (!days)
    return { mistake: "are no working hours: they are written Mon-Fri 08:00-18:00 or Mon,Wed-Sat 09:00-17:00" };
  const fromMinute = Number(fromHour) * 60 + Number(fromMinutes);
  const untilMinute = Number(untilHour) * 60 + Number(untilMinutes);
  if (untilMinute > 24 * 60) return { mistake: "are no working hours: a day ends at 24:00" };
  if (fromMinute >= untilMinute) return { mistake: "must begin before they end, on one day" };
  return { value: { days: readDays(days), fromMinute, untilMinute } };
});

function readDays(ranges: string): number[] {
  const days = new Set<number>();
  for (const range of ranges.toLowerCase().split(",")) {
    const [first = "", last = first] = range.split("-");
    const length = (DAYS.indexOf(last) - DAYS.indexOf(first) + 7) % 7;
    for (let i = 0; i <= length; i++) days.add((DAYS.indexOf(first) + i) % 7);
  }
  return [...days].sort();
}

/** `group:planning`; names of people and devices are folded. */
export const AllowRule = written<Rule>(readRule, new RegExp(`^(${RULE_KINDS.join("|")}):.+$`));

export function readRule(text: string): Reading<Rule> {
  const [, kind = "", rest = ""] = /^([^:]*):(.*)$/s.exec(text) ?? [];
  if (!isRuleKind(kind)) {
    const kinds = RULE_KINDS.map((known) => `${known}:`).join(", ");
    return { mistake: `is no rule: one begins with ${kinds} as in group:planning${didYouMean(kind, RULE_KINDS)}` };
  }
  const value = rest.trim();
  const mistake = RULE_VALUES[kind](value);
  if (mistake) return { mistake: `${value === "" ? "names nobody after the colon" : `${value} ${mistake}`}` };
  return { value: { kind, value: kind === "user" || kind === "device" ? folded(value) : value } };
}

const isRuleKind = (text: string): text is Rule["kind"] => (RULE_KINDS as readonly string[]).includes(text);

const firstMistake = (schema: z.ZodType) => (value: string) =>
  schema.safeParse(value, IN_OUR_WORDS).error?.issues[0]?.message;
const Name = printable(128);
const RULE_VALUES: Record<Rule["kind"], (value: string) => string | undefined> = {
  user: firstMistake(Name),
  device: firstMistake(Name),
  group: firstMistake(GroupName),
  site: firstMistake(SiteName),
  network: networkMistake,
};
