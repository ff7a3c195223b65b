import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { planOf } from "../../client-shim/replay-plan.ts";
import { type FlexnetEvent, FlexnetLog } from "../../daemon/imports/flexnet-log.ts";
import { FlexnetSessions, type Session } from "../../daemon/imports/flexnet-sessions.ts";
import { FlexnetUse } from "../../daemon/imports/flexnet-use.ts";
import { logLines } from "../../daemon/imports/log-lines.ts";

const SMALL = join(import.meta.dirname, "../flexnet/small.log");
const REAL = join(import.meta.dirname, "../../../shared/data/flexnet");

function events(timezone: string, ...files: string[][]): { log: FlexnetLog; events: FlexnetEvent[] } {
  const log = new FlexnetLog(timezone);
  const read = files.flatMap((lines) => [...lines.flatMap((line) => log.read(line)), ...log.endFile()]);
  return { log, events: read };
}

const uses = (timezone: string, ...files: string[][]) =>
  events(timezone, ...files).events.filter((event) => event.kind !== "restart");

const moments = (timezone: string, ...files: string[][]) =>
  uses(timezone, ...files).map(({ kind, user, atMs }) => `${kind} ${user} ${new Date(atMs).toISOString()}`);

async function readWhole(timezone: string, ...files: string[]) {
  const log = new FlexnetLog(timezone);
  const sessions = new FlexnetSessions();
  const use = new FlexnetUse();
  const ended: Session[] = [];
  const follow = (event: FlexnetEvent) => {
    const step = sessions.follow(event);
    use.follow(event, step);
    ended.push(...step.ended);
  };
  for (const file of files) {
    for await (const line of logLines(file)) for (const event of log.read(line)) follow(event);
    for (const event of log.endFile()) follow(event);
  }
  return { log, features: use.features(), ended, open: [...sessions.open()], unmatched: sessions.unmatched };
}

describe("a log with everything that logs may hold", () => {
  let read: Awaited<ReturnType<typeof readWhole>>;
  beforeAll(async () => {
    read = await readWhole("Europe/London", SMALL);
  });

  test("each feature is counted as its own lines say", () => {
    const at = (moment: string) => Date.parse(moment);
    expect(read.features).toEqual([
      {
        feature: "CAD_2022_0F",
        launches: 1,
        peakSessions: 1,
        peakUserDevice: 1,
        denials: 0,
        firstAtMs: at("2023-03-24T09:05:00Z"),
        lastAtMs: at("2023-03-24T09:05:00Z"),
      },
      {
        feature: "CAD_2023_0F",
        launches: 2,
        peakSessions: 2,
        peakUserDevice: 2,
        denials: 0,
        firstAtMs: at("2023-03-24T09:00:10Z"),
        lastAtMs: at("2023-03-24T09:20:00Z"),
      },
      {
        feature: "CAD_F",
        launches: 7,
        peakSessions: 4,
        peakUserDevice: 3,
        denials: 2,
        firstAtMs: at("2023-03-24T09:00:00Z"),
        lastAtMs: at("2023-03-27T06:05:00Z"),
      },
      {
        feature: "NIGHT",
        launches: 2,
        peakSessions: 2,
        peakUserDevice: 2,
        denials: 0,
        firstAtMs: at("2023-03-24T23:59:58Z"),
        lastAtMs: at("2023-03-25T00:00:02Z"),
      },
      {
        feature: "Sums",
        launches: 4,
        peakSessions: 5,
        peakUserDevice: 5,
        denials: 0,
        firstAtMs: at("2023-03-24T10:00:00Z"),
        lastAtMs: at("2023-03-25T01:30:00Z"),
      },
    ]);
  });

  test("lines that look like use and say too little are counted, not guessed", () => {
    // DENIED of the old kind, OUT without a host, IN of the old kind, OUT torn in its middle, OUT without a time
    expect(read.log.unread).toBe(5);
    expect(read.log.undated).toBe(0);
  });

  test("an IN without an OUT ends nothing", () => {
    // before the log began, and after a restart had ended the session
    expect(read.unmatched).toBe(2);
  });

  test("a session that nothing ended is open", () => {
    expect(read.open).toMatchObject([{ feature: "CAD_F", user: "asmith", fromMs: Date.parse("2023-03-27T06:05:00Z") }]);
  });

  test("a restart ends every session of its daemon, and only of its", () => {
    const night = read.ended.filter(({ untilMs }) => untilMs === Date.parse("2023-03-25T00:30:00Z"));
    expect(night.map(({ feature, user }) => `${feature} ${user}`).sort()).toEqual([
      "CAD_2022_0F ASmith",
      "CAD_2023_0F Zoë O'Neil (planning)",
      "CAD_F ASmith",
      "CAD_F Zoë O'Neil (planning)",
      "CAD_F asmith",
      "CAD_F j.jones@council.example",
      "NIGHT bat",
    ]);
  });

  test("what was out when the server went down ended when the log last shows its daemons running", () => {
    const crash = read.ended.filter(
      ({ user, untilMs }) => user === "late" || untilMs! > Date.parse("2023-03-25T01:30:00Z"),
    );
    expect(crash.map(({ user, untilMs }) => [user, new Date(untilMs!).toISOString()])).toEqual([
      ["late", "2023-03-25T01:30:00.000Z"],
    ]);
  });

  test("an IN belongs to the OUT with its handle, else to one with as many seats", () => {
    const sums = read.ended.filter(({ feature }) => feature === "Sums");
    expect(sums.map(({ seats, handle }) => [seats, handle])).toEqual([
      [3, undefined],
      [1, "1b"],
      [2, undefined],
      [1, "1a"],
    ]);
  });

  test("it is known which features come with a package", () => {
    expect([...read.log.packages].map(([name, components]) => [name, ...components])).toEqual([
      ["CAD_F", "CAD_2023_0F", "CAD_2022_0F", "CAD_2021_0F"],
      ["Sums", "Sums2023"],
      ["Extra", "Extra2023", "Extra2022"],
      ["VIEW_F", "VIEW_2023_0F"],
    ]);
  });
});

describe("what one line says", () => {
  const START = " 8:00:00 (v) TIMESTAMP 3/24/2023";
  const read = (line: string) => uses("UTC", [START, `9:00:00 (v) ${line}`])[0];

  test.each([
    ['OUT: "f" asmith@PC-1  ', { kind: "out", feature: "f", user: "asmith", host: "PC-1", seats: 1 }],
    ['OUT: "f" John Smith@PC 1  (4 licenses) ', { user: "John Smith", host: "PC 1", seats: 4 }],
    ["OUT: f asmith@PC-1  [job 7] (1 licenses)", { feature: "f", user: "asmith", host: "PC-1", seats: 1 }],
    ['IN: "f" Zoë@PC-1  (INACTIVE)', { kind: "in", user: "Zoë", reason: "INACTIVE" }],
    ['IN: "f" a@b.example@PC-1  ', { user: "a@b.example", host: "PC-1" }],
    ['OUT: "f" asmith@PC-1  [x@y] (2 licenses)', { user: "asmith", host: "PC-1", seats: 2 }],
    [
      'DENIED: "f" asmith@PC-1  (Licensed number of users already reached. (-4,342))',
      { kind: "denied", reason: "Licensed number of users already reached. (-4,342)" },
    ],
    ["DENIED: f asmith@PC-1  [v] (Users are queued for this feature. (-24,332))", { seats: 1, host: "PC-1" }],
    ['QUEUED: "f" asmith@PC-1  ', { kind: "queued" }],
    ['DEQUEUED: "f" asmith@PC-1  ', { kind: "dequeued" }],
  ])("%s", (line, expected) => {
    expect(read(line)).toMatchObject(expected);
  });

  test.each([
    'UNSUPPORTED: "f" (00B0 EF6E ) asmith@PC-1  (No such feature exists. (-5,346))',
    'Checkin failed feature "f": asmith PC-1',
    "INFO: Loading lib",
    'SERVER-OUT: Failed to send "f" asmith@PC-1',
  ])("no use of anything, and nothing unread: %s", (line) => {
    const { log, events: read } = events("UTC", [START, `9:00:00 (v) ${line}`]);
    expect(read).toEqual([]);
    expect(log.unread).toBe(0);
  });
});

describe("the date of a line", () => {
  const out = (time: string, user: string) => `${time} (v) OUT: "f" ${user}@PC-1  `;

  test("of lines before the first date told is found back from it, over midnight", () => {
    const lines = [out("22:00:00", "a"), out("23:30:00", "b"), out(" 0:10:00", "c"), " 2:00:00 (v) TIMESTAMP 1/1/2023"];
    expect(moments("UTC", lines)).toEqual([
      "out a 2022-12-31T22:00:00.000Z",
      "out b 2022-12-31T23:30:00.000Z",
      "out c 2023-01-01T00:10:00.000Z",
    ]);
  });

  test("told at midnight is not advanced again by the clock running past it", () => {
    const lines = ["20:00:00 (v) TIMESTAMP 12/31/2022", " 0:00:00 (v) TIMESTAMP 1/1/2023", out(" 0:00:01", "a")];
    expect(moments("UTC", lines)).toEqual(["out a 2023-01-01T00:00:01.000Z"]);
  });

  test("is kept by a line that a second daemon writes a little late over midnight", () => {
    const lines = [
      "23:59:00 (v) TIMESTAMP 12/31/2022",
      out(" 0:00:01", "a"),
      out("23:59:59", "b"),
      out(" 0:00:02", "c"),
    ];
    expect(moments("UTC", lines)).toEqual([
      "out a 2023-01-01T00:00:01.000Z",
      "out b 2022-12-31T23:59:59.000Z",
      "out c 2023-01-01T00:00:02.000Z",
    ]);
  });

  test("and the order of lines survive the hour that an autumn night has twice", () => {
    const lines = [
      "22:00:00 (v) TIMESTAMP 10/29/2022",
      out(" 0:30:00", "a"),
      out(" 1:30:00", "b"),
      out(" 1:10:00", "c"),
      out(" 1:40:00", "d"),
      out(" 2:00:00", "e"),
    ];
    expect(moments("Europe/London", lines)).toEqual([
      "out a 2022-10-29T23:30:00.000Z",
      "out b 2022-10-30T00:30:00.000Z",
      "out c 2022-10-30T01:10:00.000Z",
      "out d 2022-10-30T01:40:00.000Z",
      "out e 2022-10-30T02:00:00.000Z",
    ]);
  });

  test("in a later file is found from what that file tells, however many days lie between", () => {
    const first = [" 9:00:00 (v) TIMESTAMP 1/2/2023", out("17:00:00", "a")];
    const second = [out("18:00:00", "b"), "20:00:00 (v) (@v-SLOG@) Time: Mon Jan 09 2023 20:00:00 GMT"];
    expect(moments("UTC", first, second)).toEqual(["out a 2023-01-02T17:00:00.000Z", "out b 2023-01-09T18:00:00.000Z"]);
  });

  test("in a later file that tells none follows on from the file before", () => {
    const first = [" 9:00:00 (v) TIMESTAMP 1/2/2023", out("17:00:00", "a")];
    expect(moments("UTC", first, [out(" 7:00:00", "b"), out(" 6:00:00", "c")], [out(" 5:00:00", "d")])).toEqual([
      "out a 2023-01-02T17:00:00.000Z",
      "out b 2023-01-03T07:00:00.000Z",
      "out c 2023-01-03T06:00:00.000Z",
      "out d 2023-01-04T05:00:00.000Z",
    ]);
  });

  test("that nothing tells leaves a line unread", () => {
    const { log, events: read } = events("UTC", [out("9:00:00", "a"), out("10:00:00", "b")]);
    expect(read).toEqual([]);
    expect([log.unread, log.undated]).toEqual([2, 2]);
  });

  test("is taken in the given zone", () => {
    expect(moments("Europe/Madrid", [" 9:00:00 (v) TIMESTAMP 7/1/2022", out("9:30:00", "a")])).toEqual([
      "out a 2022-07-01T07:30:00.000Z",
    ]);
  });
});

describe("files", () => {
  const folder = mkdtempSync(join(tmpdir(), "seatmeter-flexnet-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, content: Buffer | string) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const lines = async (path: string) => {
    const read: string[] = [];
    for await (const line of logLines(path)) read.push(line);
    return read;
  };

  test("a gzip file is read like the plain one, whatever its name", async () => {
    const packed = file("small.log", gzipSync(readFileSync(SMALL)));
    expect((await readWhole("Europe/London", packed)).features).toEqual(
      (await readWhole("Europe/London", SMALL)).features,
    );
  });

  test("a log cut into two files is read like the whole one", async () => {
    const whole = readFileSync(SMALL, "utf8");
    const cut = whole.indexOf("10:02:00 (mathlmd)");
    const parts = [file("1.log", whole.slice(0, cut)), file("2.log.gz", gzipSync(whole.slice(cut)))];
    const [one, other] = [await readWhole("Europe/London", ...parts), await readWhole("Europe/London", SMALL)];
    expect(one.features).toEqual(other.features);
    expect(one.log.unread).toBe(other.log.unread);
  });

  test("a replay plays logs by the dates in them, in whichever order they are named", async () => {
    const older = file("old.log.2", ' 8:00:00 (v) TIMESTAMP 3/2/2026\n 9:00:00 (v) OUT: "f" a@PC-1\n');
    const newer = file(
      "old.log.1",
      ' 8:00:00 (v) TIMESTAMP 3/3/2026\n 9:00:00 (v) IN: "f" a@PC-1\n 9:30:00 (v) OUT: "f" b@PC-2\n',
    );
    const plan = await planOf([newer, older], "Europe/London");
    expect(plan.parts[0]!.acts.slice(0, 2).map(({ does, atMs }) => [does, new Date(atMs).toISOString()])).toEqual([
      ["checkout", "2026-03-02T09:00:00.000Z"],
      ["checkin", "2026-03-03T09:00:00.000Z"],
    ]);
  });

  test.each(["utf16le", "utf16be"])(
    "a log in UTF-16, as PowerShell writes it, is refused with what to do: %s",
    async (name) => {
      const text = Buffer.from('\ufeff 8:00:00 (v) OUT: "f" a@PC-1\r\n', "utf16le");
      await expect(lines(file(`${name}.log`, name === "utf16be" ? text.swap16() : text))).rejects.toThrow(
        /is written in UTF-16: save it as UTF-8/,
      );
    },
  );

  test("a line that is not UTF-8 keeps its accents apart", async () => {
    const latin = Buffer.from('8:00:00 (v) OUT: "f" Jos\u00e9@PC-1\r\n8:00:01 (v) OUT: "f" Jos\u00e8@PC-1', "latin1");
    expect(await lines(file("latin.log", latin))).toEqual([
      '8:00:00 (v) OUT: "f" José@PC-1',
      '8:00:01 (v) OUT: "f" Josè@PC-1',
    ]);
  });

  test("an empty file has no lines", async () => {
    expect(await lines(file("empty.log", ""))).toEqual([]);
  });

  test("a file that is not there, and a broken archive, are named", async () => {
    await expect(lines(join(folder, "none.log"))).rejects.toThrow(/none\.log cannot be read: there is no such file/);
    const broken = file("broken.log.gz", gzipSync(readFileSync(SMALL)).subarray(0, 400));
    await expect(lines(broken)).rejects.toThrow(/broken\.log\.gz cannot be read/);
  });
});

// The project does not carry these logs: where they lie beside it, they are read.
if (existsSync(REAL))
  describe("the log of a university", () => {
    const autodesk = join(REAL, "autodesk.log.gz");
    const maple = join(REAL, "maple.log.gz");

    test("two months of Autodesk: launches and peaks", async () => {
      const read = await readWhole("Europe/Madrid", autodesk);
      const autocad = read.features.find(({ feature }) => feature === "64300ACD_F");
      expect(autocad).toEqual({
        feature: "64300ACD_F",
        launches: 1677,
        peakSessions: 242,
        peakUserDevice: 146,
        denials: 0,
        firstAtMs: Date.parse("2022-05-05T08:44:36+02:00"),
        lastAtMs: Date.parse("2022-07-07T10:45:00+02:00"),
      });
      expect(read.features.reduce((sum, { launches }) => sum + launches, 0)).toBe(8402);
      expect(read.open.map(({ feature }) => feature)).toEqual(["64300ACD_F", "87545ACD_2022_0F"]);
      expect([read.log.unread, read.unmatched]).toEqual([0, 0]);
      expect(read.log.packages.get("64300ACD_F")).toContain("87393ACD_2021_0F");
    });

    test("a month of Maple: packages and versions agree", async () => {
      const read = await readWhole("Europe/Madrid", maple);
      const launches = Object.fromEntries(read.features.map((use) => [use.feature, use.launches]));
      expect(launches).toEqual({ Maple: 131, Maple2019: 3, Maple2020: 10, Maple2021: 118 });
      expect(read.features[0]).toMatchObject({ feature: "Maple", peakSessions: 39, peakUserDevice: 9 });
      expect([read.log.unread, read.unmatched, read.open.length]).toEqual([0, 0, 0]);
    });
  });
