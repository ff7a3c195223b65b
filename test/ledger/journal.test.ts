import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import type { LedgerEvent } from "../../daemon/domain/events.ts";
import { encodeFacts } from "../../daemon/domain/events.ts";
import type { JournalRequest } from "../../daemon/ledger/answers.ts";
import type { RedisClient } from "../../daemon/ledger/connection.ts";
import { readEvents } from "../../daemon/ledger/event-reader.ts";
import type { Ledger } from "../../daemon/ledger/ledger.ts";
import { facts, policy, request, useLedger } from "../support/ledger.ts";

const { openLedger, openPool, socket } = useLedger();

const MINUTE_MS = 60_000;

/** Ten minutes of use that ended a minute ago. */
function entry(change: Partial<JournalRequest> = {}): JournalRequest {
  const untilMs = Date.now() - MINUTE_MS;
  const leaseId = change.leaseId ?? randomUUID();
  const fromMs = untilMs - 10 * MINUTE_MS;
  return {
    ...{ leaseId, holder: `pc-${leaseId}`, fromMs, untilMs, heldFromMs: fromMs },
    ...{ reason: "unreachable", why: "program_exited", seats: 1, site: "hall", facts: encodeFacts(facts()) },
    ...change,
  };
}

async function eventsOf(ledger: Ledger, pool: string): Promise<LedgerEvent[]> {
  const redis = new Redis({ path: socket() });
  onTestFinished(() => redis.disconnect());
  const events: LedgerEvent[] = [];
  for await (const event of readEvents(redis as RedisClient, ledger.keys, pool)) events.push(event);
  return events;
}

const journalled = (events: readonly LedgerEvent[]) => events.filter(({ kind }) => kind === "journalled");

test("what is told afterwards is one event with its own times, and takes no seat", async () => {
  const { ledger, pool, level, checkout } = await openPool({ seats: 1 });
  const told = entry();

  expect(await ledger.journal(pool, told)).toBe("told");
  expect(journalled(await eventsOf(ledger, pool))).toMatchObject([
    {
      ...{ leaseId: told.leaseId, sinceMs: told.fromMs, seatsMoved: 0, word: "unreachable", flags: ["ungoverned"] },
      details: [String(told.untilMs), String(told.heldFromMs), "program_exited"],
    },
  ]);
  expect(await level()).toMatchObject({ used: 0 });
  expect(await checkout(request())).toMatchObject({ outcome: "granted" });
});

test("a journal told again, and at once through fifty connections of two daemons, counts once", async () => {
  const prefix = `${randomUUID()}:`;
  const ledgers = [await openLedger({ prefix }), await openLedger({ prefix })];
  for (const ledger of ledgers) await ledger.adopt(new Map([["cad", policy()]]));
  const told = Array.from({ length: 20 }, () => entry());

  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) => told.map((one) => ledgers[i % 2]!.journal("cad", one))).flat(),
  );

  expect(answers.filter((answer) => answer === "told")).toHaveLength(20);
  expect(answers.filter((answer) => answer === "known")).toHaveLength(49 * 20);
  const ids = journalled(await eventsOf(ledgers[0]!, "cad")).map(({ leaseId }) => leaseId);
  expect(ids.toSorted()).toEqual(told.map(({ leaseId }) => leaseId).toSorted());
});

test("a lease that is still in force ends when its journal is told, and counts once", async () => {
  const { ledger, pool, checkout, level } = await openPool({ seats: 1 });
  const asked = request();
  await checkout(asked);
  const told = entry({ leaseId: asked.leaseId, holder: asked.holder });

  expect(await ledger.journal(pool, told)).toBe("ended");
  expect(await ledger.journal(pool, told)).toBe("known");
  expect(await level()).toMatchObject({ used: 0 });
  const events = await eventsOf(ledger, pool);
  expect(journalled(events)).toEqual([]);
  expect(events.filter(({ kind }) => kind === "ended")).toMatchObject([
    { word: "program_exited", details: ["0", String(told.untilMs)], silentMs: 0 },
  ]);
});

test("nobody ends another computer's lease by a journal", async () => {
  const { ledger, pool, checkout, level } = await openPool({ seats: 1 });
  const asked = request();
  await checkout(asked);

  expect(await ledger.journal(pool, entry({ leaseId: asked.leaseId, holder: "pc-stranger" }))).toBe("not_holder");
  expect(await level()).toMatchObject({ used: 1 });
});

test("a lease that was given back is not told of a second time", async () => {
  const { ledger, pool, checkout, checkin } = await openPool({ seats: 1 });
  const asked = request();
  await checkout(asked);
  await checkin(asked);

  expect(await ledger.journal(pool, entry({ leaseId: asked.leaseId, holder: asked.holder }))).toBe("known");
});

test("a program that ran unheard before it got its lease has had it since then, and is flagged as ungoverned", async () => {
  const { ledger, pool, checkout } = await openPool({ seats: 1 });
  const sinceMs = Date.now() - 10 * MINUTE_MS;
  const running = request({ terms: { running: true, sinceMs } });

  expect(await checkout(running)).toMatchObject({ outcome: "granted", flags: ["ungoverned"] });
  expect((await ledger.leases(pool)).items).toMatchObject([{ sinceMs, flags: ["ungoverned"] }]);
  expect(await checkout(request({ terms: { running: true, sinceMs } }))).toMatchObject({
    outcome: "granted",
    flags: ["ungoverned", "excess"],
  });
  const grants = (await eventsOf(ledger, pool)).filter(({ kind }) => kind === "granted");
  expect(grants.map((grant) => grant.sinceMs)).toEqual([sinceMs, sinceMs]);
});
