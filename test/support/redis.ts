import type { ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findRedis } from "../../daemon/ledger/redis-program.ts";
import { type Host, THIS_COMPUTER } from "./host.ts";

const MOST_TRIES = 5;
/** Below those that systems give to whoever asks for any, from 32768 on: nobody gets one while its server is away. */
const [LOWEST_PORT, HIGHEST_PORT] = [10_000, 29_999];
/** Nodes of a cluster speak with each other at a port that is so much higher. */
const TO_BUS = 10_000;

export interface TestRedis {
  /** For a daemon in a process of its own: `REDIS_URL`. */
  url: string;
  port: number;
  /** For a connection of the test: `new Redis({ path: socket })`. */
  socket: string;
  /** Where its files are. */
  directory: string;
  readonly pid: number;
  /** As a power cut does, to this one alone. */
  kill(): Promise<void>;
  /** After a kill, where it was, with what its files hold: the same settings, or others over them. */
  start(settings?: Record<string, string>): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A real Redis for one test file, with the settings of the one that a daemon manages but for the disk: ready in 25 ms.
 *
 * @param settings over its own, as in redis.conf: `{ "maxmemory-policy": "allkeys-lru" }`
 */
export async function startRedis(
  settings: Record<string, string> = {},
  host: Host = THIS_COMPUTER,
): Promise<TestRedis> {
  const directory = await mkdtemp(join(tmpdir(), "seatmeter-test-"));
  const socket = join(directory, "redis.sock");
  const own = {
    ...{ dir: directory, unixsocket: socket, unixsocketperm: "700", bind: host.address },
    ...{ save: "", "zset-max-listpack-entries": "16", "hash-max-listpack-entries": "16" },
    ...settings,
  };
  const highest = HIGHEST_PORT - (settings["cluster-enabled"] === "yes" ? TO_BUS : 0);
  // The port is free when it is looked for, and may be taken when Redis asks for it: then another one is.
  for (let tries = 1; ; tries++) {
    const port = await freePort(highest);
    const all = { ...own, port: String(port) };
    const start = (settings: Record<string, string>) => tryRedis(settings, host);
    const child = await start(all);
    if (child) return running(child, all, start);
    if (tries === MOST_TRIES) throw new Error(`redis-server did not start; see ${directory}`);
  }
}

async function tryRedis(settings: Record<string, string>, host: Host): Promise<ChildProcess | undefined> {
  const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const child = host.spawn(findRedis(), words, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout! })) {
    if (!/ready to accept connections/i.test(line)) continue;
    child.stdout!.resume();
    return child;
  }
  return undefined;
}

function running(
  first: ChildProcess,
  settings: Record<string, string>,
  start: (settings: Record<string, string>) => Promise<ChildProcess | undefined>,
): TestRedis {
  const { dir = "", unixsocket = "", port = "", bind = "" } = settings;
  let child = first;
  const atExit = () => child.kill("SIGKILL");
  process.once("exit", atExit);
  return {
    url: `redis://${bind}:${port}`,
    port: Number(port),
    socket: unixsocket,
    directory: dir,
    get pid() {
      return child.pid as number;
    },
    kill: () => killed(child),
    async start(change = {}) {
      const again = await start({ ...settings, ...change });
      if (!again) throw new Error(`redis-server did not start again; see ${dir}`);
      child = again;
    },
    async stop() {
      process.off("exit", atExit);
      await killed(child);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** End a process as a power cut does; one that is stopped too. */
export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

/** A port of 127.0.0.1 that was free a moment ago, and that is nobody's unless he asks for it. */
export async function freePort(highest = HIGHEST_PORT): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST_PORT, highest + 1);
    const server = createServer().listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
    } catch {
      continue;
    }
    server.close();
    await once(server, "close");
    return port;
  }
}
