import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type ManagedRedis, manageRedis } from "../../daemon/ledger/managed-redis.ts";
import { gone, redisPid, startRedisProcess } from "../../daemon/ledger/redis-process.ts";
import { findRedis } from "../../daemon/ledger/redis-program.ts";

let dataDirectory: string;
let managed: ManagedRedis[];

beforeEach(() => {
  dataDirectory = mkdtempSync(join(tmpdir(), "seatmeter-test-"));
  managed = [];
});

afterEach(async () => {
  for (const redis of managed) await redis.stop();
  rmSync(dataDirectory, { recursive: true, force: true });
});

async function manage(log?: (line: string) => void, directory = dataDirectory): Promise<ManagedRedis> {
  const redis = await manageRedis({ dataDirectory: directory, ...(log && { log }) });
  managed.push(redis);
  return redis;
}

/** Speak to it on a connection of our own. */
async function ask<Answer>(socket: string, question: (redis: Redis) => Promise<Answer>): Promise<Answer> {
  const redis = new Redis({ path: socket });
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

const inRedis = (...path: string[]) => join(dataDirectory, "redis", ...path);
const pidOf = () => Number(readFileSync(inRedis("redis.pid"), "utf8"));

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("a daemon without a Redis gets one that evicts nothing, forgets nothing and listens to nobody else", async () => {
  const { socket } = await manage();

  const settings = await ask(socket, async (redis) => {
    const names = ["appendonly", "appendfsync", "maxmemory-policy", "port", "save", "zset-max-listpack-entries"];
    const answers = await Promise.all(names.map((name) => redis.config("GET", name) as Promise<[string, string]>));
    return Object.fromEntries(answers);
  });
  expect(settings).toEqual({
    appendonly: "yes",
    appendfsync: "always",
    "maxmemory-policy": "noeviction",
    port: "0",
    save: "",
    "zset-max-listpack-entries": "16",
  });
  expect(statSync(inRedis()).mode & 0o777).toBe(0o700);
  expect(statSync(socket).mode & 0o777).toBe(0o700);
});

test("when the last daemon leaves, its Redis has ended, and the next one reads what was written", async () => {
  const first = await manage();
  await ask(first.socket, (redis) => redis.set("kept", "yes"));
  const pid = pidOf();
  await first.stop();
  expect(runs(pid)).toBe(false);

  const second = await manage();
  expect(await ask(second.socket, (redis) => redis.get("kept"))).toBe("yes");
});

test("a Redis that another daemon still uses is left running", async () => {
  const first = await manage();
  const second = await manage();
  const pid = pidOf();

  await first.stop();
  expect(await ask(second.socket, (redis) => redis.ping())).toBe("PONG");
  await second.stop();
  expect(runs(pid)).toBe(false);
});

test("daemons that start at once on one data directory start one Redis", async () => {
  const lines: string[] = [];
  const daemons = await Promise.all(Array.from({ length: 5 }, () => manage((line) => lines.push(line))));

  expect(new Set(daemons.map((daemon) => daemon.socket)).size).toBe(1);
  expect(lines.filter((line) => line.startsWith("started"))).toHaveLength(1);
  expect(lines.filter((line) => line.startsWith("using"))).toHaveLength(4);
});

test("daemons that leave at once leave no Redis behind", async () => {
  const daemons = await Promise.all(Array.from({ length: 5 }, () => manage()));
  const pid = pidOf();
  await Promise.all(daemons.map((daemon) => daemon.stop()));

  expect(runs(pid)).toBe(false);
});

test("the Redis of a daemon that was killed goes on, and the next daemon adopts it", async () => {
  const module = join(import.meta.dirname, "../../daemon/ledger/managed-redis.ts");
  const program = `
    import { manageRedis } from ${JSON.stringify(module)};
    await manageRedis({ dataDirectory: ${JSON.stringify(dataDirectory)} });
    console.log("up");`;
  const daemon = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(daemon.stdout, "data");
  const pid = pidOf();
  daemon.kill("SIGKILL");
  await once(daemon, "exit");

  const lines: string[] = [];
  await manage((line) => lines.push(line));
  expect(pidOf()).toBe(pid);
  expect(lines).toEqual([expect.stringMatching(/^using the Redis that runs/)]);
});

test("a Redis that was killed is started again on what it had written, and the daemon goes on", async () => {
  const log = vi.fn();
  const { socket } = await manage(log);
  await ask(socket, (redis) => redis.set("kept", "yes"));
  const dead = pidOf();
  process.kill(dead, "SIGKILL");

  await vi.waitFor(() => expect(log.mock.calls[2]?.[0]).toMatch(/^started/), { timeout: 60_000, interval: 20 });
  expect(log.mock.calls[1]?.[0]).toMatch(/ is gone$/);
  expect(pidOf()).not.toBe(dead);
  expect(await ask(socket, (redis) => redis.get("kept"))).toBe("yes");
});

test("the socket and the pid file of a dead Redis are cleared away", async () => {
  const first = await manage();
  await first.stop();
  writeFileSync(inRedis("redis.pid"), String(process.pid));
  writeFileSync(inRedis("redis.sock"), "");

  const second = await manage();
  expect(pidOf()).not.toBe(process.pid);
  expect(await ask(second.socket, (redis) => redis.ping())).toBe("PONG");
});

test("a Redis whose socket was removed is ended before another one writes to its file", async () => {
  const first = await manage();
  const lost = pidOf();
  await ask(first.socket, (redis) => redis.set("kept", "yes"));
  rmSync(first.socket);

  const second = await manage();
  expect(runs(lost)).toBe(false);
  expect(await ask(second.socket, (redis) => redis.get("kept"))).toBe("yes");
});

test("under a path too long for a socket, the socket lies in a private directory that every daemon finds", async () => {
  const deep = join(dataDirectory, "d".repeat(100));
  const first = await manage(undefined, deep);
  const second = await manage(undefined, deep);

  expect(second.socket).toBe(first.socket);
  expect(Buffer.byteLength(first.socket)).toBeLessThan(104);
  expect(statSync(join(first.socket, "..")).mode & 0o777).toBe(0o700);
  await first.stop();
  await second.stop();
  rmSync(join(first.socket, ".."), { recursive: true });
  const third = await manage(undefined, deep);
  expect(await ask(third.socket, (redis) => redis.ping())).toBe("PONG");
  await third.stop();
  rmSync(join(third.socket, ".."), { recursive: true });
});

test("a Redis that cannot read its file: the error says why, in its own words", async () => {
  const first = await manage();
  await ask(first.socket, (redis) => redis.set("kept", "yes"));
  await first.stop();
  const written = readdirSync(inRedis("appendonlydir")).find((file) => file.endsWith(".incr.aof"));
  writeFileSync(inRedis("appendonlydir", String(written)), "this is no append-only file\n");

  await expect(manage()).rejects.toMatchObject({
    code: "ledger_unavailable",
    message: expect.stringMatching(/redis\.log:\n.*Bad file format reading the append only file/s),
  });
});

test("where somebody else's Redis answers on our socket, nothing is touched", async () => {
  const elsewhere = join(dataDirectory, "elsewhere");
  mkdirSync(elsewhere);
  mkdirSync(inRedis(), { mode: 0o700 });
  const stranger = spawn(findRedis(), ["--port", "0", "--unixsocket", inRedis("redis.sock"), "--dir", elsewhere]);
  // Its socket lies there a moment before it answers, and until then it would pass for a dead one's.
  expect(await ask(inRedis("redis.sock"), (redis) => redis.ping())).toBe("PONG");

  await expect(manage()).rejects.toMatchObject({
    code: "settings_invalid",
    message: expect.stringMatching("elsewhere"),
  });
  expect(runs(Number(stranger.pid))).toBe(true);
  stranger.kill();
  await gone(Number(stranger.pid));
});

test("a Redis that was just started and says nothing for seconds, because its disk is slow, is waited for", async () => {
  const program = join(dataDirectory, "slow-redis");
  // It takes the first question, and begins when nobody waits for the answer any more.
  const script = `#!${process.execPath}
    const words = process.argv.slice(2);
    const server = require("node:net").createServer((asker) => asker.resume() && server.close(begin));
    const begin = () => require("node:child_process").spawn(${JSON.stringify(findRedis())}, words, { stdio: "inherit" });
    server.listen(words[words.indexOf("--unixsocket") + 1]);`;
  writeFileSync(program, script, { mode: 0o755 });
  const place = { directory: dataDirectory, socket: join(dataDirectory, "redis.sock") };

  await startRedisProcess(program, place);
  expect(await ask(place.socket, (redis) => redis.ping())).toBe("PONG");
  const pid = redisPid(dataDirectory)!;
  process.kill(pid, "SIGTERM");
  await gone(pid);
});

test("where no server is installed, the error says the one line for this system", () => {
  const nothing = /no redis-server or valkey-server on the path: install Redis 7 or Valkey, or set REDIS_URL/;
  expect(() => findRedis(dataDirectory)).toThrow(nothing);

  writeFileSync(join(dataDirectory, "brew"), "", { mode: 0o755 });
  expect(() => findRedis(dataDirectory)).toThrow("run `brew install redis`, or set REDIS_URL");
  expect(() => findRedis(dataDirectory)).toThrow(expect.objectContaining({ code: "settings_invalid" }));
});
