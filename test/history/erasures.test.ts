import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { History } from "../../daemon/history/database.ts";
import { agreeErasures, type Erasure, erase, ownDevices, replayErasures } from "../../daemon/history/erasures.ts";
import { importPast } from "../../daemon/history/past.ts";
import { countPeople } from "../../daemon/history/people.ts";
import { personInHistory } from "../../daemon/history/person.ts";
import { Rollups } from "../../daemon/history/rollups.ts";
import { putRows } from "../../daemon/history/write.ts";
import { onBothEngines, openTestHistory } from "../support/history.ts";
import { end, record, refuse, registerWith } from "../support/recorded.ts";
import { at } from "../support/usage.ts";

const NOW = at("2026-03-20T12:00");
const DAY = 86_400_000;
const ADA = ["asmith25", "asmith26"];
const ACT = { reason: "asked for", author: "pat" };
const register = registerWith({ pool: "metric: named-user" });

/** Two people over New Year, on a computer of one alone and on one of both. */
async function openWithTwo(history: History) {
  const ada = { person: "asmith26", personLastYear: "asmith25" };
  const own = { device: "own26", deviceLastYear: "own25" };
  const both = { device: "both26", deviceLastYear: "both25" };
  await record(
    history,
    {
      person: "asmith25",
      personLastYear: "asmith24",
      device: "own25",
      from: "2025-12-30T09:00",
      until: "2025-12-30T11:00",
    },
    {
      person: "asmith25",
      personLastYear: "asmith24",
      device: "both25",
      from: "2025-12-31T09:00",
      until: "2025-12-31T11:00",
    },
    { ...ada, ...own, from: "2026-01-05T09:00", until: "2026-01-05T11:00" },
    { ...ada, ...own, from: "2026-03-20T09:00" },
    { person: "bo26", personLastYear: "bo25", ...both, from: "2026-01-05T10:00", until: "2026-01-05T12:00" },
  );
  await refuse(history, { person: "asmith26", first: "2026-01-06T09:00" });
  const change = { epoch: "1", lease_id: "", product: "cad", site: "" };
  await putRows(history.db, "changes", [
    {
      ...change,
      pool: "cad",
      number: 901,
      kind: "kept",
      word: "hold 1",
      who: "asmith26",
      at_ms: at("2026-01-05T11:00"),
    },
    {
      ...change,
      pool: "cad",
      number: 902,
      kind: "freed",
      word: "hold 1 unused",
      who: "asmith26",
      at_ms: at("2026-02-10T11:00"),
    },
    {
      ...change,
      pool: "cad",
      number: 903,
      kind: "kept",
      word: "linger 1",
      who: "bo26:both26",
      at_ms: at("2026-02-10T11:00"),
    },
  ]);
  const rollups = new Rollups({ history, register: () => register, me: "me", now: () => NOW });
  await rollups.run();
  return rollups;
}

const erasureOf = async (history: History, atMs = NOW): Promise<Erasure> => ({
  ...{ id: randomUUID(), atMs, people: [...ADA, "asmith24"], devices: await ownDevices(history.db, ADA) },
});
const days = ({ db }: History) => db.selectFrom("pool_days").selectAll().orderBy("date").execute();
const counted = ({ db }: History) =>
  countPeople(db, register, { pool: "cad", names: ["cad"] }, [
    { from: "2025-04-01", until: "2026-03-31" },
    { from: "2026-01-01", until: "2026-03-31" },
    { from: "2025-12-30", until: "2025-12-30" },
  ]);

/** Everything but the list of erasures and what is under way, as one text. */
async function everything({ db }: History): Promise<string> {
  const tables = ["sessions", "holdings", "denials", "refusals", "changes"] as const;
  return JSON.stringify(
    await Promise.all(
      tables.map((table) =>
        db
          .selectFrom(table as "sessions")
          .selectAll()
          .execute(),
      ),
    ),
  );
}

onBothEngines(({ newPlace }) => {
  test("somebody is found under every key, with what ran, was refused and was assigned", async () => {
    const history = await openTestHistory(await newPlace());
    await openWithTwo(history);
    const found = await personInHistory(history.db, ADA, "pat");
    expect(found.launches.map(({ fromMs, untilMs }) => [fromMs, untilMs])).toEqual([
      [at("2025-12-30T09:00"), at("2025-12-30T11:00")],
      [at("2025-12-31T09:00"), at("2025-12-31T11:00")],
      [at("2026-01-05T09:00"), at("2026-01-05T11:00")],
      [at("2026-03-20T09:00"), null],
    ]);
    expect(found.refusals).toMatchObject([{ outcome: "turned_away" }]);
    expect(found.assignments.map(({ outcome }) => outcome)).toEqual(["kept hold 1", "freed hold 1 unused"]);
  });

  test("of computers those are somebody's own that nobody else used, in any year", async () => {
    const history = await openTestHistory(await newPlace());
    await openWithTwo(history);
    expect(await ownDevices(history.db, ADA)).toEqual(["own25", "own26"]);
    expect(await ownDevices(history.db, ["bo26"])).toEqual([]);
  });

  test("an erasure leaves nothing of somebody, all of others, and every day and count as it was", async () => {
    const history = await openTestHistory(await newPlace());
    const rollups = await openWithTwo(history);
    const [daysBefore, peopleBefore] = [await days(history), await counted(history)];

    const erasure = await erasureOf(history);
    expect(await erase(history, erasure, { ...ACT, nowMs: NOW })).toMatchObject({ open: 1 });
    await end(history, "asmith26", "2026-03-20T13:00");
    await rollups.run();
    expect(await replayErasures(history.db, NOW + 2 * DAY)).toBeGreaterThan(0);

    const text = await everything(history);
    expect(text).not.toMatch(/asmith2\d|own2\d/);
    expect(text).toMatch(/bo26:both26/);
    expect(text.match(/both25/g)).toHaveLength(4);
    await rollups.run();
    const control = await openTestHistory(await newPlace());
    const others = await openWithTwo(control);
    await end(control, "asmith26", "2026-03-20T13:00");
    await others.run();
    const daysEnded = await days(control);
    expect(await days(history)).toEqual(daysEnded);
    await rollups.recompute();
    expect(await days(history)).toEqual(daysEnded);
    expect(daysEnded.slice(0, -1)).toEqual(daysBefore.slice(0, -1));
    expect(await counted(history)).toEqual(peopleBefore);
    expect(daysBefore.length).toBeGreaterThan(80);
    expect(daysBefore.filter(({ demand }) => demand)).not.toEqual([]);
  });

  test("when nothing of an erasure is under way any more, nothing tells what stands in place of what", async () => {
    const history = await openTestHistory(await newPlace());
    await openWithTwo(history);
    await erase(history, await erasureOf(history), { ...ACT, nowMs: NOW });
    await replayErasures(history.db, NOW + 2 * DAY);
    const row = () => history.db.selectFrom("erasures").selectAll().executeTakeFirstOrThrow();
    expect(await row()).toMatchObject({ done_ms: null, replacements: expect.stringContaining("asmith26") });
    await end(history, "asmith26", "2026-03-20T13:00");
    await replayErasures(history.db, NOW + 3 * DAY, "unfinished");
    expect(await row()).toMatchObject({ done_ms: NOW + 3 * DAY, replacements: null, author: "pat" });
  });

  test("what began after an erasure is somebody's own again", async () => {
    const history = await openTestHistory(await newPlace());
    await openWithTwo(history);
    await erase(history, await erasureOf(history), { ...ACT, nowMs: NOW });
    await record(history, { person: "asmith26", from: "2026-03-20T12:30", until: "2026-03-20T12:40" });
    await replayErasures(history.db, NOW + 2 * DAY);
    const { launches } = await personInHistory(history.db, ["asmith26"], "asmith");
    expect(launches.map(({ fromMs }) => fromMs)).toEqual([at("2026-03-20T09:00"), at("2026-03-20T12:30")]);
  });

  test("an erasure that the history does not know, because it came back from a backup, is done again", async () => {
    const history = await openTestHistory(await newPlace());
    await openWithTwo(history);
    const listed = [await erasureOf(history)];
    const fromMs = NOW - 400 * DAY;
    expect(await agreeErasures(history, listed, { fromMs, nowMs: NOW })).toEqual({ all: listed, replayed: 1 });
    expect((await personInHistory(history.db, ADA, "pat")).launches).toMatchObject([{ untilMs: null }]);
    expect(await agreeErasures(history, listed, { fromMs, nowMs: NOW })).toEqual({ all: listed, replayed: 0 });
    // One of so long ago is about nothing that is kept.
    const old = { ...listed[0]!, id: randomUUID(), atMs: fromMs - 1 };
    expect(await agreeErasures(history, [old], { fromMs, nowMs: NOW })).toEqual({ all: listed, replayed: 0 });
  });

  test("a log that is read in again brings nobody back who was erased, and nobody twice", async () => {
    const history = await openTestHistory(await newPlace());
    const launch = (leaseId: string, person: string, atMs: number) => ({
      ...{ leaseId, pool: "cad", product: "cad", person, personLastYear: "", device: "d", deviceLastYear: "" },
      ...{ department: "", seats: 1, fromMs: atMs, untilMs: atMs + 1000, why: "checked_in" as const },
    });
    const [first, second] = [at("2026-01-05T09:00"), at("2026-01-06T09:00")];
    const log = (id: string, ...launches: ReturnType<typeof launch>[]) => ({
      ...{ id, fromMs: first, untilMs: second + 1000, launches, denials: [], ends: [] },
    });
    const parts = { source: "flexnet", seatFor: () => ["user" as const], overlapping: false, nowMs: NOW };
    await importPast(history, log("one", launch("a", "asmith26", first)), parts);
    await erase(history, await erasureOf(history), { ...ACT, nowMs: NOW });
    await importPast(history, log("two", launch("a", "asmith26", first), launch("b", "asmith26", second)), parts);
    const rows = await history.db.selectFrom("sessions").selectAll().orderBy("number").execute();
    expect(rows.map(({ lease_id }) => lease_id)).toEqual(["a", "b"]);
    expect(new Set(rows.map(({ person }) => person)).size).toBe(1);
    expect(await everything(history)).not.toContain("asmith26");
  });
});
