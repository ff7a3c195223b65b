import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { localDays } from "../../daemon/domain/local-days.ts";
import { seeded } from "../../daemon/domain/random.ts";
import { RULE } from "../../daemon/sizing/recommendation.ts";
import * as naive from "../sizing/naive.ts";
import { naiveReplay } from "../sizing/naive-replay.ts";
import { openTab, startBrowser, violationsOf } from "../support/browser.ts";
import { startDaemon, type TestDaemon } from "../support/daemon.ts";
import { holdingsOfLog, type LogLine, linesOfUse } from "../support/naive-log.ts";
import { shim } from "../support/shim.ts";
import { HOUR } from "../support/usage.ts";

/*
 * Two real logs of a FlexNet server, which lie beside the project and not in it, read into the history of a running
 * daemon. What its report then says is compared with what the lines of the logs say, worked out here from scratch.
 */

const REAL = join(import.meta.dirname, "../../../shared/data/flexnet");
const UTC = {
  timezone: "UTC",
  workingHours: { days: [1, 2, 3, 4, 5], fromMinute: 480, untilMinute: 1080 },
  holidays: [],
};
const REGISTER = `
organisation: Exampleshire Council
timezone: UTC
products:
  autocad: { name: AutoCAD, owner: cad@exampleshire.example, flexnet: [64300ACD_F], pools: [acad] }
  maple: { name: Maple, owner: maths@exampleshire.example, flexnet: [Maple], pools: [maple] }
pools:
  acad:
    entitlements: [{ reference: PO-1, seats: 200, starts: 2020-01-01, ends: 2998-12-31, notice: 90d, cost: { amount: 20000, currency: GBP, per: year } }]
  maple:
    entitlements: [{ reference: PO-2, seats: 50, starts: 2020-01-01, ends: 2998-12-31, notice: 90d }]
`;
const LOGS = [
  { log: "autodesk", pool: "acad", feature: "64300ACD_F", launches: 1677, peakSessions: 242, peakUserDevice: 146 },
  { log: "maple", pool: "maple", feature: "Maple", launches: 131, peakSessions: 39, peakUserDevice: 9 },
] as const;

const isThere = existsSync(REAL);

describe.skipIf(!isThere)("the real logs in ../shared/data/flexnet", () => {
  let daemon: TestDaemon;
  let browser: Browser;
  beforeAll(async () => {
    daemon = await startDaemon({ register: REGISTER, env: { SEATMETER_HISTORY: "on" } });
    browser = await startBrowser();
    // The logs are older than what is kept: what was read before the first look would be deleted by it.
    await vi.waitUntil(() => rows("select * from retention_runs").length > 0, 60_000);
  });
  afterAll(async () => {
    await browser?.close();
    await daemon?.stop();
  });

  const fileOf = (log: string) => join(REAL, `${log}.log.gz`);
  const importing = (log: string, ...args: string[]) =>
    shim([
      "import",
      "flexnet",
      fileOf(log),
      "--data",
      daemon.data,
      "--register",
      join(daemon.data, "register.yaml"),
      ...args,
    ]).finished;
  const rows = (text: string) => {
    const database = new DatabaseSync(join(daemon.data, "history.sqlite"), { readOnly: true });
    try {
      return database.prepare(text).all();
    } finally {
      database.close();
    }
  };
  const kept = () =>
    ["sessions", "holdings", "denials", "refusals", "gaps", "imports"].map((table) => rows(`select * from ${table}`));
  const ask = async (path: string) => (await (await fetch(daemon.httpUrl + path)).json()) as Record<string, never>;

  test.each(LOGS)("each line of use of $log is read, and the features are counted as they say", async (expected) => {
    const { log, pool, feature, launches, peakSessions, peakUserDevice } = expected;
    const { exit, stdout } = await importing(log, "--json");
    const { features, unread } = JSON.parse(stdout);
    expect({ exit, unread }).toEqual({ exit: 0, unread: 0 });
    expect(features).toContainEqual(
      expect.objectContaining({ feature, launches, peakSessions, peakUserDevice, denials: 0 }),
    );
    const lines = linesOfUse(fileOf(log));
    const ofKind = (some: readonly LogLine[], kind: string) => some.filter((line) => line.kind === kind).length;
    for (const [name, own] of Map.groupBy(lines, (line) => line.feature))
      expect(features).toContainEqual(
        expect.objectContaining({ feature: name, launches: ofKind(own, "OUT"), denials: ofKind(own, "DENIED") }),
      );
    const own = lines.filter((line) => line.feature === feature);
    expect(rows(`select why, count(*) as n from sessions where pool = '${pool}' group by why order by why`)).toEqual(
      [
        { why: "checked_in", n: ofKind(own, "IN") },
        { why: "ledger_reset", n: ofKind(own, "OUT") - ofKind(own, "IN") },
      ].filter(({ n }) => n > 0),
    );
    const before = kept();
    expect((await importing(log)).stdout).toMatch(/Nothing new: .* has all of it already\.\n/);
    expect(kept()).toEqual(before);
  });

  test.each(LOGS)("the report of $pool recommends what the lines of $log support", async ({ log, pool, feature }) => {
    const lines = linesOfUse(fileOf(log));
    const dates = lines.map(({ atMs }) => new Date(atMs).toISOString().slice(0, 10)).sort();
    const [from, to] = [dates[0]!, dates.at(-1)!];
    const report = await ask(`/api/v1/renewals/${pool}?from=${from}&to=${to}`);

    const days = localDays(from, to, UTC);
    const span = { fromMs: days[0]!.startMs, untilMs: days.at(-1)!.endMs };
    // After the last line of the log nobody knows.
    const gaps = [{ fromMs: Math.max(...lines.map(({ atMs }) => atMs)), untilMs: Number.POSITIVE_INFINITY }];
    const use = { holdings: holdingsOfLog(lines, feature), gaps, capacity: [{ fromMs: 0, seats: 0 }] };
    const scenes = naive.scenes(use, span);
    const arrivals = days.map((day) => naive.arrivals(use, { fromMs: day.startMs, untilMs: day.endMs }));
    const peaks = days.map((day) => naive.peak(naive.scenes(use, { fromMs: day.startMs, untilMs: day.endMs })));
    const count = (found: Record<number, number>, from = 0) =>
      Object.entries(found).reduce((sum, [k, n]) => (Number(k) >= from ? sum + n : sum), 0);
    const together = (drawn: readonly Record<number, number>[]) => {
      const all: Record<number, number> = {};
      for (const one of drawn) for (const [k, n] of Object.entries(one)) all[Number(k)] = (all[Number(k)] ?? 0) + n;
      return all;
    };
    const random = seeded(RULE.seed);
    const needs = Array.from({ length: RULE.resamplings }, () => {
      const drawn = days.map(() => Math.floor(random() * days.length));
      const peak = Math.max(...drawn.map((day) => peaks[day]!));
      return naive.seatsForShare(together(drawn.map((day) => arrivals[day]!)), RULE.share, peak);
    }).sort((one, other) => one - other);
    const [low, high] = [needs[RULE.resamplings / 10 - 1]!, needs[(RULE.resamplings * 9) / 10 - 1]!];
    expect(report).toMatchObject({
      ...{ peak: naive.peak(scenes), peakAtMs: naive.firstAt(scenes, naive.peak(scenes)) },
      ...{ launches: use.holdings.length, turnedAway: 0, keptWaiting: 0, recommended: high, range: [low, high] },
      confidence: { level: "low" },
    });
    const whole = together(arrivals);
    for (const { seats, foundNoneFree, daysShort, hoursFull, peopleRefused } of report.options as unknown as Option[])
      expect({ seats, foundNoneFree, daysShort, hoursFull, peopleRefused }).toEqual({
        ...{ seats, foundNoneFree: count(whole, seats), daysShort: peaks.filter((peak) => peak > seats).length },
        hoursFull: expect.closeTo(naive.timeWith(scenes, ({ level }) => level >= seats) / HOUR, 6),
        peopleRefused: naiveReplay(use, span, seats, { does: "lost" }).turnedAway,
      });
  });

  test.each(LOGS)(
    "the page of $pool opens, of the year of the log, and says what the report says",
    async ({ pool }) => {
      const tab = await openTab(browser);
      const report = await ask(`/api/v1/renewals/${pool}`);
      expect(report).toMatchObject({ from: "2021-08-01", to: "2022-07-31" });
      await tab.page.goto(`${daemon.httpUrl}/renewals/${pool}`);
      // Two months are too early for a number to be decided by, and what they needed is told all the same.
      const words = `Too early to recommend a number: so far ${report.recommended} seats would have done.`;
      await tab.page.getByText(words).waitFor();
      await tab.page.getByRole("row", { name: new RegExp(`^${report.recommended} `) }).waitFor();
      await tab.page.getByText("Confidence: LOW").waitFor();
      expect(await violationsOf(tab.page)).toEqual([]);
      expect(tab.complaints).toEqual([]);
      await tab.close();
    },
  );

  test("years after a log nobody is said to have wanted no seat: there are no records of them", async () => {
    const { items } = (await ask("/api/v1/usage?pool=acad&from=2024-02-05&to=2024-02-06&step=day")) as {
      items?: Day[];
    };
    for (const { gaps, fromMs, untilMs } of items!) expect(gaps).toEqual([{ fromMs, untilMs }]);
    expect(items).toHaveLength(2);
    expect(await ask("/api/v1/renewals/acad?from=2024-01-01&to=2024-12-31")).toMatchObject({
      ...{ coverage: 0, confidence: { level: "low" } },
    });
  });
});

interface Option {
  seats: number;
  foundNoneFree: number;
  daysShort: number;
  hoursFull: number;
  peopleRefused: number;
}
interface Day {
  fromMs: number;
  untilMs: number;
  gaps: { fromMs: number; untilMs: number }[];
}
