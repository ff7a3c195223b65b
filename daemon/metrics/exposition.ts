import { setImmediate as nextTurn } from "node:timers/promises";
import type { Histogram, Metric as LibraryMetric, RegistryContentType } from "prom-client";
import Registry from "prom-client/lib/registry.js";
import type { LabelSets, Labels } from "./label-sets.ts";
import { helpOf, METRICS, type Metric, type MetricName } from "./table.ts";

/** One line of a scrape. */
export interface Sample {
  name: MetricName;
  labels?: Labels;
  value: number;
}

/** Which text somebody asks for: of the two the one that is liked better, Prometheus's where anything is taken. */
export function formatFor(accept: string): RegistryContentType {
  const liked = { prometheus: 0, openmetrics: 0 };
  for (const [type = "", ...parameters] of accept
    .split(",")
    .map((range) => range.split(";").map((part) => part.trim()))) {
    const quality = Number(parameters.find((part) => part.startsWith("q="))?.slice(2) ?? 1);
    if (type === "application/openmetrics-text") liked.openmetrics = Math.max(liked.openmetrics, quality);
    if (type === "text/plain") liked.prometheus = Math.max(liked.prometheus, quality);
  }
  return liked.openmetrics > 0 && liked.openmetrics >= liked.prometheus
    ? Registry.OPENMETRICS_CONTENT_TYPE
    : Registry.PROMETHEUS_CONTENT_TYPE;
}

/**
 * Has prom-client write the page of these samples and histograms, one metric a turn of the event loop. The samples are given
 * to it as they are: its own gauges look up the labels of every line once more, which took as long as writing them.
 * Metrics of which there is nothing to tell are left out.
 */
export async function exposition(
  samples: Iterable<Sample>,
  { histograms, labelSets, format }: ExpositionParts,
): Promise<string> {
  const values = Map.groupBy(samples, ({ name }) => name);
  const registry = new Registry<RegistryContentType>();
  registry.setContentType(format);
  let turn: Promise<unknown> = Promise.resolve();
  for (const [name, metric] of Object.entries<Metric>(METRICS)) {
    const own = values.get(name as MetricName);
    if (!own) continue;
    const told = {
      ...{ name, help: helpOf(metric), type: metric.type, aggregator: "sum" },
      async get() {
        turn = turn.then(() => nextTurn());
        await turn;
        const lines = own.map(({ name, labels, value }) => ({ value, sharedLabels: labelSets.of(name, labels) }));
        // Writing OpenMetrics has taken `_total` out of a counter's name.
        return { name: this.name, help: this.help, type: this.type, values: lines };
      },
    };
    registry.registerMetric(told as unknown as LibraryMetric);
  }
  for (const histogram of histograms) registry.registerMetric(histogram);
  return await registry.metrics();
}

export interface ExpositionParts {
  histograms: readonly Histogram[];
  labelSets: LabelSets;
  format: RegistryContentType;
}
