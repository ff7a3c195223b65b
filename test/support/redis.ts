import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findRedis } from "../../daemon/ledger/redis-program.ts";

const MOST_TRIES = 5;

export interface TestRedis {
  /** For a daemon in a process of its own: `REDIS_URL`. */
  url: string;
  /** For a connection of the test: `new Redis({ path: socket })`. */
  socket: string;
  pid: number;
  stop(): Promise<void>;
}

/**
 * A real Redis for one test file, with the settings of the one that a daemon manages but for the disk: ready in 25 ms.
 *
 * @param settings over its own, as in redis.conf: `{ "maxmemory-policy": "allkeys-lru" }`
 */
export async function startRedis(settings: Record<string, string> = {}): Promise<TestRedis> {
  const directory = await mkdtemp(join(tmpdir(), "seatmeter-test-"));
  const socket = join(directory, "redis.sock");
  // The port is free when it is looked for, and may be taken when Redis asks for it: then another one is.
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    const child = await tryRedis({
      ...{ dir: directory, unixsocket: socket, unixsocketperm: "700", bind: "127.0.0.1", port: String(port) },
      ...{ save: "", "zset-max-listpack-entries": "16", "hash-max-listpack-entries": "16" },
      ...settings,
    });
    if (child)
      return { url: `redis://127.0.0.1:${port}`, socket, pid: child.pid as number, stop: stopper(child, directory) };
    if (tries === MOST_TRIES) throw new Error(`redis-server did not start; see ${directory}`);
  }
}

async function tryRedis(settings: Record<string, string>): Promise<ChildProcess | undefined> {
  const program = findRedis();
  const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    if (!/ready to accept connections/i.test(line)) continue;
    child.stdout.resume();
    return child;
  }
  return undefined;
}

function stopper(child: ChildProcess, directory: string) {
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  return async () => {
    process.off("exit", kill);
    if (child.exitCode === null && child.signalCode === null) {
      kill();
      await once(child, "exit");
    }
    await rm(directory, { recursive: true, force: true });
  };
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
