import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Host, THIS_COMPUTER } from "./host.ts";

const ROOT = join(import.meta.dirname, "../..");
/** What the daemon has of its memory is what `npm start` gives it. */
const FLAGS = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).scripts.start.match(/--\S*-size=\d+/g);
/** Who measures a daemon, outside of vitest, measures all of it. */
const AS_TESTED = process.env.VITEST ? ["--import", join(import.meta.dirname, "punctual.ts")] : [];

export interface TestDaemon extends AsyncDisposable {
  /** For shims: `ws://127.0.0.1:PORT`. */
  url: string;
  httpUrl: string;
  pid: number;
  /** Its data, and the managed Redis with its socket; give it to a next daemon to start again where this one was. */
  data: string;
  output(): string;
  /** Settled when it has written more. */
  written(): Promise<unknown>;
  /** As an operator does; the exit code. */
  stop(): Promise<number | null>;
  /** As a power cut does, to the daemon alone: its Redis lives on. */
  kill(): Promise<void>;
}

export interface DaemonOptions {
  /** The register's text. */
  register: string;
  env?: Record<string, string>;
  data?: string;
  /** `127.0.0.1:PORT`; else any free port. */
  listen?: string;
  host?: Host;
}

/**
 * A folder whose paths are short enough for a socket; with it goes the Redis that a killed daemon left behind.
 */
export function dataFolder(): { path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "sm-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A real daemon, as `npm start` runs it, that is ready. */
export async function startDaemon({
  register,
  env = {},
  data,
  listen,
  host = THIS_COMPUTER,
}: DaemonOptions): Promise<TestDaemon> {
  const folder = data ?? mkdtempSync(join(tmpdir(), "sm-"));
  const registerFile = join(folder, "register.yaml");
  writeFileSync(registerFile, register);
  const child = host.spawn(process.execPath, [...FLAGS, ...AS_TESTED, join(ROOT, "daemon/main.ts")], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      SEATMETER_LISTEN: listen ?? "127.0.0.1:0",
      SEATMETER_DATA: folder,
      SEATMETER_REGISTER: registerFile,
      // What is not about the history does without a recorder.
      SEATMETER_HISTORY: "off",
      ...env,
    },
  });
  let output = "";
  const ready = new Promise<string>((resolve, reject) => {
    const hear = (part: string) => {
      output += part;
      const address = /Ready at (http\S+)/.exec(output)?.[1];
      if (address) resolve(address);
    };
    child.stdout!.setEncoding("utf8").on("data", hear);
    child.stderr!.setEncoding("utf8").on("data", hear);
    child.once("close", (code) => reject(new Error(`the daemon ended with ${code} before it was ready:\n${output}`)));
  });
  const httpUrl = (await ready).replace(/\/$/, "");
  const daemon: TestDaemon = {
    url: httpUrl.replace(/^http/, "ws"),
    httpUrl,
    pid: child.pid!,
    data: folder,
    output: () => output,
    written: () => {
      const over = new AbortController();
      const { signal } = over;
      const either = [once(child.stdout!, "data", { signal }), once(child.stderr!, "data", { signal })];
      return Promise.race(either).finally(() => over.abort());
    },
    stop: async () => {
      const exit = await ended(child, "SIGTERM");
      if (data === undefined) rmSync(folder, { recursive: true, force: true });
      return exit;
    },
    kill: async () => {
      await ended(child, "SIGKILL");
    },
    [Symbol.asyncDispose]: async () => {
      await daemon.stop();
    },
  };
  return daemon;
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  // What it said last is heard by then, too.
  const close = once(child, "close");
  child.kill(signal);
  return (await close)[0];
}

/** The briefest that a register allows. */
const BRIEF = "{ ttl: 5s, heartbeatEvery: 1s }";
/** As a register has it that says nothing: nothing runs out because the machine has no time for what is tested. */
export const UNHURRIED = "{ ttl: 60s, heartbeatEvery: 20s }";

/** A register with one product `demo`, of three seats, whose leases live as briefly as a register allows. */
export const demoRegister = ({ seats = 3, product = "", pool = "", lease = BRIEF } = {}) => `
organisation: Exampleshire Council
timezone: Europe/London
sites:
  here: { name: Here, networks: [127.0.0.0/8, "::1/128"] }
products:
  demo:
    name: Demo
    owner: it.desk@exampleshire.example
    pools: [demo]
${product && `    ${product}\n`}pools:
  demo:
    seatFor: [session]
    lease: ${lease}
${pool && `    ${pool}\n`}    entitlements: [{ reference: PO-1, seats: ${seats}, starts: 2020-01-01 }]
`;
