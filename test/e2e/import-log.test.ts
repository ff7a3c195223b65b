import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { demoRegister, startDaemon } from "../support/daemon.ts";
import { logOf, PACKAGE_LINES } from "../support/flexnet.ts";
import { shim } from "../support/shim.ts";

const REAL = join(import.meta.dirname, "../../../shared/data/flexnet");
const SEATMETER = join(import.meta.dirname, "../../client-shim/seatmeter.mjs");
const folder = mkdtempSync(join(tmpdir(), "seatmeter-"));
afterAll(() => rmSync(folder, { recursive: true }));

const LINES = [
  ...PACKAGE_LINES,
  ...logOf(
    "2026-03-02",
    ...["OUT CAD_F", "OUT CAD_2026_0F"].map((what) => `09:00 ${what} asmith@PC-1`),
    "09:30 DENIED CAD_F bjones@PC-2  (Licensed number of users already reached. (-4,342))",
    "09:40 IN CAD_F asmith@PC-1",
  ),
];
const fileOf = (name: string, content: string | Buffer) => {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
};
const newData = () => mkdtempSync(join(folder, "data-"));
const importing = (...args: string[]) => shim(["import", "flexnet", ...args]).finished;
const query = (data: string, text: string) => {
  const database = new DatabaseSync(join(data, "history.sqlite"), { readOnly: true });
  try {
    return database
      .prepare(text)
      .all()
      .map((row) => ({ ...row }));
  } finally {
    database.close();
  }
};

test("--json tells each feature as its own lines say, and the history has each launch once", async () => {
  const data = newData();
  const { exit, stdout, stderr } = await importing(fileOf("cad.log", LINES.join("\n")), "--data", data, "--json");
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
  const at = (time: string) => Date.parse(`2026-03-02T${time}:00Z`);
  const one = {
    launches: 1,
    peakSessions: 1,
    peakUserDevice: 1,
    denials: 0,
    firstAtMs: at("09:00"),
    lastAtMs: at("09:00"),
  };
  expect(JSON.parse(stdout)).toEqual({
    features: [
      { feature: "CAD_2026_0F", ...one },
      { feature: "CAD_F", ...one, denials: 1, lastAtMs: at("09:40") },
    ],
    unread: 0,
  });
  expect(query(data, "select pool, start_ms, end_ms from sessions")).toEqual([
    { pool: "CAD_F", start_ms: at("09:00"), end_ms: at("09:40") },
  ]);
  expect(query(data, "select pool, reason from denials")).toEqual([{ pool: "CAD_F", reason: "no_seats" }]);
});

test("without --json it is a table, and a second time there is nothing new", async () => {
  const data = newData();
  const file = fileOf("cad.log.gz", gzipSync(LINES.join("\n")));
  const first = await importing(file, "--data", data);
  expect(first).toMatchObject({ exit: 0, stderr: "" });
  expect(first.stdout).toMatch(/^FEATURE +POOL +LAUNCHES +PEAK +SEATS +DENIED\n/);
  expect(first.stdout).toMatch(/: 1 launches and 1 denials that are new\.\n/);
  expect(first.stdout).toMatch(/The register has no pool for CAD_F: reports open when it has/);
  expect((await importing(file, "--data", data)).stdout).toMatch(/Nothing new: .* has all of it already\.\n/);
});

test("--draft prints what the register lacks, and with that in it the report of what was imported before opens", async () => {
  const data = newData();
  const file = fileOf("draft.log", LINES.join("\n"));
  await importing(file, "--data", data);
  const { exit, stdout } = await importing(file, "--draft");
  expect(exit).toBe(0);
  const register = `organisation: Exampleshire Council\n${stdout}`;
  await using daemon = await startDaemon({ register, env: { SEATMETER_DATA: data, SEATMETER_HISTORY: "on" } });
  const report = await fetch(`${daemon.httpUrl}/api/v1/renewals/CAD_F`);
  expect(await report.json()).toMatchObject({ pool: "CAD_F", owned: 1, peak: 1, launches: 1, turnedAway: 1 });
  const again = await importing(file, "--draft", "--register", fileOf("drafted.yaml", register));
  expect(again.stdout).toBe("# The register has a pool for everything in the log.\n");
});

test("times are in the register's zone unless --timezone says otherwise, and departments are the register's", async () => {
  const register = fileOf(
    "zone.yaml",
    "organisation: x\ntimezone: Europe/Paris\ngroups: { g: { department: Planning, members: [asmith] } }\n" +
      "products: { cad: { owner: o, flexnet: [CAD_F], pools: [cad] } }\npools: { cad: {} }\n",
  );
  const file = fileOf("zone.log", LINES.join("\n"));
  const data = newData();
  await importing(file, "--data", data, "--register", register);
  expect(query(data, "select pool, product, department, start_ms from sessions")).toEqual([
    { pool: "cad", product: "cad", department: "Planning", start_ms: Date.parse("2026-03-02T08:00:00Z") },
  ]);
  const { stdout } = await importing(file, "--register", register, "--timezone", "UTC", "--json", "--dry-run");
  expect(JSON.parse(stdout).features[0].firstAtMs).toBe(Date.parse("2026-03-02T09:00:00Z"));
});

test("--dry-run writes nothing, not even a folder", async () => {
  const data = join(folder, "none");
  const { exit, stdout } = await importing(fileOf("dry.log", LINES.join("\n")), "--data", data, "--dry-run");
  expect(exit).toBe(0);
  expect(stdout).toMatch(/Nothing is written down/);
  expect(existsSync(data)).toBe(false);
});

test("a half-written gzip, another kind of file, a log without dates: one error each, and nothing is imported", async () => {
  const good = fileOf("good.log", LINES.join("\n"));
  const whole = gzipSync(Array.from({ length: 500 }, () => LINES.join("\n")).join("\n"));
  const wrong = [
    [
      fileOf("half.log.gz", whole.subarray(0, whole.length / 2)),
      /half\.log\.gz cannot be read: the gzip ends in the middle; copy it again/,
    ],
    [fileOf("photo.png", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3])), /is no FlexNet debug log/],
    [fileOf("undated.log", LINES.filter((line) => !/TIMESTAMP/.test(line)).join("\n")), /tells no date/],
    [join(folder, "missing.log"), /missing\.log cannot be read: there is no such file/],
  ] as const;
  for (const [file, why] of wrong) {
    const data = newData();
    const files = /tells/.test(String(why)) ? [file] : [good, file];
    const { exit, stdout, stderr } = await importing(...files, "--data", data, "--json");
    expect({ exit, stdout }, file).toEqual({ exit: 64, stdout: "" });
    expect(stderr).toMatch(why);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(readdirSync(data)).toEqual([]);
  }
});

test("where there is no room for it, nothing of a log is imported, in one line; with room it is imported as a whole", async () => {
  const data = newData();
  const many = Array.from({ length: 4000 }, (_, i) => {
    const time = new Date(i * 20_000).toISOString().slice(11, 19);
    return [`${time} OUT CAD_F u${i}@PC-${i}`, `${time} IN CAD_F u${i}@PC-${i}`];
  });
  const file = fileOf("large.log", logOf("2026-03-02", ...many.flat()).join("\n"));
  const limited = ["sh", "-c", 'ulimit -f 1000; exec "$@"', "sh", process.execPath, SEATMETER] as const;
  const { exit, stdout, stderr } = await shim(["import", "flexnet", file, "--data", data, "--json"], {}, limited)
    .finished;
  expect({ exit, stdout }).toEqual({ exit: 69, stdout: "" });
  expect(stderr).toMatch(/^seatmeter: nothing of \S+ is imported: .*; when that is mended, import it again\n$/);
  for (const table of ["sessions", "holdings", "denials", "imports"])
    expect(query(data, `select count(*) as n from ${table}`), table).toEqual([{ n: 0 }]);
  expect(await importing(file, "--data", data, "--json")).toMatchObject({ exit: 0, stderr: "" });
  expect(query(data, "select count(*) as n from sessions")).toEqual([{ n: 4000 }]);
});

test("data that are a file, and a history that is off, are told: 78", async () => {
  const file = fileOf("place.log", LINES.join("\n"));
  const { exit, stdout, stderr } = await importing(file, "--data", fileOf("a-file", ""), "--json");
  expect({ exit, stdout, stderr }).toEqual({
    exit: 78,
    stdout: "",
    stderr: expect.stringMatching(/a-file cannot be used/),
  });
  const off = await shim(["import", "flexnet", file, "--data", newData()], { SEATMETER_HISTORY: "off" }).finished;
  expect(off).toMatchObject({ exit: 78, stderr: expect.stringMatching(/SEATMETER_HISTORY is off/) });
});

test("a history of a later version is refused, naming what to do", async () => {
  const data = newData();
  const file = fileOf("later.log", LINES.join("\n"));
  await importing(file, "--data", data);
  const database = new DatabaseSync(join(data, "history.sqlite"), { timeout: 10_000 });
  database.exec("insert into kysely_migration (name, timestamp) values ('9999-later', '')");
  database.close();
  const { exit, stderr } = await importing(file, "--data", data);
  expect(exit).toBe(78);
  expect(stderr).toMatch(/of a later version of seatmeter \(9999-later\): start that one/);
});

test("while a daemon runs on the same file the past is imported, and what happens now is recorded on", async () => {
  const data = newData();
  await using daemon = await startDaemon({ register: demoRegister(), data, env: { SEATMETER_HISTORY: "on" } });
  const launch = () => shim(["run", "demo", "--", process.execPath, "-e", ""], { SEATMETER_URL: daemon.url }).finished;
  expect(await launch()).toMatchObject({ exit: 0 });
  const { exit, stdout } = await importing(fileOf("live.log", LINES.join("\n")), "--data", data);
  expect({ exit, stdout }).toEqual({ exit: 0, stdout: expect.stringMatching(/1 launches and 1 denials that are new/) });
  expect(await launch()).toMatchObject({ exit: 0 });
  const count = () =>
    query(data, "select pool, count(*) as n from sessions where end_ms is not null group by pool order by pool");
  await expect.poll(count).toEqual([
    { pool: "CAD_F", n: 1 },
    { pool: "demo", n: 2 },
  ]);
  expect(daemon.output()).not.toMatch(/nothing is recorded/);
});

// The logs lie beside the project, not in it.
if (existsSync(REAL)) {
  describe("the real logs", () => {
    test("are imported with the launches and peaks that their own lines show", async () => {
      const data = newData();
      const { exit, stdout } = await importing(join(REAL, "autodesk.log.gz"), "--data", data, "--json");
      expect(exit).toBe(0);
      const { features, unread } = JSON.parse(stdout);
      expect(unread).toBe(0);
      expect(features).toContainEqual(
        expect.objectContaining({
          feature: "64300ACD_F",
          launches: 1677,
          peakSessions: 242,
          peakUserDevice: 146,
          denials: 0,
        }),
      );
      const maple = await importing(join(REAL, "maple.log.gz"), "--data", data, "--json");
      expect(JSON.parse(maple.stdout).features).toContainEqual(
        expect.objectContaining({ feature: "Maple", launches: 131, peakSessions: 39, peakUserDevice: 9 }),
      );
      expect(query(data, "select count(*) as n from sessions where pool = '64300ACD_F'")).toEqual([{ n: 1677 }]);
      expect(query(data, "select count(*) as n from sessions where pool like 'Maple%'")).toEqual([{ n: 131 }]);
    });
  });
}
