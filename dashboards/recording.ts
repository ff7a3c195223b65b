import { METRICS, type Metric, type MetricName } from "../daemon/metrics/table.ts";

/** The names of the metrics that every daemon shows alike, of one type. */
type Shared<Type extends Metric["type"]> = {
  [Name in MetricName]: (typeof METRICS)[Name] extends { shared: true; type: Type } ? Name : never;
}[MetricName];
export type SharedGauge = Shared<"gauge">;
export type SharedCounter = Shared<"counter">;

/** Over how long the growth of a counter is recorded. */
export const WINDOWS = ["5m", "1h", "1d", "30d"] as const;
export type Window = (typeof WINDOWS)[number];

export interface RecordingRule {
  record: string;
  expr: string;
}

/** A shared gauge as everything reads it: once, however many daemons show it. */
export function recorded(name: SharedGauge): string {
  return colonised(name);
}

/**
 * By how much a shared counter grew. Long windows are added up from whole hours, so the last of them may lag by an hour;
 * what must be fresh asks for `1h`.
 */
export function grown(name: SharedCounter, window: Window): string {
  return `${colonised(name).replace(/_total$/, "")}:increase${window}`;
}

/** Launches that went ahead, of all daemons, by pool: retries of who is refused are none. */
export function launches(window: "1h" | "30d"): string {
  return `seatmeter:launches:increase${window}`;
}

/** Each shared metric under the name that dashboards and alerts read, and the launches of all daemons. */
export const RECORDING_RULES: readonly RecordingRule[] = [
  ...Object.entries(METRICS as Record<string, Metric>)
    .filter(([, metric]) => metric.shared)
    .flatMap(([name, metric]) =>
      metric.type === "counter" ? growth(name as SharedCounter, metric) : [gauge(name as SharedGauge, metric)],
    ),
  {
    record: launches("1h"),
    expr: `sum by (pool) (increase(${"seatmeter_checkouts_total" satisfies MetricName}{outcome=~"granted|observed"}[1h]))`,
  },
  { record: launches("30d"), expr: summed(launches("1h"), "30d") },
];

function gauge(name: SharedGauge, metric: Metric): RecordingRule {
  return { record: recorded(name), expr: `${maxBy(metric)} (${name})` };
}

/**
 * Growth first, then the largest. A maximum of the counters themselves falls back when the daemon that was scraped last
 * goes away, and a counter that falls back looks like one that began anew.
 *
 * Days and months are sums of hours: to read a month of raw samples takes fourteen times as long, and a daemon that was
 * replaced at noon saw only half of its day, while of every short while there is somebody who saw the whole.
 */
function growth(name: SharedCounter, metric: Metric): RecordingRule[] {
  return WINDOWS.map((window) => ({
    record: grown(name, window),
    expr:
      window === "5m" || window === "1h"
        ? `${maxBy(metric)} (increase(${name}[${window}]))`
        : summed(grown(name, "1h"), window),
  }));
}

function summed(hour: string, window: Window): string {
  return `sum_over_time(${hour}[${window}:1h])`;
}

function maxBy(metric: Metric): string {
  return metric.labels.length > 0 ? `max by (${metric.labels.join(", ")})` : "max";
}

function colonised(name: string): string {
  return name.replace("seatmeter_", "seatmeter:");
}
