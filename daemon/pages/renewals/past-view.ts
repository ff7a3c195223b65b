import { titleOf } from "../../domain/pool-title.ts";
import type { Register } from "../../domain/register.ts";
import type { DayNote, Period, Usage, UseOfStep } from "../../renewals/renewals.ts";
import { outages } from "../../sizing/coverage.ts";
import { counted, hoursInWords } from "../../sizing/plain-words.ts";
import { daysChart } from "../charts/days-chart.ts";
import { clockTime, moment, shortDay } from "../formats.ts";
import { monthsInWords } from "./month-words.ts";

/** The days that a report is about are those of its past. */
export const pastPeriod = ({ from, to }: { from: string; to: string }): Period => ({ from, to });

const oneDecimal = (value: number) => (Math.round(value * 10) / 10).toLocaleString("en-GB");
const MOST_GAPS = 20;
const HOUR_MS = 3_600_000;

/** One pool's past, the newest day first in its table. */
export function pastView(register: Register, usage: Usage, notes: readonly DayNote[]) {
  const { pool, from, to, items, owned } = usage;
  const { timezone } = register;
  const noted = Map.groupBy(notes, ({ date }) => date);
  const peak = Math.max(0, ...items.map((day) => day.peak));
  const gaps = outages(items);
  return {
    ...{ pool, title: titleOf(register, pool), period: { from, to } },
    figure: {
      headline: `Highest use was ${counted(peak, "seat")}`,
      subtitle: `Highest seats in use each day, seats owned as a dashed line, times without records as bands, ${monthsInWords(from, to)}`,
      chart: daysChart(items, owned, gaps),
    },
    gaps: [
      ...gaps
        .slice(-MOST_GAPS)
        .map(({ fromMs, untilMs }) => `${moment(fromMs, timezone)}: ${hoursInWords((untilMs - fromMs) / HOUR_MS)}`),
      ...(gaps.length > MOST_GAPS ? [`and ${counted(gaps.length - MOST_GAPS, "earlier one")}`] : []),
    ],
    days: items.toReversed().map((day) => ({
      words: shortDay(day.date),
      owned: figure(ownedOn(day, usage)),
      note: (noted.get(day.date) ?? []).map(({ note }) => note).join("; "),
      ...(isRecorded(day) ? usedOn(day, timezone) : NOT_RECORDED),
    })),
  };
}

const usedOn = (day: UseOfStep, timezone: string) => ({
  peak: day.peak.toLocaleString("en-GB"),
  at: day.peakAtMs === null ? "–" : clockTime(day.peakAtMs, timezone),
  launches: figure(day.launches),
  turnedAway: figure(day.turnedAway),
  keptWaiting: figure(day.keptWaiting),
  hoursFull: day.hoursFull === null ? "–" : oneDecimal(day.hoursFull),
});
/** A nought would say that nobody used it. */
const NOT_RECORDED = { peak: "–", at: "–", launches: "–", turnedAway: "–", keptWaiting: "–", hoursFull: "–" };

const isRecorded = ({ fromMs, untilMs, gaps, peak }: UseOfStep) =>
  peak > 0 || gaps.reduce((sum, gap) => sum + gap.untilMs - gap.fromMs, 0) < untilMs - fromMs;

const figure = (value: number | null) => (value === null ? "–" : value.toLocaleString("en-GB"));

/** At the end of the day. */
const ownedOn = ({ untilMs }: UseOfStep, { owned }: Usage) =>
  owned.findLast(({ fromMs }) => fromMs < untilMs)?.seats ?? null;
