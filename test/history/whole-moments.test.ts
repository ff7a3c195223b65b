import { expect, test } from "vitest";
import type { PastLog } from "../../daemon/domain/past.ts";
import { PastPool } from "../../daemon/domain/past-pool.ts";
import { importPast } from "../../daemon/history/past.ts";
import { keptDays } from "../../daemon/history/queries/days.ts";
import { Rollups } from "../../daemon/history/rollups.ts";
import { Writer } from "../../daemon/history/writer.ts";
import { RenewalDesk } from "../../daemon/renewals/desk.ts";
import { nightly } from "../../daemon/renewals/nightly.ts";
import { onBothEngines, openTestHistory } from "../support/history.ts";
import { facts } from "../support/ledger.ts";
import { record, registerWith } from "../support/recorded.ts";
import { at, MINUTE } from "../support/usage.ts";

onBothEngines((engine) => {
  const open = async () => await openTestHistory(await engine.newPlace());
  const sessions = async ({ db }: Awaited<ReturnType<typeof open>>) =>
    (await db.selectFrom("sessions").select("pool").execute()).length;

  test("a launch at a part of a millisecond is refused where it is written, and the error says which", async () => {
    const history = await open();
    const pool = new PastPool("cad", "1");
    const granted = { seatKeys: [], seats: 1, facts: facts() };
    pool.granted(at("2026-05-13 09:00"), "sound", granted);
    pool.granted(at("2026-05-13 09:00") + 0.5, "broken", granted);
    await expect(new Writer(history, "me").write(new Map([["cad", pool.take()]]))).rejects.toThrow(
      /start_ms of sessions \(pool cad, epoch 1, number 2\) is \d+\.5, which is no whole millisecond/,
    );
    expect(await sessions(history)).toBe(0);
  });

  test("so is one that a log tells of, with all of its log", async () => {
    const history = await open();
    const who = {
      ...{ leaseId: "one", pool: "cad", product: "cad", person: "p", personLastYear: "", device: "d" },
      ...{ deviceLastYear: "", department: "", seats: 1 },
    };
    const [fromMs, untilMs] = [at("2026-05-13 09:00"), at("2026-05-13 10:00") + 0.25];
    const log: PastLog = {
      ...{ id: "log", fromMs, untilMs: Math.ceil(untilMs), denials: [], ends: [] },
      launches: [{ ...who, fromMs, untilMs, why: "checked_in" }],
    };
    const parts = { source: "flexnet", seatFor: () => ["user"] as const, overlapping: false };
    await expect(importPast(history, log, parts)).rejects.toThrow(
      /end_ms of sessions \(pool cad.*no whole millisecond/,
    );
    expect(await sessions(history)).toBe(0);
  });

  // PostgreSQL rounds what is written into a bigint, so there never was such a row in it.
  if (engine.name === "SQLite") {
    test("a broken row of before stops the days of its own pool alone, and is told once", async () => {
      const history = await open();
      const register = () => registerWith({ pools: "  gis: { entitlements: [] }" });
      const clock = { nowMs: at("2026-05-14 12:00") };
      const lastSuccess = () => history.db.selectFrom("locks").select("last_success_ms").executeTakeFirst();
      const faults: string[] = [];
      const onFault = (pool: string, { message }: Error) => faults.push(`${pool}: ${message}`);
      const parts = { history, register, now: () => clock.nowMs };
      const rollups = new Rollups({ ...parts, me: "me", onFault });
      for (const pool of ["cad", "gis"]) {
        await record(history, { pool, from: "2026-05-13 09:00", until: "2026-05-13 10:00" });
      }
      await rollups.run();
      await history.db
        .updateTable("holdings")
        .set({ end_ms: at("2026-05-13 10:00") + 0.5 })
        .where("pool", "=", "cad")
        .execute();
      for (const pool of ["cad", "gis"]) {
        await record(history, { pool, from: "2026-05-13 09:30", until: "2026-05-13 10:30" });
      }
      const soundMs = clock.nowMs;
      clock.nowMs += MINUTE;
      expect(await rollups.run()).toEqual(["gis"]);
      expect(await rollups.run()).toEqual([]);
      expect(faults).toEqual([`cad: a holding of cad is told at ${at("2026-05-13 10:00")}.5, no whole millisecond`]);
      expect(await nightly({ ...parts, rollups })).toContain("gis");
      const desk = new RenewalDesk({ ...parts, rollups, patienceMs: Number.POSITIVE_INFINITY });
      expect((await desk.report("gis")).report.peak).toBe(2);
      expect(await lastSuccess()).toEqual({ last_success_ms: soundMs });

      await history.db
        .updateTable("holdings")
        .set({ end_ms: at("2026-05-13 10:00") })
        .where("end_ms", "=", at("2026-05-13 10:00") + 0.5)
        .execute();
      expect(await rollups.run()).toEqual(["cad"]);
      const { days } = await keptDays(history.db, "cad", "2026-05-13", "2026-05-13");
      expect(days[0]!.hourPeaks).toContain(2);
      expect(await lastSuccess()).toEqual({ last_success_ms: clock.nowMs });
    });
  }
});
