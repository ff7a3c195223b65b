import { expect, test } from "vitest";
import type { Register } from "../../daemon/domain/register.ts";
import { peakOf } from "../../daemon/domain/usage.ts";
import type { History } from "../../daemon/history/database.ts";
import { keptDays } from "../../daemon/history/queries/days.ts";
import { Rollups } from "../../daemon/history/rollups.ts";
import { onBothEngines, openTestHistory } from "../support/history.ts";
import { end, gap, record, refuse, registerWith, type Told } from "../support/recorded.ts";
import { asRecord, at, HOUR, MINUTE } from "../support/usage.ts";

onBothEngines((engine) => {
  /** A history, and its days as of a moment that the test moves. */
  async function openRollups(register: Register = registerWith(), now = "2026-05-14 12:00") {
    const history = await openTestHistory(await engine.newPlace());
    const clock = { nowMs: at(now), register };
    const make = (me = "me") => new Rollups({ history, register: () => clock.register, me, now: () => clock.nowMs });
    const days = async (pool = "cad") => (await keptDays(history.db, pool, "2000-01-01", "2100-01-01")).days;
    return { history, clock, rollups: make(), make, days, set: (text: string) => (clock.nowMs = at(text)) };
  }

  const rowsOf = async ({ db }: History) => ({
    days: await db.selectFrom("pool_days").selectAll().orderBy("pool").orderBy("date").execute(),
  });
  const peaks = (days: { date: string; hourPeaks: readonly number[] }[]) =>
    days.map((day) => [day.date, peakOf(day)] as const);

  test("each day of a pool is kept from the first launch on, days without any too", async () => {
    const { history, rollups, days } = await openRollups();
    await record(history, { from: "2026-05-11 09:00", until: "2026-05-11 10:00", department: "Planning" });
    await record(history, { from: "2026-05-13 09:00", until: "2026-05-13 10:30" });
    expect(await rollups.run()).toEqual(["cad"]);
    const kept = await days();
    expect(peaks(kept)).toEqual([
      ["2026-05-11", 1],
      ["2026-05-12", 0],
      ["2026-05-13", 1],
      ["2026-05-14", 0],
    ]);
    expect(kept[0]).toMatchObject({ holdings: 1, departments: { Planning: { seatMs: HOUR, launches: 1 } } });
    expect(kept[0]!.capacity).toEqual([{ fromMs: at("2026-05-10 23:00"), seats: 10 }]);
  });

  test("a use that lasts is counted until now, over midnight, and the day that is under way ends now", async () => {
    const { history, rollups, days, set } = await openRollups();
    await record(history, { from: "2026-05-13 21:00" });
    await rollups.run();
    const [first, today] = await days();
    expect(asRecord(first!.occupancyMs)[1]).toBe(2 * HOUR);
    expect(asRecord(today!.occupancyMs)).toEqual({ 1: 13 * HOUR });
    expect(today!.endMs).toBe(at("2026-05-14 12:00"));
    set("2026-05-15 01:00");
    await rollups.run();
    const [, ended, next] = await days();
    expect([ended!.endMs, asRecord(ended!.occupancyMs)]).toEqual([at("2026-05-14 23:00"), { 1: 24 * HOUR }]);
    expect(next).toMatchObject({ date: "2026-05-15", hourPeaks: [1, 1] });
  });

  test("an end that is told late changes the days since, and nothing that came before", async () => {
    const { history, rollups, days, set } = await openRollups();
    await record(history, { person: "ann", from: "2026-05-12 09:00" });
    await record(history, { from: "2026-05-11 09:00", until: "2026-05-11 10:00" });
    await rollups.run();
    const [before] = await days();
    set("2026-05-14 12:05");
    await end(history, "ann", "2026-05-12 15:00");
    expect(await rollups.run()).toEqual(["cad"]);
    expect(peaks(await days())).toEqual([
      ["2026-05-11", 1],
      ["2026-05-12", 1],
      ["2026-05-13", 0],
      ["2026-05-14", 0],
    ]);
    expect((await days())[0]).toEqual(before);
    expect(await rollups.run()).toEqual([]);
  });

  test("launches of before the first that was known put days before the others", async () => {
    const { history, rollups, days } = await openRollups();
    await record(history, { from: "2026-05-13 09:00", until: "2026-05-13 10:00" });
    await rollups.run();
    await record(history, { from: "2026-05-11 09:00", until: "2026-05-11 10:00" });
    await rollups.run();
    expect(peaks(await days()).map(([, peak]) => peak)).toEqual([1, 0, 1, 0]);
  });

  test("days of 23 and 25 hours and the turn of a year are cut at local midnight", async () => {
    const { history, rollups, days } = await openRollups(registerWith(), "2027-01-02 12:00");
    await record(history, { from: "2026-03-28 12:00", until: "2026-03-30 12:00" });
    await record(history, { from: "2026-10-24 12:00", until: "2026-10-26 12:00" });
    await record(history, { from: "2026-12-31 12:00" });
    await rollups.run();
    const all = await days();
    const day = (date: string) => all.find((one) => one.date === date)!;
    expect(asRecord(day("2026-03-29").occupancyMs)).toEqual({ 1: 23 * HOUR });
    expect(asRecord(day("2026-10-25").occupancyMs)).toEqual({ 1: 25 * HOUR });
    expect(day("2026-10-25").hourPeaks).toHaveLength(25);
    expect(asRecord(day("2026-12-31").occupancyMs)).toEqual({ 0: 12 * HOUR, 1: 12 * HOUR });
    expect(asRecord(day("2027-01-01").occupancyMs)).toEqual({ 1: 24 * HOUR });
  });

  test("what was shared, overflowed, overdrawn, observed and refused is told apart", async () => {
    const register = registerWith({ pools: "  spare: { aliases: [old-spare], entitlements: [] }" });
    const { history, rollups, days } = await openRollups(register);
    const times = { from: "2026-05-13 09:00", until: "2026-05-13 10:00" };
    const told: Told[] = [{}, { flags: "shared" }, { askedFirst: "old-spare" }, { flags: "overdraft" }].map((one) => ({
      ...times,
      ...one,
    }));
    await record(history, ...told, { ...times, flags: "observed", askedFirst: "spare" }, { ...times, flags: "excess" });
    await record(history, { ...times, flags: "shared,observed" });
    await refuse(history, { first: "2026-05-13 09:30", granted: "2026-05-13 09:40" });
    await refuse(history, { first: "2026-05-13 09:31", sizing: false });
    await rollups.run();
    expect((await days())[0]).toMatchObject({
      ...{ holdings: 4, shared: 1, askedFirst: { spare: 1 }, observed: { holdings: 1, seatMs: HOUR } },
      refusals: {
        ...{ keptWaiting: 1, turnedAway: 1, forSizing: { keptWaiting: 1, turnedAway: 0 } },
        delaysMs: [10 * MINUTE],
      },
    });
  });

  test("a time without a daemon is one for every pool, and what was told of it late changes days", async () => {
    const register = registerWith({ pools: "  gis: { entitlements: [] }" });
    const { history, rollups, days, clock } = await openRollups(register);
    await record(history, { from: "2026-05-13 09:00", until: "2026-05-13 10:00" });
    await record(history, { pool: "gis", from: "2026-05-13 09:00", until: "2026-05-13 10:00" });
    await rollups.run();
    clock.nowMs += MINUTE;
    await gap(history, "gis", "2026-05-13 12:00", "2026-05-13 12:42");
    await rollups.run();
    for (const pool of ["cad", "gis"]) expect((await days(pool))[0]).toMatchObject({ gapMs: 42 * MINUTE });
  });

  test("a pool that was renamed keeps its history under its alias, what was erased of the sessions too", async () => {
    const { history, rollups, days, clock } = await openRollups(
      registerWith({ pools: "  old: { entitlements: [{ reference: B, seats: 2, starts: 2020-01-01 }] }" }),
    );
    await record(history, { pool: "old", from: "2026-05-10 09:00", until: "2026-05-10 10:00" });
    await record(history, { pool: "old", from: "2026-05-12 09:00", until: "2026-05-12 10:00" });
    await record(history, { from: "2026-05-12 09:30", until: "2026-05-12 10:00" });
    await rollups.run();
    await history.db
      .updateTable("rolled_pools")
      .set({ kept_from_ms: at("2026-05-11 23:00") })
      .execute();
    await history.db.deleteFrom("holdings").where("end_ms", "<", at("2026-05-11 00:00")).execute();
    clock.register = registerWith({ pool: "aliases: [old]" });
    await rollups.run();
    expect(peaks(await days())).toEqual([
      ["2026-05-10", 1],
      ["2026-05-11", 0],
      ["2026-05-12", 2],
      ["2026-05-13", 0],
      ["2026-05-14", 0],
    ]);
    expect(await days("old")).toEqual([]);
  });

  test("other working hours, another zone or other seats of before there were records change the days", async () => {
    const { history, rollups, days, clock } = await openRollups();
    await record(history, { from: "2026-05-13 09:00", until: "2026-05-13 10:00" });
    await rollups.run();
    clock.register = registerWith({ seats: 12, top: "workingHours: Wed 08:00-12:00" });
    await rollups.run();
    expect((await days())[0]).toMatchObject({ workingMs: 4 * HOUR, capacity: [{ seats: 12 }] });
    clock.register = { ...clock.register, timezone: "America/New_York" };
    await rollups.run();
    expect((await days())[0]!.startMs).toBe(at("2026-05-13 04:00"));
  });

  test("all of it worked out again gives the same rows, byte for byte; a part of it, too", async () => {
    const { history, rollups, days, set } = await openRollups(registerWith(), "2026-05-04 08:00");
    const random = seeded(7);
    for (let day = 4; day < 14; day++) {
      const date = `2026-05-${String(day).padStart(2, "0")}`;
      for (let i = 0; i < 12; i++) {
        const from = at(`${date} 06:00`) + Math.floor(random() * 12 * HOUR);
        const until = new Date(from + Math.floor(random() * 20 * HOUR)).toISOString().slice(0, 19);
        await record(history, {
          from: new Date(from).toISOString().slice(0, 19),
          ...(random() < 0.9 && { until }),
          ...(random() < 0.2 && { flags: "shared" }),
          department: ["Planning", "Roads", ""][Math.floor(random() * 3)]!,
        });
      }
      await refuse(history, { first: `${date} 10:00` });
      set(`${date} 20:00`);
      await rollups.run();
    }
    set("2026-05-14 12:00");
    await gap(history, "cad", "2026-05-09 10:00", "2026-05-09 11:00");
    await rollups.run();
    const kept = await rowsOf(history);
    expect(kept.days).toHaveLength(11);
    await rollups.recompute("cad", "2026-05-06", "2026-05-08");
    expect(await rowsOf(history)).toEqual(kept);
    await history.db.deleteFrom("pool_days").execute();
    await rollups.recompute();
    expect(await rowsOf(history)).toEqual(kept);
    await history.db.deleteFrom("pool_days").execute();
    await history.db.deleteFrom("rolled_pools").execute();
    await rollups.run();
    expect(await rowsOf(history)).toEqual(kept);
    expect((await days()).reduce((sum, { holdings }) => sum + holdings, 0)).toBeGreaterThan(80);
  });

  test("of two daemons one does it at a time; one that died in the midst of it is not waited for", async () => {
    const { history, make, clock } = await openRollups();
    await record(history, { from: "2026-05-13 09:00", until: "2026-05-13 10:00" });
    const answers = await Promise.all([make("one").run(), make("other").run()]);
    expect(answers.filter((pools) => pools?.length === 1)).toHaveLength(1);
    await history.db
      .updateTable("locks")
      .set({ holder: "dead", until_ms: clock.nowMs + 1000 })
      .execute();
    expect(await make("one").run()).toBeUndefined();
    clock.nowMs += 2000;
    expect(await make("one").run()).toBeDefined();
  });

  test("what one daemon asks for twice at once is done one after the other", async () => {
    const { history, rollups } = await openRollups();
    await record(history, { from: "2026-05-13 09:00", until: "2026-05-13 10:00" });
    expect(await Promise.all([rollups.run(), rollups.run(), rollups.recompute("cad")])).toEqual([["cad"], [], ["cad"]]);
  });

  test("what comes while days are worked out is not forgotten", async () => {
    const { history, rollups, days, clock } = await openRollups();
    await record(history, { from: "2026-05-13 09:00", until: "2026-05-13 10:00" });
    const running = rollups.run();
    await record(history, { from: "2026-05-13 09:30", until: "2026-05-13 10:00" });
    await running;
    clock.nowMs += MINUTE;
    await rollups.run();
    expect(peakOf((await days())[0]!)).toBe(2);
  });
});

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}
