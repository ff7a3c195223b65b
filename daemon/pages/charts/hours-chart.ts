import { scaleLinear } from "d3-scale";
import { tenth } from "./frame.ts";

export const HOURS_BOX = { width: 413, left: 42, right: 90, row: 19, bar: 13, top: 4 } as const;

export interface HoursChart {
  width: number;
  height: number;
  left: number;
  bars: { y: number; middle: number; width: number; height: number; seats: string; hours: string; end: number }[];
}

const oneDecimal = (hours: number) =>
  (hours < 10 ? Math.round(hours * 10) / 10 : Math.round(hours)).toLocaleString("en-GB");

/** Figure 2: for each number of seats a bar of the working hours in which at least as many were in use. */
export function hoursChart(rows: readonly { seats: number; hours: number }[]): HoursChart {
  const { width, left, right, row, bar, top } = HOURS_BOX;
  const x = scaleLinear([0, Math.max(1, ...rows.map(({ hours }) => hours))], [0, width - left - right]);
  return {
    ...{ width, left, height: top * 2 + rows.length * row },
    bars: rows.map(({ seats, hours }, i) => ({
      y: top + i * row,
      middle: top + i * row + bar / 2 + 4,
      width: tenth(x(hours)),
      height: bar,
      seats: seats.toLocaleString("en-GB"),
      hours: oneDecimal(hours),
      end: tenth(left + x(hours) + 5),
    })),
  };
}
