import { AssertionError } from "node:assert";
import fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scripts } from "../../daemon/ledger/scripts.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { MUTANTS } from "./mutants.ts";
import { modelAgrees } from "./pool-commands.ts";
import type { ScriptedRedis } from "./real-pool.ts";

/** The same in every run of the tests, so that a mutant dies in all of them or in none. */
const SEEDS = [7, 3, 11];

let server: TestRedis;
const clients: Redis[] = [];

function connect(mutate: (source: string) => string = (source) => source): ScriptedRedis {
  const { poolCall, poolAdopt } = scripts();
  const client = new Redis({
    path: server.socket,
    scripts: { poolCall: { ...poolCall, lua: mutate(poolCall.lua) }, poolAdopt },
  });
  clients.push(client);
  return client as ScriptedRedis;
}

/** With the seed, to see it again. */
const report = (outcome: Awaited<ReturnType<typeof modelAgrees>>) =>
  `${fc.defaultReportMessage(outcome) ?? ""}\n${outcome.errorInstance instanceof Error ? outcome.errorInstance.stack : ""}`;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(async () => {
  for (const client of clients) client.disconnect();
  await server.stop();
});

test("a pool asked at random answers, tells and counts as the model does", async () => {
  const outcome = await modelAgrees(connect(), { numRuns: 200 });

  expect(outcome.failed, report(outcome)).toBe(false);
});

test.for(MUTANTS)("the model notices: $mistake", async ({ find, replace }) => {
  const mutant = connect((source) => {
    expect(source.split(find), "the mutant's place in the script").toHaveLength(2);
    return source.replace(find, () => replace);
  });

  // A mutant whose script breaks off proves nothing: it must be a difference that was noticed. Another seed may lead there.
  let noticed: unknown;
  for (const seed of SEEDS) {
    noticed = (await modelAgrees(mutant, { numRuns: 1000, endOnFailure: true, seed })).errorInstance;
    if (noticed instanceof AssertionError) return;
  }
  expect(noticed).toBeInstanceOf(AssertionError);
});
