import { area, curveStepAfter, line } from "d3-shape";
import type { SeatsFrom, Span } from "../../domain/usage.ts";
import type { UseOfStep } from "../../renewals/renewals.ts";
import { type Label, seatScale, type Tick, tenth } from "./frame.ts";

export const DAYS_BOX = { width: 960, height: 280, left: 42, right: 90, top: 14, bottom: 26 } as const;

/** What the chart shows of a day. */
export type ChartDay = Pick<UseOfStep, "date" | "fromMs" | "untilMs" | "peak">;

export interface DaysChart {
  width: number;
  height: number;
  left: number;
  right: number;
  bottom: number;
  top: number;
  ticks: Tick[];
  months: Label[];
  /** Each stretch of days that are there. */
  peaks: string[];
  owned: string;
  /** Times without a daemon, at least a hair wide. */
  gaps: { x: number; width: number }[];
  label: Label | null;
}

const SHORT = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const HAIR = 1.5;
const ROOM_FOR_A_NAME = 30;
const ROOM_WITH_YEAR = 46;

/** The past of a pool: the highest use of each day as a filled step, seats owned as a dashed one, gaps as bands. */
export function daysChart(days: readonly ChartDay[], owned: readonly SeatsFrom[], gaps: readonly Span[]): DaysChart {
  const { width, height, left, right, top, bottom } = DAYS_BOX;
  const [fromMs, untilMs] = [days[0]?.fromMs ?? 0, days.at(-1)?.untilMs ?? 1];
  const end = width - right;
  const floor = height - bottom;
  const x = (atMs: number) => tenth(left + ((atMs - fromMs) / (untilMs - fromMs)) * (end - left));
  const { y, ticks } = seatScale(
    Math.max(0, ...days.map(({ peak }) => peak), ...owned.map(({ seats }) => seats)),
    floor,
    top,
    5,
  );
  const fill = area<[number, number]>()
    .curve(curveStepAfter)
    .x(([at]) => at)
    .y0(floor)
    .y1(([, seats]) => seats);
  const last = owned.at(-1);
  return {
    ...{ width, height, left, top, right: end, bottom: floor, ticks },
    months: monthNames(days, x),
    peaks: stretches(days).map(
      (stretch) =>
        fill([...stretch.map((day): [number, number] => [x(day.fromMs), y(day.peak)]), ending(stretch)]) ?? "",
    ),
    owned: last
      ? (line().curve(curveStepAfter)([
          ...owned.map((step): [number, number] => [x(Math.max(fromMs, step.fromMs)), y(step.seats)]),
          [end, y(last.seats)],
        ]) ?? "")
      : "",
    gaps: gaps.map(({ fromMs, untilMs }) => ({
      x: x(fromMs),
      width: Math.max(HAIR, tenth(x(untilMs) - x(fromMs))),
    })),
    label: last
      ? { x: end + 6, y: y(last.seats) + 4, text: `owned ${last.seats.toLocaleString("en-GB")}`, anchor: "start" }
      : null,
  };

  function ending(stretch: readonly ChartDay[]): [number, number] {
    const day = stretch.at(-1)!;
    return [x(day.untilMs), y(day.peak)];
  }
}

/** Days that follow each other without a missing one. */
function stretches(days: readonly ChartDay[]): ChartDay[][] {
  const found: ChartDay[][] = [];
  for (const [i, day] of days.entries()) {
    if (days[i - 1]?.untilMs === day.fromMs) found.at(-1)!.push(day);
    else found.push([day]);
  }
  return found;
}

/** The name of each month where it begins, as long as there is room. */
function monthNames(days: readonly ChartDay[], x: (atMs: number) => number): Label[] {
  const names: Label[] = [];
  for (const { date, fromMs } of days) {
    if (!date.endsWith("-01") && names.length > 0) continue;
    const at = x(fromMs);
    const before = names.at(-1);
    if (before && at - before.x < (before.text.includes(" ") ? ROOM_WITH_YEAR : ROOM_FOR_A_NAME)) continue;
    const year = date.slice(5, 7) === "01" || names.length === 0 ? ` ${date.slice(2, 4)}` : "";
    names.push({ x: at, y: DAYS_BOX.height - 8, text: SHORT[Number(date.slice(5, 7)) - 1] + year, anchor: "start" });
  }
  return names;
}
