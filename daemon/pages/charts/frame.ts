import { scaleLinear } from "d3-scale";

/*
 * What every chart has. Lengths are those of the drawing's own grid, whole or with one decimal, so that the same figures
 * give the same picture.
 */

/** A line across with its number at the left. */
export interface Tick {
  at: number;
  text: string;
}

/** Words in the drawing, where they belong to. */
export interface Label {
  x: number;
  y: number;
  text: string;
  anchor: "start" | "middle" | "end";
}

export const tenth = (length: number) => Math.round(length * 10) / 10;

/** From 0 to a round number above the most, upwards; whole seats only. */
export function seatScale(most: number, bottom: number, top: number, ticks: number) {
  const scale = scaleLinear([0, Math.max(1, most)], [bottom, top]).nice(ticks);
  const marks: Tick[] = scale
    .ticks(ticks)
    .filter(Number.isInteger)
    .map((seats) => ({ at: tenth(scale(seats)), text: seats.toLocaleString("en-GB") }));
  return { y: (seats: number) => tenth(scale(seats)), ticks: marks };
}

/** Labels one above the other that would overlap are moved apart, the lower one downwards. */
export function apart(labels: readonly Label[], distance: number): Label[] {
  let last = Number.NEGATIVE_INFINITY;
  return labels
    .toSorted((one, other) => one.y - other.y)
    .map((label) => {
      last = tenth(Math.max(label.y, last + distance));
      return { ...label, y: last };
    });
}
