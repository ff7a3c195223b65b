import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "./redis.ts";

export interface TestPrometheus {
  /** The value of each series that the query finds, by its labels as JSON; waits until it finds any. */
  query(expression: string): Promise<Map<string, number>>;
  stop(): Promise<void>;
}

/** A real Prometheus that scrapes this daemon, once a second unless told otherwise, with its storage in a folder of its own. */
export async function startPrometheus(daemonUrl: string, everySeconds = 1): Promise<TestPrometheus> {
  const directory = mkdtempSync(join(tmpdir(), "seatmeter-prometheus-"));
  const config = join(directory, "prometheus.yml");
  const address = `127.0.0.1:${await freePort()}`;
  writeFileSync(
    config,
    JSON.stringify({
      global: { scrape_interval: `${everySeconds}s`, scrape_timeout: `${everySeconds}s` },
      scrape_configs: [{ job_name: "seatmeter", static_configs: [{ targets: [new URL(daemonUrl).host] }] }],
    }),
  );
  const child = spawn(
    "/usr/bin/prometheus",
    [`--config.file=${config}`, `--storage.tsdb.path=${directory}/data`, `--web.listen-address=${address}`],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  for await (const line of createInterface({ input: child.stderr })) {
    if (line.includes("Server is ready")) break;
  }
  child.stderr.resume();

  return {
    async query(expression) {
      for (;;) {
        const found = await ask(address, expression);
        if (found.size > 0) return found;
        // Prometheus tells nobody when it has scraped.
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
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

interface Answer {
  data: { result: { metric: Record<string, string>; value: [number, string] }[] };
}

async function ask(address: string, expression: string): Promise<Map<string, number>> {
  const response = await fetch(`http://${address}/api/v1/query?query=${encodeURIComponent(expression)}`);
  if (!response.ok) throw new Error(`${expression}: ${await response.text()}`);
  const { data } = (await response.json()) as Answer;
  return new Map(
    data.result.map(({ metric, value }) => {
      const { __name__, instance, job, ...labels } = metric;
      return [JSON.stringify(labels), Number(value[1])];
    }),
  );
}
