import { expect, test } from "vitest";
import type { Finding, Install, Use } from "../../daemon/compliance/compliance.ts";
import { families } from "../../daemon/compliance/families.ts";
import { FINDINGS, type FindingKind } from "../../daemon/compliance/kinds.ts";
import { type ComplianceInput, complianceReport, judgedTitles } from "../../daemon/compliance/report.ts";
import { keyOf } from "../../daemon/domain/inventory.ts";
import { ORGANISATION, registerOf } from "../support/registers.ts";
import { at } from "../support/usage.ts";

const NOW = at("2026-11-20T12:00");
const DAY = 86_400_000;
const day = (days: number) => new Date(NOW - days * DAY).toISOString().slice(0, 10);

const REGISTER = `${ORGANISATION}
access: { people: { tokensFile: people.txt, ask: licences@exampleshire.example } }
groups: { old: { members: [{ user: jdoe, contractEnds: 2026-10-31 }] } }
devices: { PC-9: { retired: 2026-06-01 }, PC-8: { retired: true }, PC-7: { note: loud } }
products:
  cad:
    { name: AutoCAD, owner: cad@exampleshire.example, pools: [cad], versions: { current: "2026", previous: "2025",
      exceptions: [{ version: "2019", until: 2026-09-30, reason: plotter }] } }
  gis: { name: ArcGIS, owner: gis@exampleshire.example, pools: [gis] }
  draw: { name: Draw, owner: jdoe, pools: [draw] }
  paint: { name: Paint, owner: The desk, pools: [draw] }
pools:
  cad: { metric: device, entitlements: [{ reference: A, seats: 2, starts: 2020-01-01 }] }
  gis: { entitlements: [{ reference: B, seats: 5, starts: 2024-01-01, ends: 2026-03-31 }] }
  draw: { metric: device, entitlements: [{ reference: C, seats: 3, starts: 2020-01-01 }] }
`;

const install = (device: string, name: string, since = 10, version = "2026.1"): Install => ({
  ...{ device, name, version, publisher: "", sinceMs: NOW - since * DAY },
});
const use = (product: string, device: string, ago: number, deviceLastYear = ""): Use => ({
  ...{ product, device, deviceLastYear, lastMs: NOW - ago * DAY },
});

function reportOf(installs: readonly Install[], uses: readonly Use[] = [], change: Partial<ComplianceInput> = {}) {
  const { register } = registerOf(REGISTER);
  const titles = [...Map.groupBy(installs, keyOf).values()].map((some) => ({
    ...some[0]!,
    computers: some.length,
    sinceMs: Math.min(...some.map(({ sinceMs }) => sinceMs)),
  }));
  return complianceReport({
    ...{ register, nowMs: NOW, judged: judgedTitles(register, titles), installs, uses },
    ...{ computers: [], retired: [], refused: new Map(), ...change },
  });
}
const of = (kind: FindingKind, { findings }: { findings: Finding[] }) => findings.filter((one) => one.kind === kind);

test("a product is told of with what is owned, installed and used, computer by computer", () => {
  const report = reportOf(
    [install("a", "AutoCAD"), install("a", "AutoCAD LT"), install("b", "AutoCAD")],
    [use("cad", "a", 5), use("cad", "a", 50), use("cad", "c", 200)],
  );
  expect(report.products[0]).toMatchObject({
    ...{ product: "cad", name: "AutoCAD", metric: "device", owned: 2, computers: 2, used90Days: 1, usedYear: 2 },
    titles: [
      { name: "AutoCAD", computers: 2, rule: "products.cad.name" },
      { name: "AutoCAD LT", computers: 1 },
    ],
  });
  expect(report.titles).toEqual({ ofProducts: 2, free: 0, unknown: 0 });
});

test("what is installed and was not bought, or not any more, is told of with its owner, since the day that was so", () => {
  const report = reportOf([install("a", "ArcGIS", 400), install("b", "ArcGIS", 20)]);
  expect(of("unlicensed", report)).toEqual([
    {
      ...{ kind: "unlicensed", about: "ArcGIS", product: "gis", count: 2, owner: "gis@exampleshire.example" },
      says: "Installed on 2 computers; its last licence ended on 31 March 2026.",
      since: "2026-04-01",
    },
  ]);
  expect(of("unlicensed", reportOf([install("b", "ArcGIS", 20)]))[0]?.since).toBe(day(20));
});

test("what was bought for later, or begins again later, is no licence that the register lacks", () => {
  const since = (entitlements: string) => {
    const text = REGISTER.replace(/(gis: \{ entitlements:).*/, `$1 [${entitlements}] }`);
    const { register } = registerOf(text);
    return of("unlicensed", reportOf([install("a", "ArcGIS")], [], { register }))[0]?.says;
  };
  const ended = "{ reference: B, seats: 5, starts: 2024-01-01, ends: 2026-11-19 }";
  const begins = "{ reference: D, seats: 5, starts: 2026-11-21 }";
  expect(since(begins)).toBe("Installed on one computer; its first licence begins on 21 November 2026.");
  expect(since(`${ended}, ${begins}`)).toBe(
    "Installed on one computer; its last licence ended on 19 November 2026, and its next licence begins on 21 November 2026.",
  );
  expect(since("{ reference: B, seats: 5, starts: 2026-11-20, ends: 2026-11-20 }"), "its only day").toBeUndefined();
  expect(since("")).toBe("Installed on one computer; no licence of it is in the register.");
});

test("a computer needs as many seats of its own as a launch there takes", () => {
  const { register } = registerOf(
    REGISTER.replace("owner: jdoe, pools: [draw]", "owner: jdoe, pools: [{ pool: draw, seats: 2 }]"),
  );
  const over = (...installs: Install[]) => of("over_installed", reportOf(installs, [], { register }));
  expect(over(install("a", "Draw"), install("b", "Paint"))).toEqual([]);
  expect(over(install("a", "Draw", 20), install("b", "Draw", 10))).toMatchObject([
    { about: "Draw, Paint", count: 1, since: day(10), says: "Installed on 2 computers; licences for 1 are in force." },
  ]);
});

test("where seats are computers' own, one more computer than there are seats is one too many, and it came last", () => {
  const two = [install("a", "AutoCAD", 30), install("b", "AutoCAD", 20)];
  expect(of("over_installed", reportOf(two))).toEqual([]);
  expect(of("over_installed", reportOf([...two, install("c", "AutoCAD", 7)]))).toMatchObject([
    { about: "AutoCAD", count: 1, since: day(7), says: "Installed on 3 computers; licences for 2 are in force." },
  ]);
});

test("products that share seats are counted together, a computer that has both of them once", () => {
  const both = [install("a", "Draw"), install("a", "Paint"), install("b", "Draw"), install("c", "Paint")];
  expect(of("over_installed", reportOf(both))).toEqual([]);
  expect(of("over_installed", reportOf([...both, install("d", "Paint", 3)]))).toMatchObject([
    { about: "Draw, Paint", count: 1, since: day(3) },
  ]);
});

test("products belong together however far round they share seats", () => {
  expect(families({ a: { pools: ["x"] }, b: { pools: ["y"] }, c: { pools: ["z"] }, d: { pools: ["y", "x"] } })).toEqual(
    [["c"], ["b", "a", "d"]],
  );
});

test("what was not used for 90 days, where it has been for so long, is told of with when it was used last", () => {
  const installs = [install("a", "AutoCAD", 200), install("b", "AutoCAD", 200), install("c", "AutoCAD", 89)];
  expect(of("never_used", reportOf(installs, [use("cad", "a", 89)]))).toMatchObject([
    { count: 1, since: day(200), says: "On 1 of 3 computers no use was metered in 90 days." },
  ]);
  expect(of("never_used", reportOf(installs, [use("cad", "a", 91), use("cad", "b", 1)]))).toMatchObject([
    { count: 1, since: day(91) },
  ]);
  // What another product was used for does not count.
  expect(of("never_used", reportOf(installs, [use("gis", "a", 1), use("cad", "b", 1)]))).toMatchObject([{ count: 1 }]);
});

test("over New Year, a computer that used something is the one that has it", () => {
  const installs = [install("a26", "AutoCAD", 200)];
  const computers = [{ device: "a26", deviceLastYear: "a25", toldMs: NOW }];
  expect(of("never_used", reportOf(installs, [use("cad", "a25", 10, "a24")], { computers }))).toEqual([]);
  // It told last before New Year, and was used since.
  const before = [{ device: "a25", deviceLastYear: "a24", toldMs: NOW - 60 * DAY }];
  const uses = [use("cad", "a26", 10, "a25"), use("cad", "a25", 40, "a24")];
  const report = reportOf([install("a25", "AutoCAD", 200)], uses, { computers: before });
  expect(of("never_used", report)).toEqual([]);
  expect(report.products[0]).toMatchObject({ computers: 1, used90Days: 1, usedYear: 1, unused: 0 });
});

test("versions out of the window are told of, an exception's from the day after its last", () => {
  const report = reportOf([
    ...[install("a", "AutoCAD", 5), install("b", "AutoCAD", 5, "2025.3"), install("c", "AutoCAD", 5, "")],
    ...[install("d", "AutoCAD", 400, "2018.1"), install("e", "AutoCAD", 400, "2018.1")],
    install("f", "AutoCAD", 400, "2019.2"),
  ]);
  expect(of("retired_version", report)).toMatchObject([
    { count: 2, says: "2018.1 on 2 computers; only 2026 and 2025 may be used.", since: day(400) },
    { count: 1, says: "2019.2 on one computer; its exception ended on 30 September 2026.", since: "2026-10-01" },
  ]);
});

test("a retired computer that tells, or wants to launch something, is told of by its name", () => {
  const retired = [
    { name: "PC-9", from: "2026-06-01", devices: ["9", "9 last year"] },
    { name: "PC-8", from: true as const, devices: ["8"] },
    { name: "PC-6", from: "2026-06-01", devices: ["6"] },
  ];
  const told = (device: string, ago: number) => ({ device, deviceLastYear: "", toldMs: NOW - ago * DAY });
  const report = reportOf([], [], {
    ...{ retired, computers: [told("9", 30), told("8", 40), told("6", 300)] },
    refused: new Map([["8", NOW - DAY]]),
  });
  const owner = "licences@exampleshire.example";
  expect(of("retired_device", report)).toMatchObject([
    { about: "PC-9", owner, since: "2026-06-01", says: "Retired on 1 June 2026, and heard of on 21 October 2026." },
    { about: "PC-8", owner, since: null, says: "Retired, and heard of on 19 November 2026." },
  ]);
});

test("an owner who has left, or cannot be told, is told of to whoever looks after licences", () => {
  expect(of("owner_missing", reportOf([]))).toMatchObject([
    {
      about: "Draw",
      since: "2026-11-01",
      says: "The contract of jdoe is over.",
      owner: "licences@exampleshire.example",
    },
    { about: "Paint", since: null, says: expect.stringContaining("The desk is no address") },
  ]);
});

test("what the register does not know is told of by publisher, what is on most computers first", () => {
  const by = (device: string, name: string, publisher: string) => ({ ...install(device, name), publisher });
  const report = reportOf([
    ...[by("a", "Rare", "Small Ltd"), by("a", "x1", "Big Ltd"), by("b", "x1", "Big Ltd"), by("a", "x2", "Big Ltd")],
    ...[by("a", "x3", "Big Ltd"), by("a", "x4", "Big Ltd"), by("a", "Nameless", "")],
  ]);
  expect(of("unknown_software", report)).toMatchObject([
    { about: "Big Ltd", count: 4, says: "x1, x2, x3 and 1 more, on 2 computers or more.", since: day(10) },
    { about: "Small Ltd", count: 1, says: "Rare, on one computer." },
    { about: "No publisher", count: 1 },
  ]);
  expect(report.titles.unknown).toBe(6);
});

test("of very many publishers the first are told of one by one, and no title is lost from the count", () => {
  const many = Array.from({ length: 600 }, (_, i) => ({ ...install("a", `t${i}`), publisher: `p${i}` }));
  const found = of("unknown_software", reportOf(many));
  expect(found).toHaveLength(501);
  expect(found.reduce((all, { count }) => all + count, 0)).toBe(600);
});

test("nothing that is fine is told of, and a register without inventories has nothing to say", () => {
  const quiet = reportOf([install("a", "AutoCAD", 200), install("b", "AutoCAD", 3)], [use("cad", "a", 1)]);
  expect(quiet.findings.filter(({ kind }) => kind !== "owner_missing")).toEqual([]);
  const empty = reportOf([]);
  expect(empty).toMatchObject({ computers: 0, firstTold: null, titles: { ofProducts: 0, free: 0, unknown: 0 } });
});

test("findings come in the order of their kinds", () => {
  const kinds = reportOf([
    ...["a", "b", "c"].map((device) => install(device, "AutoCAD", 200, "2018")),
    ...[install("a", "ArcGIS"), install("a", "Unheard of")],
  ]).findings.map(({ kind }) => kind);
  expect(kinds).toEqual([...kinds].sort((one, other) => FINDINGS.indexOf(one) - FINDINGS.indexOf(other)));
  expect(new Set(kinds).size).toBe(6);
});
