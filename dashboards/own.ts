import type { METRICS, MetricName } from "../daemon/metrics/table.ts";

/** The names of the metrics that each daemon counts for itself, of one type. */
type Own<Type extends "gauge" | "counter" | "histogram"> = {
  [Name in MetricName]: (typeof METRICS)[Name] extends { shared: true }
    ? never
    : (typeof METRICS)[Name] extends { type: Type }
      ? Name
      : never;
}[MetricName];
export type OwnGauge = Own<"gauge">;
export type OwnCounter = Own<"counter">;
export type OwnHistogram = Own<"histogram">;

/** What a metric may be told apart by: its labels, and the daemon that Prometheus asked. */
type LabelOf<Name extends MetricName> = (typeof METRICS)[Name]["labels"][number] | "instance";

/** So long that a rate has samples enough, for however much time the board shows: Grafana fills it in. */
const RATE_WINDOW = "$__rate_interval";

/** A daemon's own gauge, one for each daemon. */
export function own(name: OwnGauge, which = ""): string {
  return `${name}${which}`;
}

/** Per second, of all daemons together: what each counts for itself adds up. */
export function perSecond<Name extends OwnCounter>(name: Name, by: readonly LabelOf<Name>[], which = ""): string {
  return `${sumBy(by)}(rate(${name}${which}[${RATE_WINDOW}]))`;
}

/** How many in the time before, of all daemons together. */
export function counted<Name extends OwnCounter>(
  name: Name,
  window: "1h" | "1d",
  by: readonly LabelOf<Name>[],
  which = "",
): string {
  return `${sumBy(by)}(increase(${name}${which}[${window}]))`;
}

/** What this share of all observations stayed under, of all daemons together. */
export function quantile<Name extends OwnHistogram>(
  share: number,
  name: Name,
  by: readonly LabelOf<Name>[],
  which = "",
): string {
  return `histogram_quantile(${share}, ${sumBy(["le", ...by])}(rate(${name}_bucket${which}[${RATE_WINDOW}])))`;
}

/** The mean of what was observed, of all daemons together. */
export function mean(name: OwnHistogram, which = ""): string {
  return `sum(rate(${name}_sum${which}[${RATE_WINDOW}])) / sum(rate(${name}_count${which}[${RATE_WINDOW}]))`;
}

function sumBy(labels: readonly string[]): string {
  return labels.length > 0 ? `sum by (${labels.join(", ")}) ` : "sum";
}
