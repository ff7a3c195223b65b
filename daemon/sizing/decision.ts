import type { Confidence } from "./confidence.ts";
import type { Deadline } from "./deadline.ts";
import { costOf, type Price } from "./money.ts";
import { counted, dayInWords, hoursInWords, moneyInWords, noticeInWords, weekdayInWords } from "./plain-words.ts";
import { isEndless, isTooEarly, type Need, type Variant } from "./variants.ts";

/** What the decision box says, each a sentence or two of its own. */
export interface Decision {
  /** By when, and how that follows from what was bought; empty where nothing ends. */
  deadline: string;
  /** How many seats, and what that saves or costs. */
  recommendation: string;
  confidence: string;
  /** What is unusual, the most important first. */
  remarks: string[];
}

export interface DecisionFacts {
  /** Of some day there is a record. */
  isRecorded: boolean;
  recommended: number;
  owned: number;
  price: Price | undefined;
  need: Need;
  confidence: Confidence;
  deadline: Deadline | undefined;
  variants: readonly Variant[];
}

/** The decision box in plain words: seats, people turned away, kept waiting. */
export const decision = (facts: DecisionFacts): Decision => ({
  deadline: deadlineInWords(facts.deadline),
  recommendation: recommendationInWords(facts),
  confidence: confidenceInWords(facts.confidence),
  remarks: facts.variants.map((variant) => variantInWords(variant, facts)),
});

function deadlineInWords(deadline: Deadline | undefined): string {
  if (!deadline) return "";
  const { noticeBy, notice, ends, movedFrom, autoRenews } = deadline;
  if (!noticeBy || !notice) {
    return `It ends on ${weekdayInWords(ends)}. How long before that notice must be given is not known.`;
  }
  const moved = movedFrom ? `; ${weekdayInWords(movedFrom)} is no working day` : "";
  const renews = autoRenews ? " Without notice it renews by itself." : "";
  const late = (deadline.daysLeft ?? 0) < 0;
  const needed = late ? "A decision was needed by" : "Decision needed by";
  return `${needed} ${weekdayInWords(noticeBy)} (notice: ${noticeInWords(notice)} before ${dayInWords(ends)}${moved}).${renews}`;
}

function recommendationInWords({ isRecorded, recommended, owned, price, need, variants }: DecisionFacts): string {
  const kinds = variants.map(({ kind }) => kind);
  const own = `You own ${owned.toLocaleString("en-GB")}.`;
  if (!isRecorded) return `Nothing is recorded of its use, so no number of seats can be recommended. ${own}`;
  if (isTooEarly({ variants, need })) {
    return `Too early to recommend a number: so far ${counted(recommended, "seat")} would have done. ${own}`;
  }
  if (kinds.includes("ended"))
    return `Nothing is owned any more. Use would have needed ${counted(recommended, "seat")}.`;
  if (isEndless(variants) && !kinds.includes("unused")) {
    return "We recommend renewing it as it is: a site licence has no number of seats.";
  }
  if (kinds.includes("unused")) return `We recommend asking whether it is still needed. ${own}`;
  const seats = counted(recommended, "seat");
  const start = {
    measured: `We recommend renewing ${seats}. ${own}`,
    estimated: `We recommend renewing ${seats}, which is an estimate. ${own}`,
    "at least": `At least ${seats} ${recommended === 1 ? "is" : "are"} needed. ${own}`,
  }[need];
  return `${start} ${differenceInWords(recommended, owned, price)}`;
}

function differenceInWords(recommended: number, owned: number, price: Price | undefined): string {
  const difference = Math.abs(recommended - owned).toLocaleString("en-GB");
  if (recommended === owned) return "That is as many as now.";
  const fewer = recommended < owned;
  if (!price) return `That is ${difference} ${fewer ? "fewer" : "more"}; what a seat costs is not known.`;
  const saving = price.amount - costOf(recommended, price);
  const share = price.amount > 0 ? ` (${Math.round((Math.abs(saving) / price.amount) * 100)}%)` : "";
  const money = `about ${moneyInWords(saving, price.currency)} a year`;
  return fewer
    ? `That is ${difference} fewer, saving ${money}${share}.`
    : `That is ${difference} more, costing ${money} more${share}.`;
}

export const confidenceInWords = ({ level, why }: Confidence) => `Confidence is ${level}: ${why}.`;

const HOLDER = { people: "person", computers: "computer" } as const;

/** What is unusual about a report, in a sentence. */
export function variantInWords(
  variant: Variant,
  { recommended, need }: Pick<DecisionFacts, "recommended" | "need">,
): string {
  switch (variant.kind) {
    case "ended":
      return `What was bought ended on ${dayInWords(variant.on)}.`;
    case "named-user": {
      const { to, assigned, active, neverUsed } = variant.seats;
      const holders = active === null ? "" : `, and ${counted(active, HOLDER[to], to)} used one`;
      const were = neverUsed === 1 ? "was" : "were";
      const never = neverUsed === 0 ? "" : ` ${counted(neverUsed, "seat")} of those owned ${were} never anybody’s.`;
      return `Seats are assigned to ${to}: at most ${assigned.toLocaleString("en-GB")} at once${holders}.${never}`;
    }
    case "site":
      return "As many as there are may use it at its sites, so it was never full.";
    case "too early":
      return `Too early: there are records of ${counted(variant.days, "day")}, and half a year is needed to tell anything.`;
    case "unused":
      return `Nobody has used this for ${counted(variant.days, "day")}.`;
    case "limit reached": {
      const start = need === "at least" ? "At least" : "About";
      const days = counted(variant.days, "day");
      const are = recommended === 1 ? "is" : "are";
      return `${start} ${counted(recommended, "seat")} ${are} needed; the limit was reached on ${days}, so true need cannot be measured.`;
    }
    case "over entitlement":
      return `More seats were in use than were bought for ${hoursInWords(variant.hours)}.`;
  }
}
