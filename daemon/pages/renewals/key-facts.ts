import { wallTime } from "../../domain/calendar.ts";
import { atMostInWords } from "../../domain/one-person.ts";
import type { Entitlement, Register } from "../../domain/register.ts";
import { counted, dayInWords, moneyInWords, weekdayInWords } from "../../sizing/plain-words.ts";
import type { RenewalReport } from "../../sizing/renewal-report.ts";
import { isEndless } from "../../sizing/variants.ts";
import { clockTime } from "../formats.ts";

export type Fact = [key: string, value: string];

/** The summary list of a report; what is not known says so. */
export function keyFacts(
  register: Register,
  report: RenewalReport,
  entitlement: Entitlement | undefined,
  owners: readonly string[],
): Fact[] {
  const { turnedAway, keptWaiting } = report;
  return [
    ["Supplier and contract", contractInWords(entitlement, report)],
    ["Seats owned", ownedInWords(report, register.timezone)],
    ["Highest use", highestInWords(report, register.timezone)],
    ["Typical working hour", counted(Math.round(report.typicalWorkingHour), "seat")],
    ["People who used it", peopleInWords(report)],
    [
      "People turned away",
      `${turnedAway.toLocaleString("en-GB")} (and ${keptWaiting.toLocaleString("en-GB")} kept waiting)`,
    ],
    ["Cost now", costInWords(report)],
    ["Responsible officer", entitlement?.officer ?? "not in the register"],
    ["ICT contact", owners.join(", ") || "no product draws on this pool"],
  ];
}

function peopleInWords({ people, from, to }: RenewalReport): string {
  return people === null ? "not counted" : `${people.toLocaleString("en-GB")}${atMostInWords(from, to)}`;
}

function contractInWords(entitlement: Entitlement | undefined, { variants }: RenewalReport): string {
  if (!entitlement) return "nothing was bought";
  const { supplier, reference, ends, autoRenews } = entitlement;
  const over = variants.some(({ kind }) => kind === "ended");
  return [
    ...(supplier ? [supplier] : []),
    reference,
    ends ? `${over ? "ended" : "ends"} ${dayInWords(ends)}` : "no end",
    ...(autoRenews ? ["renews by itself"] : []),
  ].join(" · ");
}

/** `111 (105 until 12 August 2026)`: as it changed in the time that is reported, and since. */
function ownedInWords({ owned, ownedSteps, ownedSince, variants }: RenewalReport, timezone: string): string {
  if (isEndless(variants)) return "a site licence: as many as there are";
  // Without days there is nothing that it was in them.
  const steps = ownedSteps.length === 0 ? [] : [...ownedSteps, ...ownedSince];
  const changes = steps.flatMap(({ fromMs, seats }, i) => {
    const before = steps[i - 1]?.seats ?? seats;
    if (before === seats) return [];
    return `${before.toLocaleString("en-GB")} until ${dayInWords(wallTime(fromMs - 1, timezone).date)}`;
  });
  const LAST = 2;
  return `${owned.toLocaleString("en-GB")}${changes.length > 0 ? ` (${changes.slice(-LAST).join(", ")})` : ""}`;
}

function highestInWords({ peak, peakAtMs }: RenewalReport, timezone: string): string {
  if (peakAtMs === null) return "never used";
  const { date } = wallTime(peakAtMs, timezone);
  return `${counted(peak, "seat")}, ${weekdayInWords(date)}, ${clockTime(peakAtMs, timezone)}`;
}

function costInWords({ cost, owned }: RenewalReport): string {
  if (!cost) return owned === 0 ? "nothing is owned" : "not in the register";
  const anHour = cost.perHourOfUse?.toLocaleString("en-GB", { style: "currency", currency: cost.currency });
  return `${moneyInWords(cost.now, cost.currency)} a year${anHour ? ` · ${anHour} per hour of use` : ""}`;
}
