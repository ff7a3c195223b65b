import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { demoRegister } from "../support/daemon.ts";
import { startRedis } from "../support/redis.ts";

/** Start a daemon that should not start. */
async function refused(register: string, env: Record<string, string> = {}) {
  const data = mkdtempSync(join(tmpdir(), "sm-"));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  writeFileSync(join(data, "seatmeter.yaml"), register);
  const child = spawn(process.execPath, [join(import.meta.dirname, "../../daemon/main.ts")], {
    cwd: data,
    env: { PATH: process.env.PATH, SEATMETER_LISTEN: "127.0.0.1:0", SEATMETER_LOG: "silent", ...env },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  let errors = "";
  child.stdout.on("data", (text) => (output += text));
  child.stderr.on("data", (text) => (errors += text));
  const [exit] = await once(child, "close");
  return { exit, output, errors: errors.trim(), data };
}

/** No Redis of its own runs on in the data directory. */
const leftRunning = (data: string) => {
  try {
    return readdirSync(join(data, "data/redis")).filter((file) => file.endsWith(".sock"));
  } catch {
    return [];
  }
};

test("a key that does not exist is named with its place and the one that was meant, and nothing is started", async () => {
  const { exit, errors, output, data } = await refused(demoRegister({ pool: "overdrafts: 2" }));

  expect(exit).toBe(78);
  expect(errors).toMatch(/seatmeter\.yaml:\d+:\d+ pools\.demo\.overdrafts /);
  expect(output).toBe("");
  expect(leftRunning(data)).toEqual([]);
});

test("a key that this version does not know is refused by name, never ignored", async () => {
  const { exit, errors } = await refused(
    demoRegister().replace("products:", "access: { people: { oidcc: {} } }\nproducts:"),
  );

  expect(exit).toBe(78);
  expect(errors).toMatch(/seatmeter\.yaml:\d+:\d+ access\.people\.oidcc is no key here; did you mean "oidc"/);
});

test("one network given to two sites is refused, naming both", async () => {
  const register = demoRegister().replace("sites:\n", "sites:\n  there: { name: There, networks: [127.0.0.0/8] }\n");
  const { exit, errors } = await refused(register);

  expect(exit).toBe(78);
  expect(errors).toMatch(/127\.0\.0\.0\/8/);
  expect(errors).toMatch(/there/);
  expect(errors.split("\n")).toHaveLength(1);
});

test("a Redis that throws leases away when memory is short is refused, naming the setting", async () => {
  const redis = await startRedis({ "maxmemory-policy": "allkeys-lru" });
  onTestFinished(() => redis.stop());
  const { exit, errors } = await refused(demoRegister(), { REDIS_URL: redis.url });

  expect(exit).toBe(78);
  expect(errors).toContain("maxmemory-policy");
  expect(errors.split("\n")).toHaveLength(1);
});

test("a port in use is told with what to do, and the Redis started for it is stopped again", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void other.close());
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  const { exit, errors, data } = await refused(demoRegister(), { SEATMETER_LISTEN: `127.0.0.1:${port}` });

  expect(exit).toBe(69);
  expect(errors).toContain(`127.0.0.1:${port} is in use`);
  expect(leftRunning(data)).toEqual([]);
});

test("a daemon that cannot start puts no register in force", async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const other = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void other.close());
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  const tokens = "access: { people: { tokensFile: missing.txt } }\n";

  const inUse = { REDIS_URL: redis.url, SEATMETER_LISTEN: `127.0.0.1:${port}` };
  expect((await refused(demoRegister(), inUse)).exit).toBe(69);
  const unreadable = await refused(demoRegister() + tokens, { REDIS_URL: redis.url });
  expect([unreadable.exit, unreadable.errors]).toEqual([78, expect.stringContaining("missing.txt")]);

  const client = new Redis({ path: redis.socket });
  onTestFinished(() => client.disconnect());
  expect(await client.keys("*")).toEqual([]);
});

test("data that cannot be written is told as a setting", async () => {
  const { exit, errors } = await refused(demoRegister(), { SEATMETER_DATA: "/dev/null/data" });

  expect(exit).toBe(78);
  expect(errors).toContain("SEATMETER_DATA: /dev/null/data cannot be used");
});

test("an address of the network without authentication is refused, with how to get it", async () => {
  const { exit, errors, data } = await refused(demoRegister(), { SEATMETER_LISTEN: "0.0.0.0:0" });

  expect(exit).toBe(78);
  for (const needed of ["tokensFile: shim-tokens.txt", "tokensFile: people-tokens.txt", "certificateFile"]) {
    expect(errors).toContain(needed);
  }
  expect(leftRunning(data)).toEqual([]);
});

test("a Redis that is away is told, and the daemon does not start without it", async () => {
  const { exit, errors } = await refused(demoRegister(), { REDIS_URL: "redis://127.0.0.1:1" });

  expect(exit).toBe(69);
  expect(errors).toBe("seatmeter: Redis at 127.0.0.1:1 (REDIS_URL) cannot be reached: nobody listens there");
});

test.for([
  ["SEATMETER_LISTEN", "7070", "host:port"],
  ["SEATMETER_LOG", "loud", "debug"],
  ["SEATMETER_HISTORY", "perhaps", "neither on nor off"],
  ["DATABASE_URL", "mysql://127.0.0.1/seatmeter", "postgres://"],
  ["REDIS_URL", "127.0.0.1:6379", "redis://"],
  ["REDIS_URL", "redis://127.0.0.1:port", "host and port"],
  ["REDIS_URL", "redis+cluster://a b", "host and port"],
  ["REDIS_URL", "redis+sentinel://user:%zz@127.0.0.1/name", "written %40"],
  ["SEATMETER_REGISTER", "nowhere.yaml", "cannot be read"],
])("the setting %s=%s is refused by name", async ([name, value, hint]) => {
  const { exit, errors } = await refused(demoRegister(), { [name!]: value! });

  expect(exit).toBe(78);
  expect(errors).toContain(hint);
  expect(errors.split("\n")).toHaveLength(1);
});
