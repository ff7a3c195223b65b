import { METRICS, type Metric, type MetricName } from "./table.ts";

export type Labels = Readonly<Record<string, string>>;

const NONE: Labels = Object.freeze({});

/** By the value of one label after the other, down to the labels themselves. */
type Branch = Map<string, Branch | Labels>;

/**
 * The labels of a page's lines, the same object in every scrape: by it prom-client remembers how they are written, which is
 * most of what a line costs. Of one register, so that they go with it.
 */
export class LabelSets {
  readonly #byNames = new Map<string, Branch>();

  of(metric: MetricName, labels: Labels = NONE): Labels {
    const { labels: names } = METRICS[metric] as Metric;
    if (names.length === 0) return NONE;
    let branch = found(this.#byNames, names.join(), () => new Map());
    for (let i = 0; i < names.length - 1; i++) branch = found(branch, labels[names[i]!]!, () => new Map()) as Branch;
    return found(branch, labels[names.at(-1)!]!, () => labels) as Labels;
  }
}

function found<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
