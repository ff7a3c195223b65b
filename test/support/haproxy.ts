import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { accepts } from "./ports.ts";
import { program } from "./programs.ts";
import { freePort, killed } from "./redis.ts";

const CONFIGURATION = join(import.meta.dirname, "../../docs/haproxy.cfg");

export interface TestHaproxy {
  /** For shims: `ws://127.0.0.1:PORT`. */
  url: string;
  httpUrl: string;
  pid: number;
  stop(): Promise<void>;
}

/** What comes with seatmeter, with these daemons, at a port of this computer and without a certificate. */
function configured(port: number, daemons: readonly { httpUrl: string }[]): string {
  const lines = readFileSync(CONFIGURATION, "utf8").trimEnd().split("\n");
  const isServer = (line: string) => /^ {2}server /.test(line);
  const own = lines
    .filter((line) => !isServer(line))
    .map((line) => line.replace(/^ {2}bind .*/, `  bind 127.0.0.1:${port}`));
  const servers = daemons.map(({ httpUrl }, i) => `  server daemon${i + 1} ${new URL(httpUrl).host}`);
  return `${[...own, ...servers].join("\n")}\n`;
}

/** Daemons behind one address: connections go to those that answer `/readyz`, to each as many as to the others. */
export async function startHaproxy(daemons: readonly { httpUrl: string }[]): Promise<TestHaproxy> {
  const directory = mkdtempSync(join(tmpdir(), "seatmeter-haproxy-"));
  const file = join(directory, "haproxy.cfg");
  const port = await freePort();
  writeFileSync(file, configured(port, daemons));
  const child = spawn(program("haproxy") ?? "haproxy", ["-f", file, "-db"], { stdio: ["ignore", "ignore", "ignore"] });
  const atExit = () => child.kill("SIGKILL");
  process.once("exit", atExit);
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`haproxy ended with ${child.exitCode}`);
    await delay(20);
  }
  return {
    url: `ws://127.0.0.1:${port}`,
    httpUrl: `http://127.0.0.1:${port}`,
    pid: child.pid!,
    async stop() {
      process.off("exit", atExit);
      await killed(child);
      rmSync(directory, { recursive: true });
    },
  };
}
