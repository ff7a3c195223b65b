import { wallTime } from "../../domain/calendar.ts";
import type { Span } from "../../domain/usage.ts";
import { counted, dayInWords, hoursInWords } from "../../sizing/plain-words.ts";
import type { RenewalReport } from "../../sizing/renewal-report.ts";
import { isEndless } from "../../sizing/variants.ts";
import type { Fact } from "./key-facts.ts";
import { monthListInWords } from "./month-words.ts";

/** Trend, named or concurrent, and how sure all of it is. */
export const doubts = (report: RenewalReport, timezone: string): Fact[] => [
  ["Trend", trendInWords(report)],
  ["Named or concurrent?", namedInWords(report)],
  ["How sure are we", sureInWords(report, timezone)],
];

function trendInWords({ growth: { factor, months } }: RenewalReport): string {
  if (factor === undefined) {
    return "Not known: it takes thirteen months of records, and six months that can be compared with last year’s.";
  }
  const change = Math.round((factor - 1) * 100);
  const compared = `on the same months last year (${counted(months, "month")} compared)`;
  if (change === 0) return `As much use as ${compared.slice(3)}.`;
  const words = `${change > 0 ? "+" : "−"}${Math.abs(change)}% ${compared}.`;
  return change > 0 ? `${words} Half of it is in the recommendation.` : `${words} Not applied.`;
}

function namedInWords({ breakEven, people, recommended, variants }: RenewalReport): string {
  const named = variants.find((variant) => variant.kind === "named-user");
  if (named) return `Named: these seats are assigned to ${named.seats.to}.`;
  if (isEndless(variants)) return "Neither: a site licence has no number of seats.";
  if (people === null) return "Not known: people were not counted.";
  if (breakEven === null || people === 0) return "Neither: nobody used it.";
  const facts = `(${counted(people, "person", "people")}, ${counted(recommended, "seat")})`;
  if (breakEven < 1) return `At the same price, seats with names on them are cheaper ${facts}.`;
  const times = breakEven.toLocaleString("en-GB", { maximumFractionDigits: 1 });
  return `Shared seats stay cheaper unless one costs more than ${times} times a seat with a name on it ${facts}.`;
}

function sureInWords(report: RenewalReport, timezone: string): string {
  const { range, outages, missingMonths, months } = report;
  const isKnown = report.ownedSteps.length > 0 || months.length === 0;
  const full = months.filter(({ limitReached }) => limitReached).length;
  const observed = report.observed.holdings;
  const ungoverned = report.ungoverned.holdings;
  return [
    ...(months.length === 0
      ? []
      : [
          `Likely range ${range[0].toLocaleString("en-GB")} to ${range[1].toLocaleString("en-GB")} (8 in 10 resampled years).`,
        ]),
    full === 0
      ? isKnown
        ? "The limit was never reached."
        : "What was owned then is not in the register."
      : `The limit was reached in ${counted(full, "month")}.`,
    outagesInWords(outages, timezone),
    `Months missing: ${monthListInWords(missingMonths) || "none"}.`,
    ...(ungoverned > 0
      ? [`${counted(ungoverned, "launch", "launches")} while the service was away were told of afterwards.`]
      : []),
    ...(observed > 0
      ? [
          `${counted(observed, "launch", "launches")} that would have been refused were only observed, and are left out.`,
        ]
      : []),
  ].join(" ");
}

const MINUTE_MS = 60_000;
const lengthOf = ({ fromMs, untilMs }: Span) => untilMs - fromMs;

/** `1 outage, 42 minutes, 3 December 2026, left out.`; of several the longest. */
function outagesInWords(outages: readonly Span[], timezone: string): string {
  const longest = outages.toSorted((one, other) => lengthOf(other) - lengthOf(one))[0];
  if (!longest) return "No outages.";
  const day = dayInWords(wallTime(longest.fromMs, timezone).date);
  if (outages.length === 1) return `1 outage, ${lengthInWords(lengthOf(longest))}, ${day}, left out.`;
  const all = outages.reduce((sum, outage) => sum + lengthOf(outage), 0);
  return `${counted(outages.length, "outage")}, ${lengthInWords(all)} together, left out; the longest ${lengthInWords(lengthOf(longest))}, ${day}.`;
}

const lengthInWords = (lengthMs: number) =>
  lengthMs < 90 * MINUTE_MS
    ? counted(Math.max(1, Math.round(lengthMs / MINUTE_MS)), "minute")
    : hoursInWords(lengthMs / 60 / MINUTE_MS);
