import type { Sample } from "./exposition.ts";
import { METRICS, type Metric, type MetricName } from "./table.ts";

export type HistogramName = {
  [Name in MetricName]: (typeof METRICS)[Name] extends { type: "histogram" } ? Name : never;
}[MetricName];

/** How often something took how long, or carried how many; a launch adds to it in nanoseconds. */
export class Histogram {
  readonly #name: HistogramName;
  readonly #labels: Readonly<Record<string, string>>;
  readonly #bounds: readonly number[];
  /** Of each bound how many came up to it and not to the one before; the last is beyond all bounds. */
  readonly #counts: number[];
  #sum = 0;

  constructor(name: HistogramName, labels: Readonly<Record<string, string>> = {}) {
    this.#name = name;
    this.#labels = labels;
    this.#bounds = (METRICS[name] as Metric).buckets ?? [];
    this.#counts = [...this.#bounds.map(() => 0), 0];
  }

  observe(value: number): void {
    let place = 0;
    while (place < this.#bounds.length && value > this.#bounds[place]!) place++;
    this.#counts[place]! += 1;
    this.#sum += value;
  }

  *samples(): Generator<Sample> {
    const [name, labels] = [this.#name, this.#labels];
    let count = 0;
    for (const [place, counted] of this.#counts.entries()) {
      count += counted;
      const le = place < this.#bounds.length ? String(this.#bounds[place]) : "+Inf";
      yield { name, part: "_bucket", labels: { ...labels, le }, value: count };
    }
    yield { name, part: "_sum", labels, value: this.#sum };
    yield { name, part: "_count", labels, value: count };
  }
}
