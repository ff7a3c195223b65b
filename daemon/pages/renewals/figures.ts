import { counted } from "../../sizing/plain-words.ts";
import type { RenewalReport } from "../../sizing/renewal-report.ts";
import { isEndless, isTooEarly } from "../../sizing/variants.ts";
import { hoursChart } from "../charts/hours-chart.ts";
import { monthsChart } from "../charts/months-chart.ts";
import { monthInWords, monthsInWords } from "./month-words.ts";

/** Both figures: the message as a headline, what is drawn as a subtitle, the drawing, and the same figures for a table. */
export function figures(report: RenewalReport, timezone: string) {
  const { from, to, months, recommended, hoursBySeats } = report;
  // What a site licence counts as owned is no line that use could come near.
  const endless = isEndless(report.variants);
  // Where nobody knows what was owned then, what is owned now is the line to compare with.
  const isKnown = report.ownedSteps.length > 0;
  const steps = isKnown ? report.ownedSteps : [{ fromMs: 0, seats: report.owned }];
  const ownedSteps = endless ? [] : steps;
  // As it was when the drawn time was over; since then it may have changed.
  const owned = ownedSteps.at(-1)?.seats ?? null;
  const drawn = months.filter(({ month, peak }) => peak > 0 || !report.missingMonths.includes(month));
  return {
    figure1: {
      headline: peakMessage(report),
      subtitle: `Highest seats in use each month, ${endless ? "" : "seats owned as a dashed line, "}${monthsInWords(from, to)}`,
      chart: monthsChart({
        ...{ from: from.slice(0, 7), to: to.slice(0, 7), months: drawn, ownedSteps, owned, recommended, timezone },
        ownedName: isKnown ? "owned" : "owned now",
        recommendedName: isTooEarly(report) ? "so far needed" : "recommended",
      }),
      rows: drawn.map(({ month, peak, owned }) => ({ name: monthInWords(month), peak, owned: owned ?? "not known" })),
    },
    figure2: {
      headline: hoursMessage(report),
      subtitle: "Working hours in which at least this many seats were in use",
      chart: hoursChart(hoursBySeats),
      rows: hoursBySeats.map(({ seats, hours }) => ({ seats, hours: hoursAsText(hours) })),
    },
  };
}

function peakMessage({ peak, owned, months, ownedSteps, variants }: RenewalReport): string {
  const full = months.filter(({ limitReached }) => limitReached).length;
  const most = ownedSteps.length === 0 ? owned : Math.max(...ownedSteps.map(({ seats }) => seats));
  const seats = counted(most, "seat");
  const then = ownedSteps.length === 0 ? "owned now" : "owned";
  const highest = months.filter((month) => month.peak === peak);
  const point =
    highest.length === 1 && months.length > 1 ? `; ${monthInWords(highest[0]!.month)} is the high point` : "";
  if (isEndless(variants)) return `Use never passed ${counted(peak, "seat")}${point}`;
  if (peak > most) return `Use went up to ${peak.toLocaleString("en-GB")}, above the ${seats} ${then}`;
  if (full > 0) return `No seat was free at times in ${full} of ${counted(months.length, "month")}`;
  return `Use never passed ${peak.toLocaleString("en-GB")} of ${seats}${point}`;
}

/** Where a hundredth of the time is left: that far up seats were still needed now and then. */
const NOW_AND_THEN = 0.01;

function hoursMessage({ hoursBySeats, workingHours }: RenewalReport): string {
  const row = hoursBySeats.findLast(({ hours }) => hours >= NOW_AND_THEN * workingHours) ?? hoursBySeats[0];
  if (!row || row.hours === 0) return "No seat was in use in working hours";
  const needed = row.seats === 1 ? "1 seat was" : `${row.seats.toLocaleString("en-GB")} seats were`;
  return `At least ${needed} needed for ${hoursAsText(row.hours)} of ${Math.round(workingHours).toLocaleString("en-GB")} working hours`;
}

const hoursAsText = (hours: number) =>
  (hours < 10 ? Math.round(hours * 10) / 10 : Math.round(hours)).toLocaleString("en-GB");
