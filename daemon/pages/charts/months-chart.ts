import { scaleBand } from "d3-scale";
import { curveStepAfter, line } from "d3-shape";
import { startOfDayMs } from "../../domain/calendar.ts";
import type { SeatsFrom } from "../../domain/usage.ts";
import { type Month, monthsLater } from "../../sizing/months.ts";
import { apart, type Label, seatScale, type Tick, tenth } from "./frame.ts";

/** At the right there is room for `recommended 12,345` in a wide font. */
export const MONTHS_BOX = { width: 620, height: 250, left: 42, right: 150, top: 18, bottom: 24 } as const;

export interface MonthsChart {
  width: number;
  height: number;
  left: number;
  right: number;
  bottom: number;
  ticks: Tick[];
  /** Of each month without figures only its name; of many months only some are named, and none has its figure on it. */
  bars: { x: number; y: number; width: number; height: number; value: string; name: string; middle: number }[];
  /** Seats owned, a step at each moment when they changed. */
  owned: string;
  /** Null where it would lie on the line of what is owned. */
  recommended: { y: number } | null;
  /** At the ends of the lines. */
  labels: Label[];
}

export interface MonthsFacts {
  /** First and last month of the chart. */
  from: Month;
  to: Month;
  months: readonly { month: Month; peak: number }[];
  ownedSteps: readonly SeatsFrom[];
  /** Null: it has no number, and no line is drawn for it. */
  owned: number | null;
  recommended: number;
  timezone: string;
  /** What the lines are called. */
  ownedName?: string;
  recommendedName?: string;
}

const SHORT = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const LINE_HEIGHT = 15;
const MONTHS_OF_A_YEAR = 12;
const ROOM_FOR_A_NAME = 26;
const ROOM_WITH_YEAR = 52;
/** So that the same months are named each year. */
const NAMED_EVERY = [1, 2, 3, 4, 6, 12, 24, 60];

/** Figure 1: the highest use of each month as bars, seats owned as a dashed step, seats recommended as another dash. */
export function monthsChart(facts: MonthsFacts): MonthsChart {
  const { width, height, left, right, top, bottom } = MONTHS_BOX;
  const names: Month[] = [];
  for (let month = facts.from; month <= facts.to; month = monthsLater(month, 1)) names.push(month);
  const x = scaleBand(names, [left, width - right])
    .paddingInner(0.3)
    .paddingOuter(0.15);
  const floor = height - bottom;
  const most = Math.max(
    facts.recommended,
    ...facts.months.map(({ peak }) => peak),
    ...facts.ownedSteps.map(({ seats }) => seats),
  );
  const { y, ticks } = seatScale(most, floor, top, 5);
  const peaks = new Map(facts.months.map(({ month, peak }) => [month, peak]));
  const isNarrow = x.step() < ROOM_FOR_A_NAME;
  const isLong = names.length > MONTHS_OF_A_YEAR;
  const room = isLong ? ROOM_WITH_YEAR : ROOM_FOR_A_NAME;
  const every = NAMED_EVERY.find((months) => months * x.step() >= room) ?? names.length;
  const bars = names.map((month, i) => {
    const peak = peaks.get(month);
    const barTop = y(peak ?? 0);
    const start = tenth(x(month)!);
    return {
      ...{ x: start, y: barTop, width: tenth(x.bandwidth()), height: tenth(floor - barTop) },
      value: peak === undefined ? "no data" : isNarrow ? "" : peak.toLocaleString("en-GB"),
      name: i % every === 0 ? `${SHORT[Number(month.slice(5)) - 1]}${isLong ? ` ${month.slice(2, 4)}` : ""}` : "",
      middle: tenth(start + x.bandwidth() / 2),
    };
  });
  const end = width - right;
  const label = (seats: number, text: string): Label => ({
    ...{ x: end + 6, y: tenth(y(seats) + 4), anchor: "start" },
    text: `${text} ${seats.toLocaleString("en-GB")}`,
  });
  const { owned, recommended, ownedName = "owned", recommendedName = "recommended" } = facts;
  const labels =
    owned === null ? [] : apart([label(owned, ownedName), label(recommended, recommendedName)], LINE_HEIGHT);
  return {
    ...{ width, height, left, right: end, bottom: floor, ticks, bars },
    owned: stepPath(facts, { left, end, y }),
    recommended: owned === null || owned === recommended ? null : { y: y(recommended) },
    labels,
  };
}

/** Where a step begins: at the moment's place in the whole time shown. */
function stepPath({ from, to, ownedSteps, timezone }: MonthsFacts, { left, end, y }: Plane): string {
  const fromMs = startOfDayMs(`${from}-01`, timezone);
  const untilMs = startOfDayMs(`${monthsLater(to, 1)}-01`, timezone);
  const place = (atMs: number) =>
    tenth(left + ((Math.max(fromMs, Math.min(atMs, untilMs)) - fromMs) / (untilMs - fromMs)) * (end - left));
  const points = ownedSteps.map(({ fromMs, seats }): [number, number] => [place(fromMs), y(seats)]);
  const last = points.at(-1);
  if (!last) return "";
  return line().curve(curveStepAfter)([...points, [end, last[1]]]) ?? "";
}

interface Plane {
  left: number;
  end: number;
  y: (seats: number) => number;
}
