import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SharedRoute } from "../client-shim/agent/shared-route.ts";
import { trustAuthorities } from "../client-shim/authorities.ts";
import { Connection } from "../client-shim/connection.ts";
import { makeCertificate } from "../test/support/certificate.ts";
import { dataFolder, startDaemon } from "../test/support/daemon.ts";
import { PROJECT } from "../test/support/source.ts";
import type { Measured } from "./measure.ts";
import { cpuSecondsOf, residentKiB } from "./process-cpu.ts";

const AGENTS = 500;
const PRODUCTS = 30;
/** As many daemon's pings to a quiet connection as are counted; each two minutes one. */
const PINGS = 1;
const PING_EVERY_S = 120;
const SETTLED_AFTER_MS = 15_000;
const A_DAY_S = 86_400;

const BIN = join(PROJECT, "client-shim/seatmeter.mjs");

const names = Array.from({ length: PRODUCTS }, (_, i) => `product-${i}`);
const REGISTER = `
organisation: Exampleshire Council
timezone: Europe/London
sites: { here: { name: Here, networks: [127.0.0.0/8] } }
tls: { certificateFile: cert.pem, keyFile: key.pem }
products:
${names.map((name) => `  ${name}: { name: ${name}, owner: desk@council.example, pools: [${name}], executables: [${name}.exe, ${name}], permittedUse: { text: For work of the council only., attest: false } }`).join("\n")}
pools:
${names.map((name) => `  ${name}: { entitlements: [{ reference: PO-1, seats: 100, starts: 2020-01-01 }] }`).join("\n")}
`;

/** A way to a port that counts what goes along it, both ways. */
async function countingWay(port: number) {
  const count = { bytes: 0 };
  const server = createServer((here) => {
    const there = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [here, there],
      [there, here],
    ] as const) {
      from.on("data", (part) => {
        count.bytes += part.length;
        to.write(part);
      });
      from.on("error", () => {}).on("close", () => to.destroy());
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { count, port: (server.address() as AddressInfo).port, close: () => server.close() };
}

/**
 * What agents cost that have nothing to do: their daemon, the network, and the computer that each of them runs on.
 * So many of them over TLS, each with the connection of the real one, and one real one among them as a process.
 */
export async function agents(): Promise<Measured[]> {
  using folder = dataFolder();
  makeCertificate(folder.path);
  const authority = join(folder.path, "cert.pem");
  trustAuthorities(authority);
  await using daemon = await startDaemon({ register: REGISTER, data: folder.path, env: { SEATMETER_LOG: "warn" } });
  const port = Number(new URL(daemon.httpUrl).port);
  const way = await countingWay(port);
  const address = new URL(`wss://localhost:${way.port}`);
  const routes = Array.from({ length: AGENTS }, (_, i) => {
    const introduction = { device: `pc-${i}`, shim: "bench/1", agent: true };
    return new SharedRoute({ reach: (withinMs, purpose) => Connection.open(address, introduction, withinMs, purpose) });
  });
  const start = () => realAgent(`wss://localhost:${port}`, folder.path, authority);
  // Reading TypeScript anew takes memory, too; that is once, after it was installed.
  await (await start()).stop();
  const real = await start();
  try {
    for (const route of routes) await route.reach(10_000);
    for (const route of routes) route.start();
    await delay(SETTLED_AFTER_MS);
    const setUp = way.count.bytes / AGENTS;
    const cpu = { agent: cpuSecondsOf(real.pid), daemon: cpuSecondsOf(daemon.pid) };
    const quietS = PINGS * PING_EVERY_S;
    await delay(quietS * 1000);
    const quiet = way.count.bytes / AGENTS - setUp;
    const share = (process: keyof typeof cpu, pid: number) => ((cpuSecondsOf(pid) - cpu[process]) * 100) / quietS;
    return [
      { name: "agents", unit: "", value: AGENTS },
      { name: "an agent connects: TLS, hello, the policy of 30 products", unit: "bytes", value: setUp },
      { name: `an agent is quiet, ${quietS} s`, unit: "bytes", value: quiet },
      {
        name: "an agent, a day",
        unit: "KB",
        value: (setUp + (quiet * A_DAY_S) / quietS) / 1000,
        id: "agent-bandwidth",
      },
      { name: "the daemon with all of them", unit: "% of a core", value: share("daemon", daemon.pid) },
      { name: "an agent's own process", unit: "% of a core", value: share("agent", real.pid), id: "agent-cpu" },
      { name: "an agent's own process", unit: "MiB", value: residentKiB(real.pid) / 1024, id: "agent-memory" },
    ];
  } finally {
    await real.stop();
    for (const route of routes) route.stop();
    way.close();
  }
}

/** As it is installed: it watches this computer's programs meanwhile. */
async function realAgent(url: string, folder: string, authority: string) {
  const own = { SEATMETER_AGENT: join(folder, "agent.sock"), SEATMETER_STATE: join(folder, "agent") };
  const env = { PATH: process.env.PATH, SEATMETER_URL: url, SEATMETER_CA_FILE: authority, ...own };
  const child = spawn(process.execPath, [BIN, "agent"], { env, stdio: ["ignore", "ignore", "pipe"] });
  let told = "";
  for await (const part of child.stderr.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    told += part;
    if (told.includes("connected to a daemon")) break;
  }
  child.stderr.resume();
  return {
    pid: child.pid!,
    async stop() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}
