import { atMostInWords } from "../daemon/domain/one-person.ts";
import { plain } from "./denial.ts";
import { table } from "./table.ts";

/** As `/api/v1/renewals/:pool` says it. */
export interface ReportAnswer {
  pool: string;
  from: string;
  to: string;
  peak: number;
  turnedAway: number;
  keptWaiting: number;
  people: number | null;
  recommendation: string;
  range: [number, number];
  confidence: { level: string; why: string };
  options: Option[];
  coverage: number;
  checksum: string;
}

interface Option {
  seats: number;
  foundNoneFree: number;
  daysShort: number;
  hoursFull: number;
  peopleRefused: number | null;
  cost: number | null;
  saving: number | null;
}

/** A report for who sits at a terminal; the page has all of it. */
export function reportText(report: ReportAnswer): string {
  const { range, confidence, people } = report;
  const facts = [
    ["pool", plain(report.pool)],
    ["days", `${report.from} to ${report.to}, ${Math.floor(report.coverage * 1000) / 10}% of working hours metered`],
    ["renew", plain(report.recommendation)],
    ["range", `${range[0]} to ${range[1]} seats in 8 of 10 resampled years`],
    ["sure", `${plain(confidence.level)}: ${plain(confidence.why)}`],
    ["highest", `${report.peak} seats`],
    ["people", people === null ? "not counted" : `${people}${atMostInWords(report.from, report.to)}`],
    ["refused", `${report.turnedAway} turned away, ${report.keptWaiting} kept waiting`],
    ["checksum", plain(report.checksum)],
  ];
  const columns = ["SEATS", "COST/YEAR", "SAVING/YEAR", "DAYS SHORT", "HOURS FULL", "NONE FREE", "REFUSED"];
  const rows = report.options.map((option) => [
    option.seats,
    money(option.cost),
    money(option.saving),
    option.daysShort,
    option.hoursFull.toFixed(1),
    option.foundNoneFree,
    option.peopleRefused ?? "–",
  ]);
  return `${facts.map(([name, value]) => `${name!.padEnd(10)}${value}\n`).join("")}\n${table(
    columns.map((heading) => ({ heading, number: true })),
    rows,
  )}`;
}

const money = (amount: number | null) => (amount === null ? "–" : amount.toFixed(0));
