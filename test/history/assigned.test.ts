import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { encodeFacts } from "../../daemon/domain/events.ts";
import { peakOf } from "../../daemon/domain/usage.ts";
import { assignedIn } from "../../daemon/history/queries/assigned.ts";
import { keptDays } from "../../daemon/history/queries/days.ts";
import { Rollups } from "../../daemon/history/rollups.ts";
import { RenewalDesk } from "../../daemon/renewals/desk.ts";
import { nightly } from "../../daemon/renewals/nightly.ts";
import { onBothEngines, openTestHistory, startRecorder } from "../support/history.ts";
import { facts, request, useLedger } from "../support/ledger.ts";
import { record, refuse, registerWith } from "../support/recorded.ts";
import { at, HOUR } from "../support/usage.ts";

const ledgers = useLedger();
const DAY = 24 * HOUR;

onBothEngines((engine) => {
  async function openDesk(pool: string, now: string, seats = 10) {
    const history = await openTestHistory(await engine.newPlace());
    const clock = { nowMs: at(now), register: registerWith({ pool, seats }) };
    const parts = { history, register: () => clock.register, now: () => clock.nowMs };
    const rollups = new Rollups({ ...parts, me: "me" });
    const desk = new RenewalDesk({ ...parts, rollups, patienceMs: Number.POSITIVE_INFINITY });
    const night = async () => {
      await rollups.run();
      await nightly({ ...parts, rollups });
    };
    const assigned = async (from: string, to: string) =>
      ((await keptDays(history.db, "cad", from, to)).demand ?? []).map(peakOf);
    return { history, clock, rollups, desk, night, assigned };
  }

  test("each day of a pool with named seats knows how many were assigned, whoever was at work", async () => {
    const { history, rollups, assigned } = await openDesk("metric: named-user\n    holdDays: 2", "2026-05-16 12:00");
    await record(history, { person: "ann", from: "2026-05-11 09:00", until: "2026-05-11 10:00" });
    await record(history, { person: "ben", from: "2026-05-12 09:00", until: "2026-05-12 10:00" });
    await record(history, { person: "eve", from: "2026-05-12 09:00", until: "2026-05-12 10:00", flags: "observed" });
    await rollups.run();
    expect(await assigned("2026-05-11", "2026-05-16")).toEqual([1, 2, 2, 1, 0, 0]);
    const { days } = await keptDays(history.db, "cad", "2026-05-11", "2026-05-14");
    expect(days.map(peakOf)).toEqual([1, 1, 0, 0]);
  });

  test("the days in a row that are worked out later agree with those that were worked out at once", async () => {
    const pool = "metric: named-user\n    holdDays: 3";
    const first = await openDesk(pool, "2026-05-12 12:00");
    await record(first.history, { person: "ann", from: "2026-05-11 09:00", until: "2026-05-11 10:00" });
    await first.rollups.run();
    first.clock.nowMs = at("2026-05-16 12:00");
    await first.night();
    expect(await first.assigned("2026-05-11", "2026-05-16")).toEqual([1, 1, 1, 1, 0, 0]);
    first.clock.register = registerWith({ pool: "metric: named-user\n    holdDays: 1" });
    await first.rollups.run();
    expect(await first.assigned("2026-05-11", "2026-05-16")).toEqual([1, 1, 0, 0, 0, 0]);
  });

  test("named seats are recommended for those who really used one, though few did so at once", async () => {
    const { history, desk, night } = await openDesk("metric: named-user", "2026-05-14 12:00");
    for (const [i, person] of ["ann", "ben", "cleo", "dan"].entries()) {
      await record(history, { person, from: `2026-04-0${i + 1} 09:00`, until: `2026-04-0${i + 1} 10:00` });
    }
    for (const when of ["before", "after"]) {
      const { report } = await desk.report("cad");
      expect(report, when).toMatchObject({ peak: 1, people: 4, owned: 10, recommended: 4 });
      expect(report.options.map(({ seats, notes }) => [seats, notes.join()])).toEqual([
        [10, "owned"],
        [4, "peak,recommended"],
      ]);
      expect(report.decision.remarks[0]).toBe(
        "Seats are assigned to people: at most 4 at once, and 4 people used one. 6 seats of those owned were never anybody’s.",
      );
      await night();
    }
    expect(await desk.whatIf("cad", 3)).toMatchObject({ foundNoneFree: 1, peopleRefused: 1 });
  });

  test("a named pool that is full says so, and those who were refused a seat of their own are counted among the needs", async () => {
    const { history, desk, night } = await openDesk("metric: named-user", "2026-05-14 12:00", 2);
    await record(history, { person: "ann", from: "2026-04-01 09:00", until: "2026-04-01 10:00" });
    await record(history, { person: "ben", from: "2026-04-02 09:00", until: "2026-04-02 10:00" });
    await refuse(history, { person: "cleo", first: "2026-04-20 09:00" });
    await refuse(history, { person: "cleo", first: "2026-04-21 09:00" });
    await night();
    const { report } = await desk.report("cad");
    expect(report).toMatchObject({ recommended: 3, need: "at least", turnedAway: 2 });
    expect(report.variants.map(({ kind }) => kind)).toContain("limit reached");
  });

  test("computers have seats by the same rule", async () => {
    const { history, desk } = await openDesk("metric: device", "2026-05-14 12:00");
    for (const device of ["pc-1", "pc-2", "pc-1"]) {
      await record(history, { device, from: "2026-04-01 09:00", until: "2026-04-01 10:00" });
    }
    const { report } = await desk.report("cad");
    expect(report.decision.remarks[0]).toMatch(/^Seats are assigned to computers: .* and 2 computers used one\./);
  });

  test("a site licence is never full and never above, however many use it, and is renewed as it is", async () => {
    const { history, desk, clock, rollups } = await openDesk("metric: site", "2026-05-14 12:00", 1);
    for (const person of ["ann", "ben", "cleo"]) {
      await record(history, { person, from: "2026-04-01 09:00", until: "2026-04-01 10:00" });
    }
    const { report } = await desk.report("cad");
    expect(report).toMatchObject({ peak: 3, owned: 1, recommended: 1, options: [], overHours: { all: 0 } });
    expect(report.decision.recommendation).toBe(
      "We recommend renewing it as it is: a site licence has no number of seats.",
    );
    const fullMs = async () => (await keptDays(history.db, "cad", "2026-04-01", "2026-04-01")).days[0]!.fullMs;
    expect(await fullMs()).toBe(0);
    clock.register = registerWith({ seats: 1 });
    await rollups.run();
    expect(await fullMs()).toBe(HOUR);
  });

  test("a seat that an administrator reassigned is its holder's until then, as the ledger tells it", async () => {
    const prefix = `${randomUUID()}:`;
    const history = await openTestHistory(await engine.newPlace());
    const pool = await ledgers.openPool({ seats: 5, rules: { hold: 90 * DAY, holdBy: 1 } }, { prefix });
    await startRecorder(history, ledgers.socket(), { prefix });
    const asks = (user: string) => request({ facts: encodeFacts(facts({ user })) });
    for (const asked of [asks("ann"), asks("ben"), asks("ann")]) {
      await pool.checkout(asked);
      await pool.checkin(asked);
    }
    await pool.ledger.act(pool.pool, "ann", { order: "reassign" });
    const freed = () => history.db.selectFrom("changes").selectAll().where("word", "=", "hold 1 reassigned").execute();
    await expect.poll(freed).toHaveLength(1);
    const reassignedMs = (await freed())[0]!.at_ms;

    const register = registerWith({ pool: "metric: named-user" });
    const span = { fromMs: reassignedMs - DAY, untilMs: reassignedMs + DAY };
    const held = await assignedIn(history.db, register, { pool: "cad", names: [pool.pool] }, span);
    expect([...held!.endMs].sort((one, other) => one - other)[0]).toBe(reassignedMs);
    expect(held!.endMs).toHaveLength(2);
  });
});
