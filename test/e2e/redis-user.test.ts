import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dataFolder, demoRegister, startDaemon } from "../support/daemon.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { emptyStateFolder, shim } from "../support/shim.ts";
import { textOf } from "../support/source.ts";

/** As an operator types them, from SECURITY.md. */
const LINES = [...textOf("SECURITY.md").matchAll(/^ACL SETUSER (.+)$/gm)].map(([, words = ""]) => words.split(" "));

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis({ appendonly: "yes", appendfsync: "no" });
});
afterAll(() => redis.stop());

test("a daemon does all of its work as a user of Redis that touches its own keys alone, and nobody else touches them", async () => {
  const owner = new Redis({ path: redis.socket });
  expect(LINES.map(([user]) => user)).toEqual(["seatmeter", "default"]);
  // The last shuts the door behind whoever types it.
  await owner.call("ACL", "SETUSER", "owner", "on", ">secret", "+@all", "~*", "&*");
  for (const words of LINES) await owner.call("ACL", "SETUSER", ...words);
  owner.disconnect();

  const data = dataFolder();
  const url = redis.url.replace("redis://", "redis://seatmeter:PASSWORD@");
  const daemon = await startDaemon({
    register: demoRegister({ seats: 2 }),
    data: data.path,
    env: { REDIS_URL: url, SEATMETER_HISTORY: "on" },
  });
  const state = emptyStateFolder();
  const as = (...args: string[]) => shim(args, { SEATMETER_URL: daemon.url, SEATMETER_STATE: state }).finished;
  expect(await as("run", "demo", "--", "echo", "ran")).toMatchObject({ exit: 0, stdout: "ran\n", stderr: "" });
  expect((await as("status", "demo")).exit).toBe(0);
  expect((await as("denials")).exit).toBeLessThan(70);
  const readiness = async () => (await (await fetch(`${daemon.httpUrl}/readyz`)).json()) as Record<string, unknown>;
  await expect.poll(readiness).toMatchObject({ ledger: "up", durable: true, backlog: 0 });
  expect(daemon.output()).not.toMatch(/NOPERM|NOAUTH|WRONGPASS/);

  const asDaemon = new Redis(url, { lazyConnect: true });
  await asDaemon.connect();
  for (const forbidden of [
    ["FLUSHALL"],
    ["CONFIG", "GET", "*"],
    ["KEYS", "*"],
    ["ACL", "LIST"],
    ["REPLICAOF", "NO", "ONE"],
  ])
    await expect(asDaemon.call(...(forbidden as [string])), forbidden.join(" ")).rejects.toThrow("NOPERM");
  await expect(asDaemon.set("other:key", "1")).rejects.toThrow("NOPERM");
  await expect(asDaemon.eval("return redis.call('SET', KEYS[1], '1')", 1, "other:key")).rejects.toThrow(
    /NOPERM|denied|ACL/i,
  );
  asDaemon.disconnect();

  const stranger = new Redis({ path: redis.socket, lazyConnect: true, retryStrategy: () => null });
  stranger.on("error", () => {});
  await expect(stranger.connect().then(() => stranger.set("seatmeter:{demo}:state", "1"))).rejects.toThrow();
  stranger.disconnect();
  expect(await daemon.stop()).toBe(0);
  data[Symbol.dispose]();
});
