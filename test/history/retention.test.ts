import { expect, test } from "vitest";
import { wallTime } from "../../daemon/domain/calendar.ts";
import type { History } from "../../daemon/history/database.ts";
import { importPast } from "../../daemon/history/past.ts";
import { deleteOld, retentionRuns } from "../../daemon/history/retention.ts";
import { Rollups } from "../../daemon/history/rollups.ts";
import { putRows } from "../../daemon/history/write.ts";
import { onBothEngines, openTestHistory } from "../support/history.ts";
import { record, refuse, registerWith } from "../support/recorded.ts";
import { at } from "../support/usage.ts";

const NOW = "2026-11-20T02:00";

/** A history with launches of that many months ago, worked out by one daemon of two. */
async function openOld(history: History, { now = NOW, register = registerWith() } = {}) {
  const clock = { ms: at(now) };
  const parts = { history, register: () => register, now: () => clock.ms };
  const rollups = new Rollups({ ...parts, me: "one" });
  const other = new Rollups({ ...parts, me: "other" });
  return { clock, parts: { ...parts, rollups }, other: { ...parts, rollups: other }, rollups };
}

const days = ({ db }: History) => db.selectFrom("pool_days").selectAll().orderBy("pool").orderBy("date").execute();
const sessions = async ({ db }: History) =>
  (await db.selectFrom("sessions").select("person").orderBy("person").execute()).map(({ person }) => person);

onBothEngines(({ newPlace }) => {
  test("launches go when they have been over for thirteen months, and their days stay as they were, byte for byte", async () => {
    const history = await openTestHistory(await newPlace());
    await record(
      history,
      { person: "old", from: "2025-10-01T09:00", until: "2025-10-01T11:00" },
      { person: "late", from: "2025-10-19T09:00", until: "2025-10-20T09:00" },
      { person: "open", from: "2025-09-01T09:00" },
      { person: "new", from: "2026-11-02T09:00", until: "2026-11-02T11:00" },
    );
    await refuse(history, { person: "refused", first: "2025-10-02T09:00" });
    const { parts, rollups } = await openOld(history);
    await rollups.run();
    const before = await days(history);

    const run = await deleteOld(parts);
    expect(run).toMatchObject({ deleted: { sessions: 1, holdings: 1, refusals: 1 }, waiting: [] });
    expect(await sessions(history)).toEqual(["late", "new", "open"]);
    await rollups.recompute();
    expect(await days(history)).toEqual(before);
    expect(before.length).toBeGreaterThan(400);
  });

  test("it is done once a day, by one of several daemons, and what it did can be looked up", async () => {
    const history = await openTestHistory(await newPlace());
    await record(history, { from: "2025-01-01T09:00", until: "2025-01-01T11:00" });
    const { clock, parts, other, rollups } = await openOld(history);
    await rollups.run();
    const runs = await Promise.all([deleteOld(parts), deleteOld(other)]);
    expect(runs.filter((run) => run)).toHaveLength(1);
    expect(await deleteOld(parts)).toBeUndefined();
    expect(await deleteOld(other)).toBeUndefined();

    clock.ms += 86_400_000;
    expect(await deleteOld(other)).toMatchObject({ deleted: {} });
    expect((await retentionRuns(history.db, 10)).map(({ deleted }) => deleted)).toEqual([
      {},
      { sessions: 1, holdings: 1 },
    ]);
  });

  test("more than one batch is deleted, and all that is of a person is among it", async () => {
    const history = await openTestHistory(await newPlace());
    const told = Array.from({ length: 2_100 }, (_, i) => ({
      person: `p-${i}`,
      from: "2025-01-06T09:00",
      until: "2025-01-06T11:00",
    }));
    await record(history, ...told);
    const key = { pool: "cad", epoch: "1", at_ms: at("2025-01-06T09:00") };
    const launch = { product: "cad", person: "p", person_last_year: "", device: "d", device_last_year: "" };
    const about = { lease_id: "l", department: "", site: "", reason: "no_seats", version: "", asked_first: "" };
    const denial = { ...launch, ...about, attempt_id: "", seats: 1, level: 1 };
    await putRows(history.db, "denials", [
      { ...key, ...denial, number: 1 },
      // Of a product that the register does not know: no pool's days tell of it.
      { ...key, ...denial, number: 2, pool: "none" },
    ]);
    const change = { kind: "kept", lease_id: "", product: "", site: "", word: "linger 1", who: "p:d" };
    await putRows(history.db, "changes", [{ ...key, ...change, number: 3 }]);
    const { parts, rollups } = await openOld(history, { register: registerWith({ seats: 5_000 }) });
    await rollups.run();

    expect(await deleteOld(parts)).toMatchObject({
      deleted: { sessions: 2_100, holdings: 2_100, denials: 2, changes: 1 },
      oldestMs: null,
    });
  });

  test("the register says for how long, and days go after their own time", async () => {
    const history = await openTestHistory(await newPlace());
    await record(
      history,
      { person: "ada", from: "2026-08-03T09:00", until: "2026-08-03T11:00" },
      { person: "bo", from: "2026-11-02T09:00", until: "2026-11-02T11:00" },
      { person: "long ago", from: "2020-11-18T09:00", until: "2020-11-18T11:00" },
    );
    const register = registerWith({ top: "privacy: { keepSessions: 60d, keepDays: 6 years }" });
    const { parts, rollups } = await openOld(history, { register });
    await rollups.run();
    const first = (await days(history))[0]!.date;
    await deleteOld(parts);
    expect(await sessions(history)).toEqual(["bo"]);
    expect([first, (await days(history))[0]!.date]).toEqual(["2020-11-18", "2020-11-20"]);
    expect(wallTime(parts.now(), "Europe/London").date).toBe("2026-11-20");
  });

  test("launches of a pool whose days cannot be worked out wait, and the night tells of the pool", async () => {
    const history = await openTestHistory(await newPlace());
    await record(history, { person: "ada", from: "2025-01-06T09:00", until: "2025-01-06T11:00" });
    const { parts } = await openOld(history);
    expect(await deleteOld(parts)).toMatchObject({ deleted: {}, waiting: ["cad"] });
    expect(await sessions(history)).toEqual(["ada"]);
  });

  test("a log of what is no longer kept is left out, and told of", async () => {
    const history = await openTestHistory(await newPlace());
    await record(history, { person: "ada", from: "2025-01-06T09:00", until: "2025-01-06T11:00" });
    const { parts, rollups } = await openOld(history);
    await rollups.run();
    await deleteOld(parts);
    const launch = {
      ...{
        leaseId: "a",
        pool: "cad",
        product: "cad",
        person: "bo",
        personLastYear: "",
        device: "d",
        deviceLastYear: "",
      },
      ...{ department: "", seats: 1, fromMs: at("2025-01-05T09:00"), untilMs: at("2025-01-05T10:00") },
      why: "checked_in" as const,
    };
    const log = {
      id: "log",
      fromMs: launch.fromMs,
      untilMs: launch.untilMs,
      launches: [launch],
      denials: [],
      ends: [],
    };
    const how = { source: "flexnet", seatFor: () => ["user" as const], overlapping: true };
    expect(await importPast(history, log, how)).toMatchObject([{ pool: "cad", launches: 0, tooOld: 1 }]);
    expect(await sessions(history)).toEqual([]);
  });
});
