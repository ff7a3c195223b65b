import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "./redis.ts";

const PROGRAM = "/usr/sbin/haproxy";
export const hasHaproxy = existsSync(PROGRAM);

export interface Haproxy extends AsyncDisposable {
  /** Where it passes on with a header of each version. */
  ports: Record<"send-proxy" | "send-proxy-v2", number>;
}

/** A real HAProxy that passes connections on as they are, and says whose they are. */
export async function startHaproxy(to: number): Promise<Haproxy> {
  const directory = mkdtempSync(join(tmpdir(), "seatmeter-haproxy-"));
  const ports = { "send-proxy": await freePort(), "send-proxy-v2": await freePort() };
  const listens = Object.entries(ports).map(
    ([how, port]) =>
      `listen ${how}\n  bind 127.0.0.1:${port}\n  server daemon 127.0.0.1:${to} source 127.0.0.1 ${how}\n`,
  );
  const config = join(directory, "haproxy.cfg");
  const timeouts = "timeout connect 5s\n  timeout client 1m\n  timeout server 1m\n";
  writeFileSync(config, `defaults\n  mode tcp\n  ${timeouts}\n${listens.join("\n")}`);
  const child = spawn(PROGRAM, ["-W", "-f", config], { stdio: ["ignore", "ignore", "pipe"] });
  await ready(child);
  return {
    ports,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function ready(child: ChildProcess) {
  let output = "";
  for await (const line of createInterface({ input: child.stderr! })) {
    output += `${line}\n`;
    // The master tells that its worker has its ports.
    if (/Loading success|worker .*forked/i.test(line)) {
      child.stderr!.resume();
      return;
    }
  }
  throw new Error(`HAProxy did not start:\n${output}`);
}
