import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { forgetKeys } from "../../daemon/past.ts";
import { Pseudonyms } from "../../daemon/privacy/pseudonyms.ts";

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "seatmeter-pseudonyms-"));
});
afterEach(() => rmSync(data, { recursive: true }));

const MAY_2026 = Date.parse("2026-05-01T12:00:00Z");
const MAY_2027 = Date.parse("2027-05-01T12:00:00Z");
const file = () => join(data, "pseudonym-keys.json");
const years = () => Object.keys(JSON.parse(readFileSync(file(), "utf8")));
const open = (atMs = MAY_2026) => Pseudonyms.open(data, { atMs });

test("a pseudonym is 16 characters, which say nothing of the name", () => {
  const { thisYear, lastYear } = open().of("user", "asmith", MAY_2026);
  expect(thisYear).toMatch(/^[A-Za-z0-9_-]{16}$/);
  expect(lastYear).toMatch(/^[A-Za-z0-9_-]{16}$/);
  expect(thisYear).not.toBe(lastYear);
});

test("the same name has the same pseudonym however it is written, and after a restart", () => {
  const { thisYear } = open().of("user", "Zoë", MAY_2026);
  const restarted = open();
  expect(restarted.of("user", "ZOË", MAY_2026).thisYear).toBe(thisYear);
  expect(restarted.of("user", "zoe\u0308", MAY_2026).thisYear).toBe(thisYear);
});

test("a computer that is named as its user has another pseudonym", () => {
  const pseudonyms = open();
  expect(pseudonyms.of("device", "asmith", MAY_2026).thisYear).not.toBe(
    pseudonyms.of("user", "asmith", MAY_2026).thisYear,
  );
});

test("a year later the pseudonym is another, and the one of the year before still links the two", () => {
  const pseudonyms = open();
  const before = pseudonyms.of("user", "asmith", MAY_2026);
  const after = pseudonyms.of("user", "asmith", MAY_2027);
  expect(after.thisYear).not.toBe(before.thisYear);
  expect(after.lastYear).toBe(before.thisYear);
});

test("the year ends at midnight UTC", () => {
  const pseudonyms = open();
  const old = pseudonyms.of("user", "asmith", Date.parse("2026-12-31T23:59:59.999Z"));
  const fresh = pseudonyms.of("user", "asmith", Date.parse("2027-01-01T00:00:00Z"));
  expect(fresh.lastYear).toBe(old.thisYear);
});

test("the first start makes the keys it needs, in a file that only its owner reads; next year's when it is needed", () => {
  const pseudonyms = open();
  expect(years()).toEqual(["2025", "2026"]);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  pseudonyms.of("user", "asmith", MAY_2027);
  expect(years()).toEqual(["2025", "2026", "2027"]);
});

test("two daemons of one data directory that need next year's key at the same time get the same one", () => {
  const [one, other] = [open(), open()];
  expect(one.of("user", "asmith", MAY_2027)).toEqual(other.of("user", "asmith", MAY_2027));
  expect(open().of("user", "asmith", MAY_2027)).toEqual(one.of("user", "asmith", MAY_2027));
});

test("four daemons that start at once on an empty data directory agree on the keys", async () => {
  const program = join(data, "start.mts");
  const source = new URL("../../daemon/privacy/pseudonyms.ts", import.meta.url).href;
  writeFileSync(
    program,
    `import { Pseudonyms } from ${JSON.stringify(source)};
     const pseudonyms = Pseudonyms.open(${JSON.stringify(data)}, { atMs: ${MAY_2026} });
     process.send(pseudonyms.of("user", "asmith", ${MAY_2027}).thisYear + pseudonyms.fingerprint(${MAY_2026}));`,
  );
  const said = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const daemon = fork(program, { execArgv: ["--no-warnings"] });
      return (await once(daemon, "message"))[0];
    }),
  );
  expect(new Set(said)).toEqual(
    new Set([open().of("user", "asmith", MAY_2027).thisYear + open().fingerprint(MAY_2026)]),
  );
});

test("other keys have another fingerprint, and other pseudonyms", () => {
  const other = mkdtempSync(join(data, "other-"));
  expect(Pseudonyms.open(other, { atMs: MAY_2026 }).fingerprint(MAY_2026)).not.toBe(open().fingerprint(MAY_2026));
  expect(Pseudonyms.open(other).of("user", "asmith", MAY_2026)).not.toEqual(open().of("user", "asmith", MAY_2026));
});

test.each([
  ["{ half", /pseudonym-keys\.json cannot be read.*backup/],
  ['{ "2026": "short" }', /is no key of 32 bytes/],
  ['{ "soon": "" }', /is no year|Invalid key/],
])("a key file that holds %s stops the daemon, and is left as it is", (text, message) => {
  writeFileSync(file(), text);
  chmodSync(file(), 0o600);
  expect(() => open()).toThrow(
    expect.objectContaining({ code: "settings_invalid", message: expect.stringMatching(message) }),
  );
  expect(readFileSync(file(), "utf8")).toBe(text);
});

test("a name that was pushed out of memory by 10,001 others has the same pseudonym when it comes back", () => {
  const pseudonyms = open();
  const before = pseudonyms.of("user", "asmith", MAY_2026);
  for (let other = 0; other < 10_001; other++) pseudonyms.of("user", `other-${other}`, MAY_2026);
  expect(pseudonyms.of("user", "asmith", MAY_2026)).toEqual(before);
});

const DAY_MS = 86_400_000;
/** As if the file had been written so long ago. */
const untouched = (days: number) => {
  const atS = Date.now() / 1000 - days * 86_400;
  utimesSync(file(), atS, atS);
};

test("a key goes with the last launch under it: of its own year, and as that of the year before", () => {
  const pseudonyms = open();
  pseudonyms.of("user", "asmith", Date.parse("2023-05-01"));
  expect(years()).toEqual(["2022", "2023", "2025", "2026"]);
  untouched(2);
  expect(pseudonyms.forgetBefore(2024, Date.now())).toEqual([2022]);
  untouched(2);
  expect(pseudonyms.forgetBefore(2025, Date.now())).toEqual([2023]);
  expect(years()).toEqual(["2025", "2026"]);
  expect(pseudonyms.ofAllYears("user", "asmith")).toHaveLength(2);
});

test("keys of this year and the last one stay, however long ago the last launch is", () => {
  const pseudonyms = open();
  untouched(2);
  expect(pseudonyms.forgetBefore(2040, MAY_2026 + DAY_MS)).toEqual([]);
  expect(years()).toEqual(["2025", "2026"]);
});

test("a key that was made within a day stays, for a log that is being read in", () => {
  const pseudonyms = open();
  pseudonyms.of("user", "asmith", Date.parse("2023-05-01"));
  expect(pseudonyms.forgetBefore(2026, Date.now())).toEqual([]);
});

test("keys that cannot be deleted just now are told of, and stop nobody", () => {
  const pseudonyms = open();
  const said: string[] = [];
  const log = {
    info: (_: object, message: string) => said.push(message),
    warn: (_: object, message: string) => said.push(message),
  };
  writeFileSync(file(), "half of a fi");
  untouched(2);
  forgetKeys(pseudonyms, { oldestMs: null, atMs: MAY_2026 }, log as never);
  expect(said).toEqual([expect.stringContaining("could not be deleted")]);
});

test("keys lie where the register says, and a daemon does not make new ones while the old place has some", () => {
  const keysFile = join(data, "elsewhere", "keys.json");
  const before = open().of("user", "asmith", MAY_2026);
  expect(() => Pseudonyms.open(data, { atMs: MAY_2026, keysFile })).toThrow(/move that file there/);
  mkdirSync(dirname(keysFile));
  renameSync(file(), keysFile);
  expect(Pseudonyms.open(data, { atMs: MAY_2026, keysFile }).of("user", "asmith", MAY_2026)).toEqual(before);
});

test("the list of erasures keeps what is new, forgets what is old, and is refused when it cannot be read", () => {
  const { erasures } = open();
  const erasure = (atMs: number) => ({ id: randomUUID(), atMs, people: ["p"], devices: [] });
  const [old, known, added] = [erasure(1), erasure(2_000), erasure(3_000)];
  erasures.add(old);
  erasures.add(added);
  erasures.keep([known], 1_000);
  expect(open().erasures.read()).toEqual([known, added]);
  writeFileSync(join(data, "erasures.json"), "[{}]");
  expect(() => open()).toThrow(expect.objectContaining({ code: "settings_invalid" }));
});
