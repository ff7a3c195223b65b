import { expect, test } from "vitest";
import type { Register } from "../../daemon/domain/register.ts";
import { countPeople } from "../../daemon/history/people.ts";
import { keptDays } from "../../daemon/history/queries/days.ts";
import { denialsAsked } from "../../daemon/history/queries/denials.ts";
import { keptPeople, peopleBy, peopleOf90Days } from "../../daemon/history/queries/people.ts";
import { keptReplays } from "../../daemon/history/queries/written.ts";
import { Rollups } from "../../daemon/history/rollups.ts";
import type { DenialRow } from "../../daemon/history/tables.ts";
import { putRows } from "../../daemon/history/write.ts";
import { RenewalDesk } from "../../daemon/renewals/desk.ts";
import { nightly } from "../../daemon/renewals/nightly.ts";
import { onBothEngines, openTestHistory } from "../support/history.ts";
import { end, record, refuse, registerOfText, registerWith } from "../support/recorded.ts";
import { at } from "../support/usage.ts";

onBothEngines((engine) => {
  async function openDesk(register: Register = registerWith(), now = "2026-05-14 12:00") {
    const history = await openTestHistory(await engine.newPlace());
    const clock = { nowMs: at(now), register };
    const parts = { history, register: () => clock.register, now: () => clock.nowMs };
    const rollups = new Rollups({ ...parts, me: "me" });
    const desk = new RenewalDesk({ ...parts, rollups, patienceMs: Number.POSITIVE_INFINITY });
    const night = async (text: string) => {
      clock.nowMs = at(text);
      await rollups.run();
      return await nightly({ ...parts, rollups });
    };
    return { history, clock, rollups, desk, night, register: () => clock.register };
  }

  test("people are counted once a period, however often they came, in whichever year", async () => {
    const { history, register } = await openDesk();
    const ann = { person: "ann-27", personLastYear: "ann-26" };
    await record(
      history,
      { person: "ann-26", from: "2026-11-02 09:00", until: "2026-11-02 10:00", department: "Planning" },
      { person: "ben-26", from: "2026-11-02 09:00", until: "2026-11-03 10:00", department: "Roads" },
      { ...ann, from: "2027-02-01 09:00", until: "2027-02-01 10:00", department: "Roads" },
      { person: "eve", from: "2027-02-01 09:00", until: "2027-02-01 10:00", flags: "observed" },
    );
    const cad = { pool: "cad", names: ["cad"] };
    const count = async (from: string, until: string) =>
      (await countPeople(history.db, register(), cad, [{ from, until }]))[0]!;
    expect(await count("2026-04-01", "2027-03-31")).toMatchObject({
      ...{ people: 2, seatKeys: 3, byDepartment: { Planning: 1, Roads: 2 } },
    });
    expect((await count("2026-11-03", "2026-11-03")).people).toBe(1);
    expect((await count("2027-02-01", "2027-02-28")).people).toBe(1);
  });

  test("each night the people of the days that are over are counted, and once only", async () => {
    const { history, night } = await openDesk();
    await record(history, { person: "ann", from: "2026-04-20 09:00", until: "2026-04-20 10:00" });
    await record(history, { person: "ben", from: "2026-05-13 09:00", until: "2026-05-13 10:00" });
    expect(await night("2026-05-14 12:00")).toEqual(["cad"]);
    expect(await night("2026-05-14 13:00")).toEqual([]);
    expect((await keptPeople(history.db, "cad", "2026-04-01", "2026-06-30"))?.people).toBe(2);
    expect((await keptPeople(history.db, "cad", "2026-05-01", "2026-05-31"))?.people).toBe(1);
    expect(await peopleBy(history.db, "cad", "day", "2026-05-12", "2026-05-13")).toMatchObject([
      { people: 0 },
      { people: 1 },
    ]);
    expect(await peopleOf90Days(history.db)).toEqual(new Map([["cad", 2]]));
    await night("2026-08-20 12:00");
    expect(await peopleOf90Days(history.db)).toEqual(new Map([["cad", 0]]));
  });

  test("what a log tells of years ago is counted on the same day, before its launches are deleted for their age", async () => {
    const { history, night } = await openDesk();
    await record(history, { person: "ben", from: "2026-05-13 09:00", until: "2026-05-13 10:00" });
    expect(await night("2026-05-14 12:00")).toEqual(["cad"]);
    await record(history, { person: "ann", from: "2024-04-22 09:00", until: "2024-04-22 10:00" });
    expect(await night("2026-05-14 12:10")).toEqual(["cad"]);
    expect(await night("2026-05-14 12:20")).toEqual([]);
    expect(await peopleBy(history.db, "cad", "day", "2024-04-22", "2024-04-22")).toMatchObject([{ people: 1 }]);
  });

  test("the night plays the usual year through the seats that a report shows; a late end forgets it", async () => {
    const { history, desk, night, clock, rollups } = await openDesk(registerWith({ seats: 2 }));
    for (const day of ["2026-03-02", "2026-03-03", "2026-03-04", "2026-04-01"]) {
      await record(
        history,
        { from: `${day} 09:00`, until: `${day} 12:00` },
        { from: `${day} 10:00`, until: `${day} 12:00` },
      );
    }
    await record(history, { person: "ann", from: "2026-04-02 09:00" });
    await night("2026-05-14 12:00");
    const kept = () => keptReplays(history.db, "cad", "2025-05-01", "2026-04-30");
    expect((await kept()).map(({ seats, launches, turned_away }) => [seats, launches, turned_away])).toContainEqual([
      2, 9, 0,
    ]);
    const { report } = await desk.report("cad");
    expect(report).toMatchObject({ from: "2025-05-01", to: "2026-04-30", peak: 2, launches: 9, people: 9 });
    expect(report.options.every(({ peopleRefused }) => peopleRefused !== null)).toBe(true);
    expect((await desk.report("cad")).report).toBe(report);
    expect(await desk.whatIf("cad", 1)).toMatchObject({ seats: 1, foundNoneFree: 4, peopleRefused: 4 });
    expect((await kept()).some(({ seats }) => seats === 1)).toBe(true);

    clock.nowMs += 60_000;
    await end(history, "ann", "2026-04-02 10:00");
    await rollups.run();
    expect(await kept()).toEqual([]);
    expect((await desk.report("cad")).report.checksum).not.toBe(report.checksum);
  });

  test("what was used since the usual year is not told as unused", async () => {
    const { history, desk, night } = await openDesk();
    const unused = async () => (await desk.report("cad")).report.variants.filter(({ kind }) => kind === "unused");
    await record(history, { from: "2025-12-01 09:00", until: "2025-12-01 10:00" });
    await night("2026-05-14 12:00");
    // From 2 December to 13 May.
    expect(await unused()).toEqual([{ kind: "unused", days: 163 }]);
    await record(history, { person: "ann", from: "2026-05-13 09:00", until: "2026-05-13 10:00" });
    await night("2026-05-14 12:01");
    expect(await unused()).toEqual([]);
  });

  test("who was refused is counted as if there had been a seat: the days of the need stand beside those of the use", async () => {
    const { history, desk, night } = await openDesk(registerWith({ seats: 1 }));
    await record(history, { person: "ann", from: "2026-04-01 09:00", until: "2026-04-01 11:00" });
    await record(history, { person: "ben", from: "2026-04-01 11:05", until: "2026-04-01 12:05" });
    await refuse(history, { person: "ben", first: "2026-04-01 10:55", granted: "2026-04-01 11:05" });
    await refuse(history, { person: "cleo", first: "2026-04-01 10:00" });
    await night("2026-05-14 12:00");
    const { days, demand } = await keptDays(history.db, "cad", "2026-04-01", "2026-04-01");
    expect([Math.max(...days[0]!.hourPeaks), Math.max(...demand![0]!.hourPeaks)]).toEqual([1, 3]);
    expect(demand![0]).toMatchObject({ holdings: 3, refusals: { keptWaiting: 1, turnedAway: 1 } });
    const { report } = await desk.report("cad");
    expect(report).toMatchObject({ peak: 1, need: "at least", keptWaiting: 1, turnedAway: 1 });
    expect(report.recommended).toBeGreaterThan(1);
  });

  const CONTRACTS = `organisation: Exampleshire Council
holidays: england
products:
  cad: { name: CAD, owner: cad@exampleshire.example, pools: [late, soon, decided] }
  gis: { name: GIS, owner: gis@exampleshire.example, pools: [unknown, forever] }
pools:
  late: { entitlements: [{ reference: L, seats: 9, starts: 2020-01-01, ends: 2026-06-10, notice: 30d, cost: { amount: 900, currency: GBP, per: year } }] }
  soon: { entitlements: [{ reference: S, seats: 9, starts: 2020-01-01, ends: 2026-09-30, notice: 3 months, cost: { amount: 1800, currency: GBP, per: year } }] }
  decided: { entitlements: [{ reference: D, seats: 9, starts: 2020-01-01, ends: 2026-07-31, notice: 1 months, cost: { amount: 500, currency: GBP, per: year } }] }
  unknown: { entitlements: [{ reference: U, seats: 9, starts: 2020-01-01, ends: 2026-06-30 }] }
  forever: { entitlements: [{ reference: F, seats: 9, starts: 2020-01-01 }] }
`;

  test("the calendar has late ones apart, the others by the month of their deadline, unknown ones first", async () => {
    const { desk } = await openDesk(registerOfText(CONTRACTS));
    await desk.decide("decided", { kind: "renew", seats: 5, name: "Head of ICT", reason: "enough", by: "pat" });
    const { late, months, undated, next90Days } = await desk.calendar();
    expect(
      late.map(({ pool, products, deadline }) => [pool, products, deadline?.noticeBy, deadline?.daysLeft]),
    ).toEqual([["late", ["CAD"], "2026-05-11", -3]]);
    expect(
      months.map(({ month, rows, cost, decisions }) => [month, rows.map(({ pool }) => pool), cost, decisions]),
    ).toEqual([["2026-06", ["unknown", "decided", "soon"], 1800, 2]]);
    expect(months[0]!.rows.map(({ status }) => status)).toEqual(["notice unknown", "decided", "too early"]);
    expect(undated.map(({ pool }) => pool)).toEqual(["forever"]);
    expect(next90Days).toMatchObject({ decisions: 1, cost: 1800, late: 1, currency: "GBP" });
  });

  test("use is told by hour, day, week and month, with the people of each that were counted", async () => {
    const { history, desk, night } = await openDesk();
    await record(history, { person: "ann", from: "2026-05-11 09:00", until: "2026-05-11 11:00" });
    await record(history, { person: "ben", from: "2026-05-12 09:00", until: "2026-05-12 10:00" });
    await night("2026-05-14 12:00");
    const use = async (from: string, to: string, step?: "hour" | "day" | "week" | "month") =>
      (await desk.usage("cad", { from, to, step })).items;
    expect((await use("2026-05-11", "2026-05-11")).filter(({ peak }) => peak > 0)).toMatchObject([
      { fromMs: at("2026-05-11 09:00"), peak: 1, launches: null },
      { fromMs: at("2026-05-11 10:00"), peak: 1 },
    ]);
    expect((await use("2026-05-11", "2026-05-14", "day")).map(({ seatHours, people }) => [seatHours, people])).toEqual([
      [2, 1],
      [1, 1],
      [0, 0],
      [0, null],
    ]);
    expect(await use("2026-05-01", "2026-05-31", "week")).toMatchObject([
      { date: "2026-05-11", seatHours: 3, peak: 1 },
    ]);
    expect(await use("2026-05-01", "2026-05-31", "month")).toMatchObject([{ launches: 2, people: 2 }]);
  });

  test("denials are told newest first, page by page, of a person, a pool or a time", async () => {
    const { history } = await openDesk();
    const rows = Array.from({ length: 7 }, (_, i): DenialRow => {
      const person = i % 2 === 0 ? "ann" : "ben";
      return {
        ...{ pool: i < 4 ? "cad" : "old_cad", epoch: "1", number: i, product: "cad", person, person_last_year: "" },
        ...{ device: "pc", device_last_year: "", department: "", site: "", lease_id: "", reason: "no_seats" },
        // Some of one moment.
        ...{ at_ms: 1000 + Math.floor(i / 3), version: "", asked_first: "", attempt_id: "", seats: 1, level: 1 },
      };
    });
    await putRows(history.db, "denials", rows);
    const all: number[] = [];
    for (let cursor: string | undefined = ""; cursor !== undefined; ) {
      const page = await denialsAsked(history.db, { most: 2, ...(cursor && { cursor }) });
      all.push(...page.items.map(({ number }) => number));
      cursor = page.next;
    }
    expect(all).toEqual([6, 5, 4, 3, 2, 1, 0]);
    const numbers = async (asked: object) =>
      (await denialsAsked(history.db, { most: 100, ...asked })).items.map(({ number }) => number);
    expect(await numbers({ people: ["ann", "ann-before"] })).toEqual([6, 4, 2, 0]);
    expect(await numbers({ pools: ["old_cad"], fromMs: 1001, untilMs: 1002 })).toEqual([5, 4]);
    expect(await numbers({ devices: ["other"] })).toEqual([]);
  });
});
