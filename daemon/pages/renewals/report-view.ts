import { inForce } from "../../domain/capacity.ts";
import { titleOf } from "../../domain/pool-title.ts";
import type { Entitlement, Register } from "../../domain/register.ts";
import { indexOf } from "../../domain/register-index.ts";
import { decisionInWords } from "../../downloads/calendar-words.ts";
import { noteInWords } from "../../downloads/report-sheets.ts";
import type { PoolReport } from "../../renewals/renewals.ts";
import { dayInWords, moneyInWords } from "../../sizing/plain-words.ts";
import type { RenewalReport } from "../../sizing/renewal-report.ts";
import { isTooEarly } from "../../sizing/variants.ts";
import { doubts } from "./doubts.ts";
import { busiestDays, whoUsesIt } from "./evidence.ts";
import { figures } from "./figures.ts";
import { keyFacts } from "./key-facts.ts";

/** The page of a renewal report: decision, money, evidence, doubt, sign-off. */
export function reportView(
  register: Register,
  { report, notes, decisions, madeAtMs, behind }: PoolReport,
  version: string,
) {
  const { pool, from, to } = report;
  const entitlement = aboutOf(register, report);
  return {
    pool,
    title: titleOf(register, pool),
    period: { from, to },
    reviewed: `Usage reviewed ${dayInWords(from)} to ${dayInWords(to)}: ${coverageInWords(report)}`,
    box: boxOf(report),
    facts: keyFacts(register, report, entitlement, ownersOf(register, pool)),
    options: optionRows(report),
    hasReplays: report.options.some(({ peopleRefused }) => peopleRefused !== null),
    isEstimate: report.need !== "measured",
    hasUse: report.launches > 0,
    ...figures(report, register.timezone),
    busiest: busiestDays(report, notes),
    who: whoUsesIt(report),
    doubts: doubts(report, register.timezone),
    decisions: decisions.map((one) => ({ ...one, words: decisionInWords(one) })),
    offered: offered(report),
    method: methodOf(report, version),
    madeAtMs,
    behind,
  };
}
export type ReportView = ReturnType<typeof reportView>;

/** What was bought that the decision is about; without one, what is in force or was last. */
function aboutOf(register: Register, { pool, deadline, to }: RenewalReport): Entitlement | undefined {
  const entitlements = register.pools[pool]?.entitlements ?? [];
  return (
    entitlements.find(({ reference, ends }) => reference === deadline?.reference && ends === deadline.ends) ??
    entitlements.findLast((one) => inForce(one, to)) ??
    entitlements.at(-1)
  );
}

const ownersOf = (register: Register, pool: string) => [
  ...new Set(
    indexOf(register)
      .productsOf(pool)
      .map((product) => register.products[product]!.owner),
  ),
];

function coverageInWords({ months, missingMonths, coverage, meteredDays }: RenewalReport): string {
  if (meteredDays === 0) return "nothing is recorded";
  const all = months.length + missingMonths.filter((missing) => !months.some(({ month }) => month === missing)).length;
  const metered = months.filter(({ month, complete }) => complete && !missingMonths.includes(month)).length;
  return `${metered} of ${all} months, ${percent(coverage)} of working hours metered`;
}

/** Never rounded up to all of it. */
const percent = (share: number) => `${Math.floor(share * 1000) / 10}%`;

function boxOf(report: RenewalReport) {
  const { decision, confidence, variants, meteredDays } = report;
  const ended = variants.some(({ kind }) => kind === "ended");
  const noDeadline = ended ? "No decision is due: what was bought has ended" : "No decision is due: nothing of it ends";
  const recorded = meteredDays > 0;
  return {
    heading: decision.deadline || noDeadline,
    recommendation: decision.recommendation,
    confidence: recorded ? { level: confidence.level.toUpperCase(), why: confidence.why } : null,
    remarks: recorded ? decision.remarks : [],
  };
}

/** What the form of a decision offers first: without a recommendation as many as now. */
export const offered = (report: RenewalReport) =>
  report.months.length === 0 || isTooEarly(report) ? report.owned : report.recommended;

const oneDecimal = (value: number) =>
  value.toLocaleString("en-GB", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

function optionRows({ options, cost, need, variants }: RenewalReport) {
  const money = (amount: number | null) => (amount === null || !cost ? "–" : moneyInWords(amount, cost.currency));
  return options.map((option) => ({
    seats: `${need === "at least" && option.notes.includes("recommended") ? "≥" : ""}${option.seats.toLocaleString("en-GB")}`,
    note: option.notes.map((note) => noteInWords(note, { need, variants })).join(", "),
    recommended: option.notes.includes("recommended"),
    cost: money(option.cost),
    saving:
      option.saving === 0
        ? "–"
        : option.saving !== null && option.saving < 0
          ? `(${money(option.saving)})`
          : money(option.saving),
    daysShort: option.daysShort.toLocaleString("en-GB"),
    hoursFull: oneDecimal(option.hoursFull),
    foundNoneFree: option.foundNoneFree.toLocaleString("en-GB"),
    peopleRefused: option.peopleRefused?.toLocaleString("en-GB") ?? "–",
  }));
}

function methodOf({ rule, checksum }: RenewalReport, version: string): string {
  const share = `${(rule.share * 100).toLocaleString("en-GB", { maximumFractionDigits: 3 })}%`;
  const made = `seatmeter ${version}, rule ${share} / P${rule.percentile * 100} / ${rule.resamplings} resampled years`;
  return `${made}, data checksum ${checksum.slice(0, 4)}…${checksum.slice(-4)}`;
}

/** How the figures come about, for who wants to know. */
export const METHOD =
  "Seats in use are counted at every moment, not sampled. The recommendation is the number of seats with which at most " +
  "one launch in a thousand would have found none free: the days of the year are drawn again 500 times, and the number " +
  "that nine in ten such years needed is taken, never rounded down. Half of a growth against last year is added. Days " +
  "short are days whose highest use was above that number of seats; hours full are hours in which none would have been " +
  "free. People turned away asked for a seat and got none within 15 minutes; kept waiting are those who did. Times " +
  "without records count nowhere. The checksum is of the days that the report was made from: whoever makes it again from " +
  "the same days finds the same one.";
