import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { FeatureReport, Report } from "../../client-shim/replay-report.ts";
import { readEvents } from "../../daemon/ledger/event-reader.ts";
import { Keys } from "../../daemon/ledger/keys.ts";
import { Ledger } from "../../daemon/ledger/ledger.ts";
import { demoRegister, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { redisOfFile } from "../support/of-file.ts";
import { shim } from "../support/shim.ts";

const SMALL = join(import.meta.dirname, "../flexnet/small.log");
const REAL = join(import.meta.dirname, "../../../shared/data/flexnet");

const at = redisOfFile();

let daemon: TestDaemon;
afterEach(() => daemon?.stop());

/** A daemon whose register a replay printed, on an empty ledger. */
async function replayDaemon(...args: string[]) {
  await at.connections.reads.flushall();
  const printed = await shim(["sim", "--replay", ...args, "--print-register"]).finished;
  expect(printed).toMatchObject({ exit: 0, stderr: "" });
  daemon = await startDaemon({ register: printed.stdout, env: { REDIS_URL: at.redis.url, SEATMETER_LOG: "error" } });
}

const replay = (...args: string[]) => shim(["sim", "--replay", ...args], { SEATMETER_URL: daemon.url });

async function replayed(...args: string[]): Promise<Report> {
  const end = await replay(...args, "--json").finished;
  expect(end.stderr).not.toMatch(/fault/);
  expect(end.exit).toBe(0);
  return JSON.parse(end.stdout);
}

/** What the events of a pool say, and nothing else. */
async function rebuilt(pool: string) {
  const sites: Record<string, number> = {};
  const counts = { used: 0, peak: 0, seatMs: 0, granted: 0, denied: 0, ended: 0 };
  let number: number | undefined;
  let virtualMs: number | undefined;
  for await (const event of readEvents(at.connections.reads, new Keys("seatmeter:"), pool)) {
    if (number !== undefined) expect(event.number).toBe(number + 1);
    number = event.number;
    counts.seatMs += counts.used * (event.virtualMs - (virtualMs ?? event.virtualMs));
    virtualMs = event.virtualMs;
    counts.used += event.seatsMoved;
    expect(event.level).toBe(counts.used);
    counts.peak = Math.max(counts.peak, counts.used);
    for (const draw of event.draws.split(" ").filter((name) => event.seatsMoved !== 0 && name.startsWith("site:"))) {
      const site = draw.slice("site:".length);
      sites[site] = (sites[site] ?? 0) + event.seatsMoved;
    }
    if (event.kind === "granted" || event.kind === "denied" || event.kind === "ended") counts[event.kind] += 1;
  }
  return { ...counts, sites };
}

/** Every counter of the ledger, rebuilt from the events of the pool's stream. */
async function expectRebuilt(features: readonly FeatureReport[]) {
  const ledger = await Ledger.open({ redis: { path: at.redis.socket }, pulseMs: 0 });
  const levels = await ledger.levels(features.map(({ pool }) => pool));
  await ledger.close();
  for (const { pool, granted, denied, peak } of features) {
    const events = await rebuilt(pool);
    const { used, seatMs, sites, dayPeak } = levels.find((level) => level.pool === pool)!;
    const inUse = (of: Record<string, number>) =>
      Object.fromEntries(Object.entries(of).filter(([, seats]) => seats !== 0));
    expect({ ...events, sites: inUse(events.sites) }).toEqual({
      ...{ used, seatMs, sites: inUse(sites), peak: dayPeak },
      ...{ granted, denied, ended: granted },
    });
    expect(peak).toBe(dayPeak);
    expect(used).toBe(0);
  }
}

// The project does not carry these logs: where they lie beside it, they are played.
if (existsSync(REAL))
  describe("a real log", () => {
    const autodesk = join(REAL, "autodesk.log.gz");
    const maple = join(REAL, "maple.log.gz");

    test.each([
      ["session", 242],
      ["user,device", 146],
    ])(
      "Autodesk by %s: the log's own peak in every feature, 64300ACD_F %i",
      { timeout: 180_000 },
      async (seatFor, peak) => {
        await replayDaemon(autodesk, "--seat-for", seatFor);
        const { features, stillUsed, lost, agrees } = await replayed(autodesk, "--seat-for", seatFor, "--speed", "max");
        expect(features.find(({ feature }) => feature === "64300ACD_F")).toMatchObject({
          ...{ launches: 1677, granted: 1677, denied: 0, peak, logPeak: peak },
        });
        expect(features.map((one) => [one.feature, one.peak])).toEqual(
          features.map((one) => [one.feature, one.logPeak]),
        );
        expect(features).toHaveLength(18);
        expect({ stillUsed, lost, agrees }).toEqual({ stillUsed: 0, lost: 0, agrees: true });
        await expectRebuilt(features);
      },
    );

    test("Maple, with a tenth of the seats: who is denied is counted", async () => {
      await replayDaemon(maple, "--seat-for", "session", "--seats", "4");
      const { features } = await replayed(maple, "--seat-for", "session", "--seats", "4");
      const [all] = features;
      expect(all).toMatchObject({
        feature: "Maple",
        launches: 131,
        peak: 4,
        logPeak: 39,
        denials: { no_seats: all!.denied },
      });
      expect(all!.denied).toBeGreaterThan(0);
      expect(all!.granted + all!.denied).toBe(131);
      await expectRebuilt(features);
    });
  });

describe("a log with restarts, shared seats and unreadable lines", () => {
  test.each(["session", "user,device"])("by %s: the log's own peaks", async (seatFor) => {
    await replayDaemon(SMALL, "--seat-for", seatFor);
    const report = await replayed(SMALL, "--seat-for", seatFor);
    const peaks = Object.fromEntries(report.features.map(({ feature, peak }) => [feature, peak]));
    const CAD_F = seatFor === "session" ? 4 : 3;
    expect(peaks).toEqual({ CAD_2022_0F: 1, CAD_2023_0F: 2, CAD_F, NIGHT: 2, Sums: 5 });
    expect(report).toMatchObject({ agrees: true, unread: 5 });
    await expectRebuilt(report.features);
  });

  test("at many times its own speed it is the same", async () => {
    await replayDaemon(SMALL);
    // Three days in about two seconds.
    expect(await replayed(SMALL, "--speed", "120000")).toMatchObject({ agrees: true });
  });

  test("played twice it finds empty pools both times", async () => {
    await replayDaemon(SMALL);
    const first = await replayed(SMALL, "--seat-for", "session");
    const second = await replayed(SMALL, "--seat-for", "user,device");
    const cad = (report: Report) => report.features.find(({ feature }) => feature === "CAD_F");
    expect(cad(first)).toMatchObject({ peak: 4 });
    expect(cad(second)).toMatchObject({ peak: 3, logPeak: 3, product: "CAD_F" });
    expect(cad(second)!.pool).not.toBe(cad(first)!.pool);
  });

  test("stopped in the middle it gives back what is open", async () => {
    await replayDaemon(SMALL);
    const running = replay(SMALL, "--speed", "100", "--json");
    const used = async () => {
      const { items } = (await (await fetch(`${daemon.httpUrl}/api/v1/pools`)).json()) as { items: { used: number }[] };
      return items.reduce((sum, one) => sum + one.used, 0);
    };
    await expect.poll(used).toBeGreaterThan(0);
    running.child.kill("SIGINT");
    const end = await running.finished;
    expect(end.exit).toBe(1);
    expect(JSON.parse(end.stdout)).toMatchObject({ stopped: true, stillUsed: 0, agrees: false });
    expect(await used()).toBe(0);
  });
});

describe("a register that is not a replay's", () => {
  test("stays in force, and the way to one that is is said", async () => {
    daemon = await startDaemon({ register: demoRegister() });
    const end = await replay(SMALL).finished;
    expect(end).toMatchObject({ exit: 78, stdout: "" });
    expect(end.stderr).toContain("The register in force is that of Exampleshire Council");
    expect(end.stderr).toContain(`sim --replay ${SMALL} --print-register > replay.yaml`);
    const inForce = (await (await fetch(`${daemon.httpUrl}/api/v1/register`)).json()) as { text: string };
    expect(inForce.text).toBe(demoRegister());
  });
});

describe("what cannot be played", () => {
  const folder = mkdtempSync(join(tmpdir(), "sm-replay-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([
    ["a log that is not there", [join(folder, "none.log")], "none.log cannot be read"],
    ["a file that is no log", [import.meta.filename], "has no OUT, IN or DENIED line"],
    ["no speed", [SMALL, "--speed", "0"], "--speed is a number above 0, or max, not 0"],
    [
      "nobody who shares a seat",
      [SMALL, "--seat-for", "person"],
      "--seat-for is a list of user, device, session, not person",
    ],
    ["no zone", [SMALL, "--timezone", "Mars/Olympus"], "--timezone is one such as Europe/London, not Mars/Olympus"],
  ])("%s: 64", async (_name, args, said) => {
    const end = await shim(["sim", "--replay", ...args]).finished;
    expect(end).toMatchObject({ exit: 64, stderr: expect.stringContaining(said) });
  });
});
