import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keptDays } from "../../daemon/history/queries/days.ts";
import { Rollups } from "../../daemon/history/rollups.ts";
import { coverageOf, outages } from "../../daemon/sizing/coverage.ts";
import { onBothEngines, openTestHistory, startRecorder } from "../support/history.ts";
import { useLedger } from "../support/ledger.ts";
import { record, registerWith } from "../support/recorded.ts";
import { at, HOUR, MINUTE } from "../support/usage.ts";

const ledgers = useLedger();
let redis: Redis;
beforeAll(() => {
  redis = new Redis({ path: ledgers.socket() });
});
afterAll(() => redis.disconnect());

onBothEngines((engine) => {
  /** A ledger of its own in which all pools rest, with what its beats say. */
  async function openResting() {
    const prefix = `${randomUUID()}:`;
    const ledger = await ledgers.openLedger({ prefix });
    const history = await openTestHistory(await engine.newPlace());
    const { beats } = ledger.keys;
    const waiting = async () => Object.keys(await redis.hgetall(beats)).filter((name) => name !== "last");
    return {
      ...{ ledger, history, prefix, waiting },
      lastBeat: async () => Number(await redis.hget(beats, "last")),
      /** The last beat was so long ago. */
      older: (ms: number) => redis.hincrby(beats, "last", -ms),
      gaps: () => history.db.selectFrom("gaps").selectAll().orderBy("at_ms").execute(),
    };
  }

  test("a time in which no daemon ran and nobody used anything is a gap, and is missing from what was covered", async () => {
    const { ledger, history, prefix, waiting, lastBeat, older, gaps } = await openResting();
    await ledger.pulse();
    await older(30 * HOUR);
    const fromMs = await lastBeat();
    await ledger.pulse();
    await startRecorder(history, ledgers.socket(), { prefix });
    await expect.poll(gaps).toMatchObject([{ pool: "", kind: "clock", lost_ms: (await lastBeat()) - fromMs }]);
    await expect.poll(waiting).toEqual([]);

    const now = (await gaps())[0]!.at_ms + MINUTE;
    const before = new Date(fromMs - 24 * HOUR).toISOString().slice(0, 16).replace("T", " ");
    await record(history, { from: before, until: before });
    const rollups = new Rollups({ history, register: () => registerWith(), me: "me", now: () => now });
    await rollups.run();
    const { days } = await keptDays(history.db, "cad", "2000-01-01", "2100-01-01");
    expect(outages(days)).toEqual([{ fromMs, untilMs: now - MINUTE }]);
    const working = days.reduce((sum, { workingMs }) => sum + workingMs, 0);
    const covered = days.reduce((sum, { coveredWorkingMs }) => sum + coveredWorkingMs, 0);
    expect(coverageOf(days)).toBe(working === 0 ? 1 : covered / working);
    expect(days.reduce((sum, { gapMs }) => sum + gapMs, 0)).toBe(now - MINUTE - fromMs);
  });

  test("while another daemon runs there is no gap, and a restart within a minute is none", async () => {
    const { ledger, prefix, waiting, older } = await openResting();
    const other = await ledgers.openLedger({ prefix });
    await ledger.pulse();
    await older(30 * MINUTE);
    await other.pulse();
    expect(await waiting()).toHaveLength(1);
    // What is left of the minute is for a machine that is slow.
    await older(MINUTE / 2);
    await ledger.pulse();
    await other.pulse();
    expect(await waiting()).toHaveLength(1);
    await older(MINUTE);
    await ledger.pulse();
    expect(await waiting()).toHaveLength(2);
  });

  test("a gap that was written down and not yet acknowledged is written once; days since are worked out again", async () => {
    const { ledger, history, prefix, lastBeat, older, gaps } = await openResting();
    await record(history, { from: "2026-05-11 09:00", until: "2026-05-11 10:00" });
    const now = at("2026-05-14 12:00");
    const rollups = new Rollups({ history, register: () => registerWith(), me: "me", now: () => now });
    await rollups.run();
    await ledger.pulse();
    await older((await lastBeat()) - at("2026-05-12 09:00"));
    await ledger.pulse();
    const untilMs = await lastBeat();
    const first = await startRecorder(history, ledgers.socket(), { prefix });
    await expect.poll(gaps).toHaveLength(1);
    await first.stop();
    await redis.hset(ledger.keys.beats, String(at("2026-05-12 09:00")), String(untilMs));
    const second = await startRecorder(history, ledgers.socket(), { prefix });
    await second.stop();
    expect(await gaps()).toHaveLength(1);
    await rollups.run();
    const { days } = await keptDays(history.db, "cad", "2026-05-11", "2026-05-14");
    expect(days.map(({ coveredWorkingMs }) => coveredWorkingMs)).toEqual([10 * HOUR, 2 * HOUR, 0, 0]);
  });
});
