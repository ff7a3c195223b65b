import { atMostInWords } from "../domain/one-person.ts";
import { type DepartmentRow, publishable } from "../sizing/chargeback.ts";
import type { Note } from "../sizing/options.ts";
import type { RenewalReport } from "../sizing/renewal-report.ts";
import { isTooEarly } from "../sizing/variants.ts";
import { peopleShown } from "./foi-sheet.ts";
import { type Cell, dayCell, moneyCell, type Sheet } from "./sheet.ts";

/** Why a number of seats is looked at, in words. */
const NOTES_IN_WORDS: Record<Note, string> = {
  owned: "what you own now",
  peak: "highest use",
  recommended: "recommended",
  "one in a thousand": "0.1% of launches find none free",
  "all days but two": "enough on all days but two",
  "one in a hundred": "1% of launches find none free",
};

export function noteInWords(note: Note, { variants, need }: Pick<RenewalReport, "variants" | "need">): string {
  if (note === "recommended" && isTooEarly({ variants, need })) return "would have done so far";
  if (note !== "peak") return NOTES_IN_WORDS[note];
  if (variants.some(({ kind }) => kind === "named-user")) return "most assigned at once";
  return need === "measured" ? NOTES_IN_WORDS.peak : "highest use if nobody had been refused";
}

const rounded = (value: number, places = 1) => Math.round(value * 10 ** places) / 10 ** places;
const momentCell = (atMs: number | null) => (atMs === null ? null : new Date(atMs).toISOString());

/** A renewal report as a workbook: one table on each tab. */
export function reportSheets(report: RenewalReport): Sheet[] {
  return [
    facts(report),
    options(report),
    months(report),
    hoursBySeats(report),
    busiestDays(report),
    departments(report),
  ];
}

function facts(report: RenewalReport): Sheet {
  const { deadline, cost, confidence, range, rule, growth } = report;
  // A program that reads the file knows no more than the page says.
  const isAdvised = !isTooEarly(report);
  const rows: [string, Cell][] = [
    ["Pool", report.pool],
    ["From", dayCell(report.from)],
    ["To", dayCell(report.to)],
    ["Contract", deadline?.reference ?? null],
    ["Ends", dayCell(deadline?.ends)],
    ["Notice by", dayCell(deadline?.noticeBy)],
    ["Seats owned", report.owned],
    ["Seats recommended", isAdvised ? report.recommended : null],
    ["Recommendation is", isAdvised ? report.need : null],
    ["Likely range, from", isAdvised ? range[0] : null],
    ["Likely range, to", isAdvised ? range[1] : null],
    ["Confidence", confidence.level],
    ["Why", confidence.why],
    ["Highest use", report.peak],
    ["Highest use at (UTC)", momentCell(report.peakAtMs)],
    ["Typical working hour, seats", rounded(report.typicalWorkingHour)],
    [`People who used it${atMostInWords(report.from, report.to)}`, peopleShown(report.people)],
    ["Launches that needed a seat", report.launches],
    ["Launches that joined a seat", report.shared],
    ["People turned away", report.turnedAway],
    ["People kept waiting", report.keptWaiting],
    ["Cost a year without VAT", moneyCell(cost?.now, cost?.currency)],
    ["Cost of seats above the recommendation", moneyCell(isAdvised ? cost?.unused : null, cost?.currency)],
    [
      "Cost per hour of use",
      moneyCell(cost?.perHourOfUse == null ? null : rounded(cost.perHourOfUse, 2), cost?.currency),
    ],
    ["Seat-hours", rounded(report.seatHours)],
    ["Working hours metered", rounded(report.workingHours)],
    ["Share of working hours metered", rounded(report.coverage, 4)],
    ["Hours above what was bought", rounded(report.overHours.all)],
    ["Use against last year", growth.factor === undefined ? null : rounded(growth.factor, 3)],
    ["Rule", `share ${rule.share}, percentile ${rule.percentile}, resamplings ${rule.resamplings}, seed ${rule.seed}`],
    ["Data checksum", report.checksum],
  ];
  return { name: "Report", columns: ["Fact", "Value"], rows };
}

const options = ({ options, cost, ...report }: RenewalReport): Sheet => ({
  name: "Numbers of seats",
  columns: [
    ...["Seats", "Note", "Cost a year", "Saving a year", "Days short", "Hours full"],
    ...["Launches finding none free, at most", "People refused, estimate"],
  ],
  rows: options.map((one) => [
    one.seats,
    one.notes.map((note) => noteInWords(note, report)).join(", "),
    moneyCell(one.cost, cost?.currency),
    moneyCell(one.saving, cost?.currency),
    one.daysShort,
    rounded(one.hoursFull),
    one.foundNoneFree,
    one.peopleRefused,
  ]),
});

const months = ({ months }: RenewalReport): Sheet => ({
  name: "Months",
  columns: [
    "Month",
    "Highest use",
    "Seats owned",
    "Mean of working days' highest",
    "Whole month",
    "Working hours metered",
  ],
  rows: months.map(({ month, peak, owned, workingDayPeak, complete, coverage }) => [
    ...[month, peak, owned, workingDayPeak === undefined ? null : rounded(workingDayPeak)],
    ...[complete ? "yes" : "no", rounded(coverage, 4)],
  ]),
});

const hoursBySeats = ({ hoursBySeats }: RenewalReport): Sheet => ({
  name: "Hours by seats",
  columns: ["At least so many seats in use", "Working hours"],
  rows: hoursBySeats.map(({ seats, hours }) => [seats, rounded(hours)]),
});

const busiestDays = ({ busiestDays }: RenewalReport): Sheet => ({
  name: "Busiest days",
  columns: ["Day", "Highest use", "At (UTC)"],
  rows: busiestDays.map(({ date, peak, peakAtMs }) => [dayCell(date), peak, momentCell(peakAtMs)]),
});

/** Departments of few people are told of together; where nobody counted people none is, for any may be of few. */
export const departmentsShown = (rows: readonly DepartmentRow[]) =>
  rows.some(({ people }) => people === undefined) ? [] : publishable(rows);

const departments = ({ departments }: RenewalReport): Sheet => ({
  name: "Departments",
  columns: ["Department", "Seat-hours", "Share of hours", "Share of hours at nine tenths full", "Launches", "People"],
  rows: departmentsShown(departments).map((row) => [
    row.department || "not known",
    rounded(row.seatHours),
    rounded(row.share, 4),
    rounded(row.busyShare, 4),
    row.launches,
    row.people ?? null,
  ]),
});

/** The same in one table, for programs that read CSV: a figure a line. */
export function reportFigures(report: RenewalReport): Sheet {
  const [first, ...others] = reportSheets(report) as [Sheet, ...Sheet[]];
  return {
    name: report.pool,
    columns: ["Part", "Item", "Measure", "Value"],
    rows: [
      ...first.rows.map(([fact, value]): Cell[] => [first.name, "", fact!, value!]),
      ...others.flatMap(({ name, columns, rows }) =>
        rows.flatMap(([item, ...values]) => values.map((value, i): Cell[] => [name, item!, columns[i + 1]!, value])),
      ),
    ],
  };
}
