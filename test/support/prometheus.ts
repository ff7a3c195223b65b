import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { program } from "./programs.ts";
import { freePort } from "./redis.ts";

/** One series of an answer. */
export interface Told {
  labels: Record<string, string>;
  value: number;
}

export interface TestPrometheus {
  /** The value of each series that the query finds, by its labels as JSON; waits until it finds any. */
  query(expression: string): Promise<Map<string, number>>;
  /** What it answers at that moment. */
  ask(expression: string, atS: number): Promise<Told[]>;
  /** What it says of each rule, alerts with those that ring. */
  rules(): Promise<RuleState[]>;
  stop(): Promise<void>;
}

export interface RuleState {
  name: string;
  query: string;
  health: string;
  lastError?: string;
  alerts?: { state: "pending" | "firing"; labels: Record<string, string> }[];
}

export interface PrometheusOptions {
  everySeconds?: number;
  /** A file of rules, as text; evaluated as often as it scrapes. */
  rules?: string;
  /** What it knows already: lines of OpenMetrics, each with its time; ascending within a series. */
  past?: readonly string[];
}

/** A real Prometheus that scrapes these daemons, once a second unless told otherwise, with its storage in a folder of its own. */
export async function startPrometheus(
  daemonUrls: readonly string[],
  { everySeconds = 1, rules, past }: PrometheusOptions = {},
): Promise<TestPrometheus> {
  const directory = mkdtempSync(join(tmpdir(), "seatmeter-prometheus-"));
  const every = `${everySeconds}s`;
  if (rules !== undefined) writeFileSync(join(directory, "rules.yaml"), rules);
  if (past) fillStorage(program("promtool") ?? "promtool", directory, past);
  const { address, stop } = await runPrometheus(program("prometheus") ?? "prometheus", directory, {
    global: { scrape_interval: every, scrape_timeout: every, evaluation_interval: every },
    ...(rules !== undefined && { rule_files: ["rules.yaml"] }),
    scrape_configs: [
      { job_name: "seatmeter", static_configs: [{ targets: daemonUrls.map((url) => new URL(url).host) }] },
    ],
  });
  const ask = async (query: string, atS?: number) => {
    const at = atS === undefined ? {} : { time: String(atS) };
    const { result } = await get<Answer>(address, "query", { query, ...at });
    return typeof result[0] === "number"
      ? [{ labels: {}, value: Number(result[1]) }]
      : (result as Series[]).map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  };

  return {
    ask,
    stop,
    async query(expression) {
      for (;;) {
        const found = await ask(expression);
        if (found.length > 0) return byLabels(found);
        // Prometheus tells nobody when it has scraped.
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async rules() {
      const { groups } = await get<{ groups: { rules: RuleState[] }[] }>(address, "rules", {});
      return groups.flatMap((group) => group.rules);
    },
  };
}

/** Blocks of what somebody knows already, where this folder's Prometheus will look for them. */
export function fillStorage(promtool: string, directory: string, past: readonly string[]): void {
  const file = join(directory, "past.txt");
  writeFileSync(file, `${past.join("\n")}\n# EOF\n`);
  // In blocks of two hours, as it would make them, it reads the file four thousand times.
  const words = ["tsdb", "create-blocks-from", "--quiet", "--max-block-duration=2000h", "openmetrics"];
  const { status, stderr } = spawnSync(promtool, [...words, file, join(directory, "data")], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}

/** It is ready, and listens on the loopback interface; its folder goes with it. */
export async function runPrometheus(
  prometheus: string,
  directory: string,
  config: object,
  flags: readonly string[] = [],
): Promise<{ address: string; stop(): Promise<void> }> {
  const file = join(directory, "prometheus.yml");
  writeFileSync(file, JSON.stringify(config));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    prometheus,
    [
      ...[`--config.file=${file}`, `--storage.tsdb.path=${join(directory, "data")}`],
      ...[`--web.listen-address=${address}`, ...flags],
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  for await (const line of createInterface({ input: child.stderr })) {
    if (line.includes("Server is ready")) break;
  }
  child.stderr.resume();
  return {
    address,
    async stop() {
      process.off("exit", kill);
      if (child.exitCode === null && child.signalCode === null) {
        kill();
        await once(child, "exit");
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface Series {
  metric: Record<string, string>;
  value: [number, string];
}
interface Answer {
  /** Or one number, where the expression is one. */
  result: Series[] | [number, string];
}

async function get<Data>(address: string, path: string, asked: Record<string, string>): Promise<Data> {
  const response = await fetch(`http://${address}/api/v1/${path}?${new URLSearchParams(asked)}`);
  if (!response.ok) throw new Error(`${asked.query ?? path}: ${await response.text()}`);
  return ((await response.json()) as { data: Data }).data;
}

/** Whichever daemon tells it. */
const byLabels = (found: readonly Told[]) =>
  new Map(
    found.map(({ labels: { __name__, instance, job, ...labels }, value }) => [JSON.stringify(labels), value] as const),
  );
