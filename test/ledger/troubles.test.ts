import type { FastifyBaseLogger } from "fastify";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { failed } from "../../daemon/front/failed.ts";
import { Ledger } from "../../daemon/ledger/ledger.ts";
import { asLedgerError, troubleOf } from "../../daemon/ledger/troubles.ts";
import { freeze, thaw } from "../faults/processes.ts";
import { policy, request } from "../support/ledger.ts";
import { NOBODY_LISTENS } from "../support/ports.ts";
import { startRedis } from "../support/redis.ts";

/** A ledger over an address, and what its daemon's log would hold of it. */
async function opened(redis: string) {
  const told: string[] = [];
  const ledger = await Ledger.open({
    ...{ redis, pulseMs: 0 },
    onReach: (up, why) => told.push(up ? "back" : why),
    onTrouble: (trouble, why) => told.push(`${trouble} <- ${why}`),
  });
  onTestFinished(() => ledger.close());
  await ledger.adopt(new Map([["cad", policy({ seats: 9 })]]));
  const said = () =>
    ledger.checkout("cad", request()).then(
      (answer) => answer.outcome,
      (error: Error) => error.message,
    );
  return { ledger, told, said };
}

async function running(settings: Record<string, string> = {}) {
  const redis = await startRedis(settings);
  onTestFinished(() => redis.stop());
  const owner = new Redis({ path: redis.socket, password: settings.requirepass ?? "" });
  owner.on("error", () => {});
  onTestFinished(() => owner.disconnect());
  return { redis, owner };
}

/** Why a ledger could not be opened, as whoever starts the daemon reads it, and what the log has. */
async function refusal(redis: string) {
  const logged: string[] = [];
  const error = await Ledger.open({ redis, onReach: (_, why) => logged.push(why) }).catch((error: Error) => error);
  expect(error).toMatchObject({ code: "ledger_unavailable" });
  return { said: (error as Error).message, logged: logged.join() };
}

test("a start says where there is no Redis, or which wants another password, and shows none; the log has its own words", async () => {
  const { redis } = await running({ requirepass: "open-sesame" });
  const [nowhere, here] = [`127.0.0.1:${NOBODY_LISTENS}`, `127.0.0.1:${redis.port}`];
  // At once, since each is tried for some seconds.
  const refusals = await Promise.all(
    [
      `redis://ann:s3cret@${nowhere}/0`,
      `redis+sentinel://ann:s3cret@${nowhere}/council`,
      `redis://${here}`,
      `redis://:s3cret@${here}`,
    ].map(refusal),
  );
  expect(refusals).toEqual([
    {
      said: `Redis at ${nowhere} (REDIS_URL) cannot be reached: nobody listens there`,
      logged: expect.stringContaining("ECONNREFUSED"),
    },
    { said: `Redis at ${nowhere} (REDIS_URL) cannot be reached`, logged: expect.stringContaining("sentinels") },
    {
      said: `Redis at ${here} (REDIS_URL) wants a password of the daemon, which has none`,
      logged: expect.stringContaining("NOAUTH"),
    },
    {
      said: `Redis at ${here} (REDIS_URL) refuses the daemon's user or password`,
      logged: expect.stringContaining("WRONGPASS"),
    },
  ]);
});

test("a launch is told that the ledger is full, and the log once of what Redis says", async () => {
  const { redis, owner } = await running();
  const { said, told } = await opened(redis.url);
  await owner.config("SET", "maxmemory", "1");
  for (let launch = 0; launch < 5; launch++) expect(await said()).toBe("the ledger is full; ask again");
  expect(told).toEqual([expect.stringMatching(/^is full <- OOM command not allowed/)]);
  await owner.config("SET", "maxmemory", "0");
  expect(await said()).toBe("granted");
});

test("a launch is told that the ledger is a replica", async () => {
  const { redis, owner } = await running();
  const { said, told } = await opened(redis.url);
  await owner.replicaof("127.0.0.1", NOBODY_LISTENS);
  // Each such answer has the connection made anew, to find another master: meanwhile nobody is reached.
  const words = new Set<string>();
  const readOnly = "the ledger is read-only: it is a replica, and no master; ask again";
  while (!words.has(readOnly)) words.add(await said());
  expect(readOnly).toContain(told.find((line) => line.includes("<- READONLY"))?.split(" <-")[0]);
  words.delete(readOnly);
  for (const one of words) expect(one).toBe("the ledger cannot be reached; ask again");
});

test("a launch is told that the ledger does not answer, or cannot be reached, and nothing of hosts or of the client", async () => {
  const { redis } = await running();
  const { said, told } = await opened(redis.url);
  await freeze(redis.pid);
  expect(await said()).toBe("the ledger does not answer; ask again");
  thaw(redis.pid);
  await expect.poll(said).toBe("granted");
  await redis.kill();
  // While the connection breaks off, when it has, and while it is made anew in vain.
  const words = new Set<string>();
  const isSaid = () => words.has("the ledger cannot be reached; ask again") && told.length > 0;
  while (!isSaid()) words.add(await said());
  for (const one of words) expect(one).toMatch(/^the ledger (cannot be reached|does not answer); ask again$/);
});

const reply = (message: string) => Object.assign(new Error(message), { name: "ReplyError" });
const coded = (code: string, message = "") => Object.assign(new Error(message), { code });

test.each([
  [reply("LOADING Redis is loading the dataset in memory"), "is loading its data"],
  [
    reply("MISCONF Redis is configured to save RDB snapshots"),
    "cannot write to its disk, and takes nothing until it can",
  ],
  [reply("NOPERM User meter has no permissions"), "does not let the daemon's user do what is needed"],
  [reply("CLUSTERDOWN Hash slot not served"), "has no master for a part of its data"],
  [reply("ERR unknown command"), "gives an answer that the daemon did not expect"],
  [new Error("Connection is closed."), "cannot be reached"],
  [new Error("Stream isn't writeable and enableOfflineQueue options is false"), "cannot be reached"],
  [new Error("Reached the max retries per request limit (which is 0)."), "cannot be reached"],
  [new Error("All sentinels are unreachable. Last error: connect ECONNREFUSED 10.0.0.9:26379"), "cannot be reached"],
  [new AggregateError([coded("ECONNREFUSED")]), "cannot be reached"],
  [coded("ENOTFOUND", "getaddrinfo ENOTFOUND redis.example"), "cannot be reached: there is no such host"],
  [coded("CERT_HAS_EXPIRED", "certificate has expired"), "shows a certificate that has ended"],
])("%s: the ledger %s", (error, words) => {
  expect(troubleOf(error)).toBe(words);
  expect(asLedgerError(error)).toMatchObject({ code: "ledger_unavailable", message: `the ledger ${words}; ask again` });
});

test("a fault of ours keeps nobody from starting what may be used without the ledger, and its words are in the log", () => {
  const cause = new TypeError("undefined is not a function");
  const error = asLedgerError(cause);
  expect(error).toMatchObject({ code: "ledger_unavailable", cause, message: expect.not.stringContaining("undefined") });
  const logged: unknown[] = [];
  failed(error, { error: (entry: unknown) => logged.push(entry) } as unknown as FastifyBaseLogger);
  expect(logged).toEqual([{ err: cause }]);
});
