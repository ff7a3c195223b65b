import { Redis } from "ioredis";
import { afterEach, expect, test } from "vitest";
import { SeatmeterError } from "../../daemon/domain/errors.ts";
import { checkRedis } from "../../daemon/ledger/redis-checks.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

let server: TestRedis | undefined;
let redis: Redis | undefined;

async function connectTo(settings: Record<string, string>): Promise<Redis> {
  server = await startRedis(settings);
  redis = new Redis({ path: server.socket });
  return redis;
}

afterEach(async () => {
  redis?.disconnect();
  await server?.stop();
});

test("a Redis that evicts is refused, naming the setting and how to change it", async () => {
  const refused = checkRedis(await connectTo({ "maxmemory-policy": "allkeys-lru" }));

  await expect(refused).rejects.toThrow(SeatmeterError);
  await expect(refused).rejects.toMatchObject({
    code: "settings_invalid",
    message: expect.stringMatching(/maxmemory-policy allkeys-lru.*CONFIG SET maxmemory-policy noeviction/),
  });
});

test("a Redis with an append-only file is durable, one without is not", async () => {
  expect(await checkRedis(await connectTo({ appendonly: "yes" }))).toEqual({ durable: true });
  redis?.disconnect();
  await server?.stop();
  expect(await checkRedis(await connectTo({ appendonly: "no" }))).toEqual({ durable: false });
});

test("the checks need no right to read the configuration", async () => {
  const owner = await connectTo({});
  await owner.acl("SETUSER", "meter", "on", "nopass", "+@all", "-@dangerous", "-@admin", "+info");
  await owner.auth("meter", "");
  await expect(owner.config("GET", "dir")).rejects.toThrow("NOPERM");

  expect(await checkRedis(owner)).toEqual({ durable: false });
});

test("a Redis before 7.0 is refused with its version", async () => {
  const sections: Record<string, string> = {
    server: "# Server\r\nredis_version:6.2.14\r\n",
    memory: "maxmemory_policy:noeviction\r\n",
    persistence: "aof_enabled:1\r\n",
  };
  const old = { info: async (section: unknown) => sections[String(section)] ?? "" };

  await expect(checkRedis(old as Pick<Redis, "info">)).rejects.toThrow("Redis 6.2.14 is too old");
});
