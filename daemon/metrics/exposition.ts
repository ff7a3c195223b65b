import { helpOf, METRICS, type Metric, type MetricName } from "./table.ts";

/** One line of a scrape. */
export interface Sample {
  name: MetricName;
  labels?: Readonly<Record<string, string>>;
  value: number;
  /** Of a histogram: which of its lines. */
  part?: "_bucket" | "_sum" | "_count";
}

export const FORMATS = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
} as const;
export type Format = keyof typeof FORMATS;

/** Which text somebody asks for: of the two the one that is liked better, Prometheus's where anything is taken. */
export function formatFor(accept: string): Format {
  const liked = { prometheus: 0, openmetrics: 0 };
  for (const [type = "", ...parameters] of accept
    .split(",")
    .map((range) => range.split(";").map((part) => part.trim()))) {
    const quality = Number(parameters.find((part) => part.startsWith("q="))?.slice(2) ?? 1);
    if (type === "application/openmetrics-text") liked.openmetrics = Math.max(liked.openmetrics, quality);
    if (type === "text/plain") liked.prometheus = Math.max(liked.prometheus, quality);
  }
  return liked.openmetrics > 0 && liked.openmetrics >= liked.prometheus ? "openmetrics" : "prometheus";
}

/** The lines of a scrape: they may come in any order, and are told metric by metric. */
export class Exposition {
  readonly #lines = new Map<MetricName, string>();

  add({ name, labels, value, part }: Sample): void {
    const line = `${name}${part ?? ""}${labels ? labelsText(labels) : ""} ${value}\n`;
    this.#lines.set(name, (this.#lines.get(name) ?? "") + line);
  }

  /** Metrics of which there is nothing to tell are left out. */
  text(format: Format): string {
    let text = "";
    for (const [name, metric] of Object.entries<Metric>(METRICS)) {
      const lines = this.#lines.get(name as MetricName);
      if (lines === undefined) continue;
      // OpenMetrics calls a counter by its name without the end that its lines have.
      const family = format === "openmetrics" && metric.type === "counter" ? name.replace(/_total$/, "") : name;
      text += `# HELP ${family} ${helpOf(metric)}\n# TYPE ${family} ${metric.type}\n${lines}`;
    }
    return format === "openmetrics" ? `${text}# EOF\n` : text;
  }
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  let text = "";
  for (const name in labels) text += `${text === "" ? "{" : ","}${name}="${escaped(labels[name] as string)}"`;
  return text === "" ? "" : `${text}}`;
}

/** A contract's reference is what people wrote. */
const escaped = (value: string) =>
  /[\\"\n]/.test(value) ? value.replace(/[\\"\n]/g, (one) => (one === "\n" ? "\\n" : `\\${one}`)) : value;
