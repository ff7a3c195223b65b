import { execFileSync, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { SeatmeterError } from "../domain/errors.ts";

const POLL_MS = 10;
const MOST_POLLS_ABSENT = 1_000;
const MOST_POLLS_STOPPING = 1_000;
const MOST_SILENCE_MS = 5_000;
const POLLS_OF_SILENCE = MOST_SILENCE_MS / POLL_MS;
const LOG_LINES_SHOWN = 8;

/** Where the parts of one managed Redis lie. */
export interface RedisPlace {
  /** Absolute, without symbolic links: it is compared with what Redis says of itself. */
  directory: string;
  socket: string;
}

/**
 * What makes it a ledger: nothing is evicted, nothing acknowledged is lost by a crash or a power cut. Scanning the
 * compact form of a small pool costs twice what its tables cost, so the compact form ends early.
 */
const SETTINGS = {
  port: "0",
  unixsocketperm: "700",
  appendonly: "yes",
  appendfsync: "always",
  save: "",
  "maxmemory-policy": "noeviction",
  "zset-max-listpack-entries": "16",
  "hash-max-listpack-entries": "16",
  daemonize: "no",
  logfile: "",
};

/**
 * Start a Redis that outlives us, and wait until it answers and has read its file.
 *
 * @throws SeatmeterError ledger_unavailable with the last lines of its log
 */
export async function startRedisProcess(program: string, { directory, socket }: RedisPlace): Promise<void> {
  const logFile = join(directory, "redis.log");
  const log = openSync(logFile, "a", 0o600);
  const settings = { ...SETTINGS, dir: directory, unixsocket: socket, pidfile: pidFile(directory) };
  const child = spawn(
    program,
    Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    // A session of its own, so that Ctrl-C in our terminal is for us alone.
    { cwd: directory, detached: true, stdio: ["ignore", log, log] },
  );
  closeSync(log);
  child.unref();
  let ended: string | undefined;
  child.on("error", (error) => (ended = error.message));
  child.on("exit", (code, signal) => (ended = `ended with ${signal ?? code}`));

  for (let polls = 0; ; ) {
    const state = await redisState({ directory, socket });
    if (state === "ours") return;
    if (ended !== undefined || polls > MOST_POLLS_ABSENT) {
      const why = ended ?? "does not answer";
      throw new SeatmeterError(
        "ledger_unavailable",
        `${program} ${why}; the last lines of ${logFile}:\n${lastLines(logFile)}`,
      );
    }
    // A long file takes its time to load, and says so: that is no reason to give up. Where the disk is slow it takes our
    // question, and says nothing for a while.
    if (state === "silent") polls += POLLS_OF_SILENCE;
    else if (state !== "loading") polls++;
    await delay(POLL_MS);
  }
}

function lastLines(file: string): string {
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-LOG_LINES_SHOWN).join("\n");
}

/**
 * What answers on the socket: our Redis, ours but still reading its file, nothing, or one with its files elsewhere; or one
 * that lives and is silent.
 */
export async function redisState({
  directory,
  socket,
}: RedisPlace): Promise<"ours" | "loading" | "absent" | "strange" | "silent"> {
  // Known at once, so that a start need not wait a turn of a busy event loop for the refusal.
  if (!existsSync(socket)) return "absent";
  const redis = new Redis({ path: socket, lazyConnect: true, retryStrategy: null, enableReadyCheck: false });
  redis.on("error", () => {});
  try {
    const silence = delay(MOST_SILENCE_MS, "silence" as const, { ref: false });
    const answer = await Promise.race([silence, redis.connect().then(() => askHome(redis))]);
    if (answer === "silence") return "silent";
    return answer === directory ? "ours" : "strange";
  } catch (error) {
    return error instanceof Error && error.message.startsWith("LOADING") ? "loading" : "absent";
  } finally {
    redis.disconnect();
  }
}

/** The directory of its files. The ping fails while it reads them; the question alone would not. */
async function askHome(redis: Redis): Promise<string | undefined> {
  const [, home] = (await redis.config("GET", "dir")) as string[];
  await redis.ping();
  return home;
}

/**
 * Clear away what a dead Redis left: its pid file and its socket. One that lives but can no longer be reached, because
 * somebody removed its socket, is asked to end first: two on one append-only file would destroy it.
 */
export async function clearRemains({ directory, socket }: RedisPlace): Promise<void> {
  const pid = redisPid(directory);
  if (pid !== undefined && livesIn(pid, directory)) {
    process.kill(pid, "SIGTERM");
    await gone(pid);
  }
  rmSync(socket, { force: true });
  rmSync(pidFile(directory), { force: true });
}

/** Wait until a process has ended. */
export async function gone(pid: number): Promise<void> {
  for (let polls = 0; polls < MOST_POLLS_STOPPING; polls++) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await delay(POLL_MS);
  }
  throw new SeatmeterError("ledger_unavailable", `the Redis with process id ${pid} does not end when it is asked to`);
}

const pidFile = (directory: string) => join(directory, "redis.pid");

/** The process id that the Redis of this directory wrote down. */
export function redisPid(directory: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(pidFile(directory), "utf8"), 10);
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a process works in this directory. The number alone proves nothing: it may be somebody else's by now. */
function livesIn(pid: number, directory: string): boolean {
  try {
    if (process.platform === "linux") return readlinkSync(`/proc/${pid}/cwd`) === directory;
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" }).includes(directory);
  } catch {
    return false;
  }
}
