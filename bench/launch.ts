import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { buildSingleFile } from "../packaging/single-file.ts";
import { Authority } from "../test/support/authority.ts";
import { dataFolder, demoRegister, startDaemon } from "../test/support/daemon.ts";
import { inTurn, type Measured, measured, ratio } from "./measure.ts";

const ROUNDS = 100;
/** Seats are there for all that may still be on their way back. */
const REGISTER = demoRegister({ seats: 100, lease: "{ ttl: 60s, heartbeatEvery: 20s }" });
/** Where no daemon answers, the program starts all the same: that is no launch. */
const NOTHING_TOLD = "";
/**
 * Who launches is a shell, as with people: to start anything from this process, which has become large by then, takes ten
 * milliseconds longer.
 */
const TIMED = join(import.meta.dirname, "timed.sh");

interface Launch {
  command: readonly [string, ...string[]];
  env?: Record<string, string>;
}

/** From start to end, in milliseconds. Errors: where it did not go as it should, so that no failure counts as quick. */
async function tookMs({ command: [program, ...words], env = {} }: Launch): Promise<number> {
  const shell = spawn("bash", [TIMED, program, ...words], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [[exit], tookUs, told] = await Promise.all([once(shell, "close"), text(shell.stdout), text(shell.stderr)]);
  if (exit !== 0 || told !== NOTHING_TOLD) throw new Error(`${program} ended with ${exit}: ${told}`);
  return Number(tookUs) / 1000;
}

/** An agent that is connected to its daemon. */
async function startAgent(file: string, env: Record<string, string>) {
  const child = spawn(file, ["agent"], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let told = "";
  for await (const part of child.stderr.setEncoding("utf8")) {
    told += part;
    if (told.includes("connected to a daemon")) break;
  }
  return { [Symbol.dispose]: () => void child.kill("SIGTERM") };
}

/** A whole launch of a program that ends at once, beside a Node that does nothing: what a person waits for. */
export async function launch(): Promise<Measured[]> {
  using folder = dataFolder();
  using secure = dataFolder();
  const file = join(folder.path, "seatmeter");
  await buildSingleFile("linux-x64", file);
  await using daemon = await startDaemon({ register: REGISTER });
  new Authority(secure.path).sign("seats", "seats", ["subjectAltName=IP:127.0.0.1"]);
  const tls = "tls: { certificateFile: seats.pem, keyFile: seats.key }";
  await using secured = await startDaemon({ register: `${REGISTER}${tls}\n`, data: secure.path });
  const agentAt = join(folder.path, "agent.sock");
  const SEATMETER_STATE = join(folder.path, "state");
  using _agent = await startAgent(file, {
    ...{ SEATMETER_URL: daemon.url, SEATMETER_AGENT: agentAt, SEATMETER_STATE: join(folder.path, "agent") },
  });

  const run = ["run", "demo", "--", "true"] as const;
  const alone = { SEATMETER_URL: daemon.url, SEATMETER_STATE };
  const overTls = { SEATMETER_URL: secured.url, SEATMETER_STATE, SEATMETER_CA_FILE: join(secure.path, "ca.pem") };
  const checkout = join(import.meta.dirname, "../client-shim/seatmeter.mjs");
  const launches = {
    "node -e 0": { command: [process.execPath, "-e", "0"] },
    "seatmeter run, single file": { command: [file, ...run], env: alone },
    "seatmeter run, single file, over TLS": { command: [file, ...run], env: overTls },
    "seatmeter run, single file, through the agent": {
      ...{ command: [file, ...run], env: { SEATMETER_AGENT: agentAt, SEATMETER_STATE } },
    },
    "seatmeter run, Node": { command: [process.execPath, checkout, ...run], env: alone },
  } as const satisfies Record<string, Launch>;
  type Name = keyof typeof launches;
  const asked = Object.fromEntries(
    Object.entries<Launch>(launches).map(([name, one]) => [name, () => tookMs(one)]),
  ) as Record<Name, () => Promise<number>>;
  const answers = await inTurn(asked, ROUNDS);
  const node = answers["node -e 0"];
  return [
    ...(Object.entries(answers) as [Name, number[]][]).map(([name, values]) => measured(name, "ms", values)),
    ratio("single file ÷ node", answers["seatmeter run, single file"], node, "launch-file"),
    ratio("over TLS ÷ node", answers["seatmeter run, single file, over TLS"], node, "launch-tls"),
    ratio("through the agent ÷ node", answers["seatmeter run, single file, through the agent"], node, "launch-agent"),
  ];
}
