import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { holdingsOf } from "../../daemon/domain/holdings.ts";
import { localDays } from "../../daemon/domain/local-days.ts";
import { PastPool } from "../../daemon/domain/past-pool.ts";
import type { SeatPart } from "../../daemon/domain/register.ts";
import { sweepDays } from "../../daemon/domain/sweep.ts";
import { peakOf } from "../../daemon/domain/usage.ts";
import type { History } from "../../daemon/history/database.ts";
import { importPast } from "../../daemon/history/past.ts";
import { gapsIn } from "../../daemon/history/queries/conditions.ts";
import { Writer } from "../../daemon/history/writer.ts";
import { flexnetPast } from "../../daemon/imports/flexnet-launches.ts";
import { pastLogOf } from "../../daemon/imports/flexnet-past.ts";
import { FlexnetPools } from "../../daemon/imports/flexnet-pools.ts";
import { logLines } from "../../daemon/imports/log-lines.ts";
import { readRegister } from "../../daemon/register/read.ts";
import { logOf, pastLogs } from "../support/flexnet.ts";
import { onBothEngines, openTestHistory } from "../support/history.ts";
import { facts } from "../support/ledger.ts";
import { shim } from "../support/shim.ts";
import { LONDON, pool } from "../support/usage.ts";

const REAL = join(import.meta.dirname, "../../../shared/data/flexnet");
const TABLES = ["sessions", "holdings", "denials", "refusals", "gaps", "imports", "progress"] as const;

const parts = (change: { seatFor?: readonly SeatPart[]; overlapping?: boolean } = {}) => ({
  ...{ source: "flexnet", overlapping: change.overlapping ?? false, nowMs: 0 },
  seatFor: () => change.seatFor ?? (["user", "device"] as const),
});

/** All of a history's rows but what counts its transactions. */
async function rowsOf(history: History) {
  const rows = await Promise.all(
    TABLES.map((table) =>
      history.db
        .selectFrom(table as "sessions")
        .selectAll()
        .orderBy("pool")
        .orderBy("number")
        .execute(),
    ),
  );
  return Object.fromEntries(TABLES.map((table, i) => [table, rows[i] ?? []]));
}

const DAY = [
  "09:00 OUT CAD_F asmith@PC-1",
  "09:10 OUT CAD_F asmith@PC-1",
  "09:20 OUT CAD_F bjones@PC-2",
  "09:30 DENIED CAD_F clee@PC-3  (Licensed number of users already reached. (-4,342))",
  "09:33 DENIED CAD_F clee@PC-3  (Licensed number of users already reached. (-4,342))",
  "09:40 IN CAD_F asmith@PC-1",
  "09:41 OUT CAD_F clee@PC-3",
  "10:00 IN CAD_F asmith@PC-1",
  "11:00 IN CAD_F bjones@PC-2",
];
const at = (time: string, date = "2026-03-02") => Date.parse(`${date}T${time}:00Z`);

onBothEngines((engine) => {
  const opened = async () => await openTestHistory(await engine.newPlace());
  const imported = async (history: History, logs: string[][], ...rest: Parameters<typeof parts>) => {
    const all = [];
    for (const log of await pastLogs(logs)) all.push(...(await importPast(history, log, parts(...rest))));
    return all;
  };

  test("launches become sessions, who shares a seat one holding, and denials refusals with their outcome", async () => {
    const history = await opened();
    const told = await imported(history, [logOf("2026-03-02", ...DAY)]);
    expect(told).toMatchObject([{ pool: "CAD_F", launches: 4, denials: 2 }]);

    const { sessions, holdings, denials, refusals, gaps } = await rowsOf(history);
    expect(sessions!.map(({ start_ms, end_ms, flags, why, level }) => [start_ms, end_ms, flags, why, level])).toEqual([
      [at("09:00"), at("09:40"), "", "checked_in", 1],
      [at("09:10"), at("10:00"), "shared", "checked_in", 1],
      [at("09:20"), at("11:00"), "", "checked_in", 2],
      [at("09:41"), at("11:00"), "", "ledger_reset", 3],
    ]);
    expect(holdings!.map(({ start_ms, end_ms }) => [start_ms, end_ms])).toEqual([
      [at("09:00"), at("10:00")],
      [at("09:20"), at("11:00")],
      [at("09:41"), at("11:00")],
    ]);
    expect(denials).toMatchObject([{ reason: "no_seats" }, { reason: "no_seats" }]);
    expect(refusals).toMatchObject([{ denials: 2, sizing_denials: 2, granted_ms: at("09:41"), granted_pool: "CAD_F" }]);
    expect(gaps).toEqual([]);
  });

  test("nobody's name is in it", async () => {
    const history = await opened();
    await imported(history, [logOf("2026-03-02", ...DAY)]);
    expect(JSON.stringify(await rowsOf(history))).not.toMatch(/asmith|bjones|clee|PC-/i);
  });

  test("the same log twice changes nothing", async () => {
    const history = await opened();
    await imported(history, [logOf("2026-03-02", ...DAY)]);
    const before = await rowsOf(history);
    expect(await imported(history, [logOf("2026-03-02", ...DAY)])).toMatchObject([
      { launches: 0, completed: 0, denials: 0 },
    ]);
    expect(await rowsOf(history)).toEqual(before);
  });

  test("a log that has grown adds what is new, and ends what went on: as if it had been read only then", async () => {
    const [whole, history] = [await opened(), await opened()];
    const more = ["12:00 IN CAD_F clee@PC-3", "12:30 OUT CAD_F asmith@PC-1", "12:45 IN CAD_F asmith@PC-1"];
    await imported(whole, [logOf("2026-03-02", ...DAY, ...more)]);
    await imported(history, [logOf("2026-03-02", ...DAY)]);
    const told = await imported(history, [logOf("2026-03-02", ...DAY, ...more)]);
    expect(told).toMatchObject([{ launches: 1, completed: 1, denials: 0 }]);
    const [one, other] = [await rowsOf(whole), await rowsOf(history)];
    for (const table of ["sessions", "holdings", "denials", "refusals", "progress"])
      expect(other[table]).toEqual(one[table]);
  });

  test("logs that overlap, in whatever order, make the same past", async () => {
    const first = DAY.slice(0, 6);
    const second = DAY.slice(3);
    const [whole, history, turned] = [await opened(), await opened(), await opened()];
    await imported(whole, [logOf("2026-03-02", ...DAY)]);
    for (const part of [first, second]) await imported(history, [logOf("2026-03-02", ...part)]);
    for (const part of [second, first, second]) await imported(turned, [logOf("2026-03-02", ...part)]);
    const expected = await rowsOf(whole);
    for (const one of [history, turned]) {
      const rows = await rowsOf(one);
      for (const table of ["sessions", "holdings", "denials", "refusals"]) expect(rows[table]).toEqual(expected[table]);
    }
  });

  test("a launch that one log begins and the next one ends is one session, read together or one by one", async () => {
    const logs = [logOf("2026-03-02", "17:00 OUT CAD_F a@PC-1"), logOf("2026-03-03", "08:00 IN CAD_F a@PC-1")];
    const [together, apart] = [await opened(), await opened()];
    await imported(together, logs);
    for (const log of [...logs, ...logs]) await imported(apart, [log]);
    for (const history of [together, apart]) {
      const { sessions, gaps } = await rowsOf(history);
      expect(sessions).toMatchObject([{ start_ms: at("17:00"), end_ms: at("08:00", "2026-03-03"), why: "checked_in" }]);
      expect(gaps).toEqual([]);
    }
  });

  test("a time between two logs is a gap, unless a quiet server explains it", async () => {
    const history = await opened();
    await imported(history, [logOf("2026-03-02", "09:00 OUT CAD_F a@PC-1", "10:00 IN CAD_F a@PC-1")]);
    await imported(history, [logOf("2026-03-05", "09:00 OUT CAD_F a@PC-1", "10:00 IN CAD_F a@PC-1")]);
    const { gaps } = await rowsOf(history);
    expect(gaps).toMatchObject([{ at_ms: at("09:00", "2026-03-05"), lost_ms: 71 * 3_600_000 }]);
  });

  test("from the end of a log until a daemon counts the pool there are no records, unless a quiet server explains it", async () => {
    const history = await opened();
    await imported(history, [logOf("2026-03-02", "09:00 OUT CAD_F a@PC-1", "10:00 IN CAD_F a@PC-1")]);
    const march = { fromMs: at("00:00", "2026-03-01"), untilMs: at("00:00", "2026-04-01") };
    const gaps = (...names: string[]) => gapsIn(history.db, names, march);
    const endMs = at("10:00");
    expect(await gaps("CAD_F")).toEqual([{ fromMs: endMs, untilMs: Number.POSITIVE_INFINITY }]);
    expect(await gaps("other")).toEqual([]);

    const live = new PastPool("CAD_F", "1772400000000000");
    live.capacity(at("08:00", "2026-03-09"), 10);
    await new Writer(history, "daemon").write(new Map([["CAD_F", live.take()]]));
    expect(await gaps("CAD_F")).toEqual([{ fromMs: endMs, untilMs: at("08:00", "2026-03-09") }]);
    await imported(history, [logOf("2026-03-08", "09:00 OUT CAD_F a@PC-1", "10:00 IN CAD_F a@PC-1")]);
    expect((await gaps("CAD_F")).filter(({ untilMs }) => untilMs > at("00:00", "2026-03-09"))).toEqual([]);
  });

  test("what the register counts in another pool by now is moved there, and counted once", async () => {
    const history = await opened();
    const lines = [logOf("2026-03-02", ...DAY, "12:00 OUT VIEW_F a@PC-1")];
    await imported(history, lines);
    const read = readRegister(
      "organisation: x\nproducts: { cad: { owner: o, flexnet: [CAD_F], pools: [cad] } }\npools: { cad: {} }\n",
      {},
    );
    if ("mistakes" in read) throw new Error("not sound");
    for (const log of await pastLogs(lines, read.register)) {
      const told = await importPast(history, log, parts());
      expect(told.map(({ pool: name, launches, moved }) => [name, launches, moved])).toEqual([
        ["VIEW_F", 0, 0],
        ["cad", 0, 4],
      ]);
    }
    const { sessions, holdings, denials, refusals } = await rowsOf(history);
    for (const rows of [sessions, holdings, denials, refusals])
      expect(rows!.some(({ pool: name }) => name === "CAD_F")).toBe(false);
    expect(sessions!.filter(({ pool: name }) => name === "cad")).toHaveLength(4);
  });

  test("what a daemon counted by itself is not counted again, unless that is asked for", async () => {
    const history = await opened();
    const live = new PastPool("CAD_F", "1772400000000000");
    live.granted(at("09:15"), "019c0000-0000-7000-8000-000000000000", { seatKeys: [], seats: 1, facts: facts() });
    const writer = new Writer(history, "daemon");
    await writer.write(new Map([["CAD_F", live.take()]]));
    const lines = [logOf("2026-03-02", ...DAY)];
    expect(await imported(history, lines)).toMatchObject([
      { launches: 2, denials: 0, countedAlready: 4, countedFromMs: at("09:15") },
    ]);
    expect(await imported(history, lines, { overlapping: true })).toMatchObject([
      { launches: 2, denials: 2, countedAlready: 0 },
    ]);

    // And the daemon goes on where it was.
    live.ended(at("09:50"), "019c0000-0000-7000-8000-000000000000", "program_exited");
    expect(await writer.write(new Map([["CAD_F", live.take()]]))).toMatchObject({ missing: [] });
    const { sessions } = await rowsOf(history);
    expect(sessions!.filter(({ epoch }) => epoch !== "0")).toMatchObject([{ end_ms: at("09:50") }]);
  });

  test("a ledger that begins after an import leaves the import as it is", async () => {
    const history = await opened();
    await imported(history, [logOf("2026-03-02", ...DAY)]);
    const before = await rowsOf(history);
    const live = new PastPool("CAD_F", "1779000000000000");
    live.granted(1_779_000_000_001, "019c0000-0000-7000-8000-000000000001", { seatKeys: [], seats: 1, facts: facts() });
    await new Writer(history, "daemon").write(new Map([["CAD_F", live.take()]]));
    const after = await rowsOf(history);
    for (const table of TABLES) {
      expect(after[table]!.filter(({ epoch }) => epoch === "0")).toEqual(before[table]);
    }
  });

  test("the command imports into it, wherever it lies", async () => {
    const place = await engine.newPlace();
    const folder = mkdtempSync(join(tmpdir(), "seatmeter-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "cad.log"), logOf("2026-03-02", ...DAY).join("\n"));
    const to = "url" in place ? ["--database", place.url, "--data", folder] : ["--data", dirname(place.file)];
    const { exit, stdout } = await shim(["import", "flexnet", join(folder, "cad.log"), ...to]).finished;
    expect({ exit, stdout }).toEqual({
      exit: 0,
      stdout: expect.stringMatching(/4 launches and 2 denials that are new/),
    });
    expect(stdout).not.toContain("correct-horse");
    expect((await rowsOf(await openTestHistory(place))).sessions).toHaveLength(4);
  });

  if (engine.name === "SQLite") {
    test("a full disk imports nothing of a log", async () => {
      const place = await engine.newPlace();
      const history = await openTestHistory(place, { pages: 90 });
      const many = Array.from({ length: 2_000 }, (_, i) => {
        const minute = `${String(Math.floor(i / 60) % 24).padStart(2, "0")}:${String(i % 60).padStart(2, "0")}`;
        return logOf("2026-03-02", `${minute} OUT CAD_F user${i}@PC-${i}`)[1]!;
      });
      const [log] = await pastLogs([[...logOf("2026-03-02"), ...many]]);
      await expect(importPast(history, log!, parts())).rejects.toThrow(/disk is full/);
      const rows = await rowsOf(history);
      for (const table of TABLES) expect(rows[table]).toEqual([]);
    });
  }

  // The logs lie beside the project, not in it.
  if (existsSync(REAL)) {
    describe("a real log", () => {
      test("is history with the peak that its own lines show, and read twice it is the same", async () => {
        const history = await opened();
        const past = await flexnetPast([join(REAL, "autodesk.log.gz")], "Europe/London", logLines);
        const [file] = past.files;
        const names = {
          pools: new FlexnetPools(undefined),
          pseudonym: (_kind: string, name: string) => ({ thisYear: `p${name}`, lastYear: `q${name}` }),
          departmentOf: () => "",
        };
        const log = pastLogOf(file!, file!.untilMs, names);
        await importPast(history, log, parts());
        const before = await rowsOf(history);
        expect(before.sessions).toHaveLength(4556);
        expect(await importPast(history, log, parts())).toEqual(
          expect.not.arrayContaining([expect.objectContaining({ launches: 1 })]),
        );
        expect(await rowsOf(history)).toEqual(before);

        const acad = before.holdings!.filter(({ pool: name }) => name === "64300ACD_F");
        const held = acad.map(({ start_ms, end_ms }) => {
          return { startMs: start_ms, endMs: end_ms as number, seats: 1, department: "", grantedAs: "usual" as const };
        });
        const days = sweepDays(holdingsOf(held), [pool()], localDays("2022-05-05", "2022-07-07", LONDON));
        expect(Math.max(...days.map(peakOf))).toBe(146);
      });
    });
  }
});
