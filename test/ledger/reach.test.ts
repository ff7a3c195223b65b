import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { closeRedis, openRedis } from "../../daemon/ledger/connection.ts";
import { Ledger } from "../../daemon/ledger/ledger.ts";
import { freeze } from "../faults/processes.ts";
import { startProxy } from "../faults/proxy.ts";
import { policy, request } from "../support/ledger.ts";
import { startRedis } from "../support/redis.ts";
import { startSentinels } from "../support/sentinel.ts";

test("a server that takes the new connection and says nothing is tried again", async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const proxy = await startProxy(redis.port);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const ledger = await Ledger.open({ redis: `redis://127.0.0.1:${proxy.port}`, pulseMs: 0 });
  onTestFinished(() => ledger.close());
  await ledger.adopt(new Map([["cad", policy({ seats: 1 })]]));
  const asked = request();

  proxy.replies({ are: "swallowed" });
  proxy.reset();
  // Those that were there are made anew at once; more of them are further tries.
  const before = proxy.connections;
  await expect.poll(() => proxy.connections).toBeGreaterThan(2 * before);
  proxy.replies({ are: "passed" });

  const checkout = () => ledger.checkout("cad", asked).catch(() => undefined);
  await expect.poll(checkout).toMatchObject({ outcome: "granted" });
});

test("a sentinel that takes the question and says nothing keeps nobody from the master", async () => {
  const sentinels = await startSentinels();
  onTestFinished(() => sentinels.stop());
  const ledger = await Ledger.open({ redis: sentinels.url, pulseMs: 0 });
  onTestFinished(() => ledger.close());
  await ledger.adopt(new Map([["cad", policy({ seats: 1 })]]));
  const master = new Redis({ path: (await sentinels.master()).socket });
  onTestFinished(() => master.disconnect());

  // It was asked first, answered, and is asked first again.
  await freeze(sentinels.sentinels[0]!.pid!);
  await master.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");

  const asked = request();
  const checkout = () => ledger.checkout("cad", asked).catch(() => undefined);
  await expect.poll(checkout).toMatchObject({ outcome: "granted" });
});

test("a connection that hears of a failover while it looks for the master already finds it", async () => {
  const sentinels = await startSentinels();
  onTestFinished(() => sentinels.stop());
  const connections = await openRedis(sentinels.url, () => {});
  onTestFinished(() => closeRedis(connections));
  const decisions = connections.decisions as Redis;
  const looking = new Promise((resolve) => decisions.once("connecting", resolve));
  const ended = new Promise((resolve) => decisions.once("end", resolve));

  decisions.disconnect(true);
  await looking;
  // As ioredis does with the word of a sentinel.
  (decisions as unknown as { connector: { disconnect(): void } }).connector.disconnect();
  await ended;

  await expect.poll(() => decisions.status).toBe("ready");
});
