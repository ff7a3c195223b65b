import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { findRedis } from "../daemon/ledger/redis-program.ts";
import { scripts } from "../daemon/ledger/scripts.ts";

/** A Redis for one question, with the scripts, and what it has cost so far. */
export class BenchRedis implements AsyncDisposable {
  readonly socket: string;
  readonly client: Redis & Record<"poolCall" | "poolAdopt", (...args: (string | number)[]) => Promise<unknown>>;
  readonly #server: ChildProcess;
  readonly #directory: string;

  private constructor(server: ChildProcess, directory: string) {
    this.#server = server;
    this.#directory = directory;
    this.socket = join(directory, "redis.sock");
    this.client = new Redis({ path: this.socket, scripts: scripts() }) as BenchRedis["client"];
  }

  /** @param settings over those of a daemon's own Redis, as in redis.conf */
  static async start(settings: Record<string, string> = {}): Promise<BenchRedis> {
    const directory = mkdtempSync(join(tmpdir(), "seatmeter-bench-"));
    const all = {
      port: "0",
      unixsocket: join(directory, "redis.sock"),
      dir: directory,
      save: "",
      "zset-max-listpack-entries": "16",
      "hash-max-listpack-entries": "16",
      ...settings,
    };
    const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
    const server = spawn(findRedis(), args, { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise<void>((resolve, reject) => {
      server.once("exit", (code) => reject(new Error(`redis-server ended with ${code}`)));
      server.stdout!.on("data", (text) => String(text).includes("eady to accept") && resolve());
    });
    server.stdout!.resume();
    return new BenchRedis(server, directory);
  }

  /** CPU seconds of the server so far, system and user. */
  async cpuSeconds(): Promise<number> {
    return cpuSeconds(this.client);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.disconnect();
    const gone = once(this.#server, "exit");
    this.#server.kill("SIGKILL");
    await gone;
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

export async function cpuSeconds(client: Redis): Promise<number> {
  const info = await client.info("cpu");
  const of = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1]);
  return of("used_cpu_user") + of("used_cpu_sys");
}
