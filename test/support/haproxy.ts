import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { accepts } from "./ports.ts";
import { program } from "./programs.ts";
import { freePort, killed } from "./redis.ts";

export interface TestHaproxy {
  /** For shims: `ws://127.0.0.1:PORT`. */
  url: string;
  httpUrl: string;
  pid: number;
  stop(): Promise<void>;
}

/** Daemons behind one address: connections go to those that answer `/readyz`, to each as many as to the others. */
export async function startHaproxy(daemons: readonly { httpUrl: string }[]): Promise<TestHaproxy> {
  const directory = mkdtempSync(join(tmpdir(), "seatmeter-haproxy-"));
  const file = join(directory, "haproxy.cfg");
  const port = await freePort();
  const lines = [
    "defaults",
    "  mode http",
    "  timeout connect 1s",
    "  timeout client 1m",
    "  timeout server 1m",
    "  timeout tunnel 1h",
    "frontend shims",
    `  bind 127.0.0.1:${port}`,
    "  default_backend daemons",
    "backend daemons",
    "  balance leastconn",
    "  option httpchk GET /readyz",
    // One that does not answer is asked no more, and what asked it is told so.
    "  default-server check inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions",
    ...daemons.map(({ httpUrl }, i) => `  server daemon${i + 1} ${new URL(httpUrl).host}`),
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
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
