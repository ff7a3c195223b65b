/** What a board is made of, in our own words; `grafana.ts` says it in Grafana's. */
export interface Board {
  /** For good: bookmarks, other boards and alerts name it. */
  uid: string;
  title: string;
  /** The question that it answers. */
  answers: string;
  variables: readonly Variable[];
  rows: readonly Row[];
  /** Pages of seatmeter that say more, as paths; Grafana's variables may stand in them. */
  pages: Readonly<Record<string, string>>;
  /** How much time it shows to begin with. */
  from: string;
}

/** Panels side by side. */
export interface Row {
  height: number;
  panels: readonly Panel[];
}

export interface Panel {
  /** Unique on its board and for good, wherever the panel is moved: links name it. */
  id: number;
  title: string;
  /** What it shows, and what to do about it. */
  description: string;
  draws: Drawing;
  unit: Unit;
  /** Of 24 columns. */
  width: number;
  queries: readonly Query[];
  /** Instead of Grafana's "No data": whether nothing is good or bad. */
  whenEmpty: string;
  /** From which value on it is how bad, in rising order. */
  alarms?: readonly Alarm[];
  /** Words instead of values. */
  words?: Readonly<Record<string, { text: string; colour: Colour }>>;
  /** Days side by side, whatever time the board shows. */
  days?: number;
  stacked?: true;
  decimals?: number;
  min?: number;
  max?: number;
  /** A table of the label `down` by the label `across`, whose values are shown under other names and in this order. */
  matrix?: { down: string; across: string; names: readonly (readonly [value: string, name: string])[] };
  /** The column that a table is sorted by. */
  sortedBy?: { column: string; descending?: true };
}

/** A number, a diagram over time of three kinds, bars from the fullest down, or a table. */
export type Drawing = "number" | "lines" | "bars" | "states" | "ranking" | "table";

export interface Query {
  expr: string;
  /** Its name in the legend; in a table, its column's. */
  legend: string;
  /** That it finds nothing is usual: nobody was refused, or no history is kept. */
  mayBeEmpty?: true;
  /** What is owned, beside what is used: a dashed step. */
  dashed?: true;
  /** Of a table's column, where it is not the panel's. */
  unit?: Unit;
  /** Of a table's column. */
  alarms?: readonly Alarm[];
}

export interface Alarm {
  from: number;
  colour: Colour;
}

export type Colour = "green" | "yellow" | "orange" | "red" | "blue";

/** Units by what is counted, as Grafana names them. */
export const UNITS = {
  count: "none",
  share: "percentunit",
  perSecond: "cps",
  seconds: "s",
  hours: "h",
  days: "d",
  bytes: "bytes",
  /** Milliseconds since 1970. */
  moment: "dateTimeAsIso",
} as const;
export type Unit = keyof typeof UNITS;

/** The label whose values a board lets one choose from, and where they are found. */
export interface Variable {
  name: "pool" | "site" | "daemon";
  label: string;
  /** The series and the label that have its values. */
  of: { series: string; label: string };
  /** That there is none to choose is usual: no seat is in use anywhere. */
  mayBeEmpty?: true;
  /** One at a time; else any number, and all to begin with. */
  single?: true;
}

/** In every link to seatmeter's own pages, the address that it has. */
export const SEATMETER = "$seatmeter";

/** The address of a board, for a link; the choice of data source goes along. */
export function boardPath(uid: string, words = ""): string {
  return `/d/${uid}?\${datasource:queryparam}${words}`;
}
