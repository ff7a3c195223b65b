import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Span } from "../../daemon/domain/usage.ts";
import { fillStorage, runPrometheus } from "./prometheus.ts";

const MINUTE_MS = 60_000;
/** Prometheus answers with no more than 11,000 of a series. */
const POINTS = 10_000;

export interface PastPrometheus {
  /** When the expression held, minute by minute, by the labels of what it gave, as JSON. */
  minutes(expression: string, span: Span): Promise<Map<string, number[]>>;
  stop(): Promise<void>;
}

/**
 * A real Prometheus that scrapes nothing and knows what it is given.
 *
 * @param samples lines of OpenMetrics, each with its time; ascending within a series
 */
export async function startPastPrometheus(
  { prometheus, promtool }: { prometheus: string; promtool: string },
  samples: readonly string[],
): Promise<PastPrometheus> {
  const directory = mkdtempSync(join(tmpdir(), "seatmeter-past-"));
  fillStorage(promtool, directory, samples);
  const { address, stop } = await runPrometheus(prometheus, directory, { scrape_configs: [] }, [
    "--storage.tsdb.retention.time=99y",
    "--query.max-samples=500000000",
  ]);

  return {
    async minutes(expression, { fromMs, untilMs }) {
      const held = new Map<string, number[]>();
      for (let startMs = fromMs; startMs < untilMs; startMs += POINTS * MINUTE_MS) {
        const endMs = Math.min(untilMs, startMs + POINTS * MINUTE_MS) - MINUTE_MS;
        for (const [labels, atMs] of await rangeOf(address, expression, startMs, endMs)) {
          const known = held.get(labels) ?? [];
          known.push(...atMs);
          held.set(labels, known);
        }
      }
      return held;
    },
    stop,
  };
}

interface Answer {
  data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
}

async function rangeOf(address: string, query: string, startMs: number, endMs: number) {
  const [start, end] = [startMs / 1000, endMs / 1000].map(String) as [string, string];
  const body = new URLSearchParams({ query, start, end, step: "60" });
  const response = await fetch(`http://${address}/api/v1/query_range`, { method: "POST", body });
  if (!response.ok) throw new Error(`${query}: ${await response.text()}`);
  const { data } = (await response.json()) as Answer;
  return data.result.map(
    ({ metric, values }) => [JSON.stringify(metric), values.map(([seconds]) => seconds * 1000)] as const,
  );
}
