import { expect, test } from "vitest";
import { ORGANISATION, registerOf, told } from "../support/registers.ts";

const GROUPS = "groups: { planning: { members: [asmith] } }\n";
/** The rules of a pool, which begin at line 3, column 8. */
const poolWith = (rules: string) => `${ORGANISATION}${GROUPS}pools: { cad: { ${rules} } }\n`;
const pool = (rules: string) => registerOf(poolWith(rules)).register.pools.cad;
const mistakes = (rules: string) => told(poolWith(rules)).map((line) => line.replace(/^3:/, ""));
const at = (rules: string, part: string) => poolWith(rules).split("\n")[2]!.indexOf(part) + 1;

test("a pool without rules counts who uses it now, keeps nothing for anybody and enforces what was bought", () => {
  expect(pool("")).toEqual({
    metric: "concurrent",
    seatFor: ["user", "device"],
    sites: {},
    allow: [],
    deny: [],
    limits: [],
    reservations: [],
    lingerMs: 0,
    observed: false,
    ttlMs: 60_000,
    heartbeatEveryMs: 20_000,
    entitlements: [],
    showHolders: false,
    aliases: [],
  });
});

test("seats that are assigned are assigned to a person or a computer, and stay so for 90 days without use", () => {
  expect(pool("metric: named-user")).toMatchObject({ seatFor: ["user"], holdMs: 90 * 86_400_000 });
  expect(pool("metric: device, holdDays: 30")).toMatchObject({ seatFor: ["device"], holdMs: 30 * 86_400_000 });
  expect(pool("metric: named-user, seatFor: [user]")).toMatchObject({ seatFor: ["user"] });
  expect(pool("metric: site")).toMatchObject({ metric: "site", seatFor: ["user", "device"] });
  expect(pool("metric: site")).not.toHaveProperty("holdMs");
});

test("lengths of rules are read as milliseconds, and what is not said of them has a default", () => {
  expect(pool("linger: 5m, sharedBy: 3, queue: { maxWait: 30m }")).toMatchObject({
    lingerMs: 300_000,
    sharedBy: 3,
    queue: { maxWaitMs: 1_800_000 },
  });
  expect(pool("idle: { after: 45m, then: warn }")?.idle).toEqual({
    afterMs: 2_700_000,
    reclaims: false,
    countdownMs: 300_000,
  });
  expect(pool("idle: { after: 45m, then: reclaim, countdown: 60s }")?.idle).toMatchObject({
    reclaims: true,
    countdownMs: 60_000,
  });
  expect(pool("borrow: { maxDays: 14 }")?.borrow).toEqual({ maxMs: 14 * 86_400_000, keepFree: 0 });
  expect(pool("borrow: { maxDays: 14, seats: 5, keepFree: 2 }")?.borrow).toMatchObject({ seats: 5, keepFree: 2 });
  expect(pool("overdraft: { seats: 2 }")?.overdraft).toEqual({ seats: 2 });
  expect(pool("overdraft: { seats: 2, days: 14 }")?.overdraft).toEqual({ seats: 2, forMs: 14 * 86_400_000 });
  expect(pool("enforcement: observe")?.observed).toBe(true);
  expect(pool("breakGlass: { groups: [planning] }")?.breakGlass).toEqual({ groups: ["planning"], perUserPerMonth: 1 });
});

test("limits are of a group, a person, a computer or of each; names without regard to case", () => {
  const limits = "{ group: planning, seats: 3 }, { user: Director, seats: 3 }, { device: PC-1, seats: 0 }";
  expect(pool(`limits: [${limits}, { each: user, seats: 2 }]`)?.limits).toEqual([
    { kind: "group", name: "planning", seats: 3 },
    { kind: "user", name: "director", seats: 3 },
    { kind: "device", name: "pc-1", seats: 0 },
    { kind: "each", name: "user", seats: 2 },
  ]);
});

test("a reservation may be for some days", () => {
  const days = "from: 2026-04-01, until: 2026-04-01";
  expect(pool(`reservations: [{ group: planning, seats: 8, ${days} }]`)?.reservations).toEqual([
    { group: "planning", seats: 8, from: "2026-04-01", until: "2026-04-01" },
  ]);
});

test.each([
  ["limits: [{ group: planing, seats: 1 }]", "planing", 'there is no group planing; did you mean "planning"?'],
  ["reservations: [{ group: planing, seats: 1 }]", "planing", 'there is no group planing; did you mean "planning"?'],
  ["breakGlass: { groups: [planing] }", "planing", 'there is no group planing; did you mean "planning"?'],
  [
    "limits: [{ user: a, group: planning, seats: 1 }]",
    "{ user",
    "is for one of group, user, device, or each: user, each: device",
  ],
  ["limits: [{ seats: 1 }]", "{ seats", "is for one of group, user, device, or each: user, each: device"],
  ["limits: [{ each: usr, seats: 1 }]", "usr", 'must be user or device; did you mean "user"?'],
  ["limits: [{ each: user }]", "{ each", "is missing"],
  ["limits: [{ each: user, seats: 1.5 }]", "1.5", "must be a whole number, and is a number"],
  ["reservations: [{ group: planning, seats: 0 }]", "0", "must be at least 1"],
  [
    "reservations: [{ group: planning, seats: 1, from: 2026-04-02, until: 2026-04-01 }]",
    "2026-04-01",
    "is before it begins, 2026-04-02",
  ],
  ["reservations: [{ group: planning, seats: 1, from: soon }]", "soon", "is no day: one is written 2026-04-01"],
  ["metric: named-user, seatFor: [device]", "seatFor", "must be [user], or left out: the metric is named-user"],
  ["metric: device, seatFor: [user, device]", "seatFor", "must be [device], or left out: the metric is device"],
  ["metric: named", "named", "must be concurrent or named-user or device or site"],
  ["holdDays: 30", "holdDays", "needs the metric named-user or device, which assign seats"],
  ["metric: site, holdDays: 30", "holdDays", "needs the metric named-user or device, which assign seats"],
  ["metric: device, holdDays: 0", "0", "must be at least 1"],
  ["metric: named-user, linger: 5m", "linger", "does not go with holdDays: an assigned seat stays its holder's"],
  ["metric: named-user, sharedBy: 2", "sharedBy", "does not go with the metric named-user"],
  ["seatFor: [session], sharedBy: 2", "sharedBy", "does not go with seatFor: [session], by which no seat is shared"],
  ["linger: 5", "5", "is no length of time: one is written 90s, 30m, 8h or 14d"],
  ["linger: 2d", "2d", "must be from 0s to 1d"],
  ["queue: { maxWait: 5s }", "5s", "must be from 10s to 1d"],
  ["queue: {}", "{}", "is missing"],
  ["idle: { after: 45m }", "{ after", "is missing"],
  ["idle: { after: 45m, then: kill }", "kill", "must be warn or reclaim"],
  ["borrow: { maxDays: 0 }", "0", "must be at least 1"],
  ["borrow: { maxDays: 14d }", "14d", "must be a number, and is text"],
  ["overdraft: { days: 14 }", "{ days", "is missing"],
  ["overdraft: 2", "2", "must be a mapping, key: value, and is a whole number"],
  ["enforcement: obsere", "obsere", 'must be enforce or observe; did you mean "observe"?'],
  ["breakGlass: { groups: [] }", "[]", "must not be empty"],
  ["breakGlass: { groups: [planning], perUserPerMonth: 0 }", "0", "must be at least 1"],
])("of the rules of a pool, { %s } is told at %j", (rules, part, mistake) => {
  const found = mistakes(rules);
  expect(found).toHaveLength(1);
  // What is missing is told at the key of what it is missing from.
  if (mistake === "is missing") expect(found[0]).toMatch(/^\d+ is missing$/);
  else expect(found).toEqual([`${at(rules, part)} ${mistake}`]);
});

/** A product with one pool; what is about it begins in line 2. */
const productWith = (rules: string) => `${ORGANISATION}products: { cad: { owner: a, ${rules} } }\npools: { cad: {} }\n`;
const product = (rules: string) => registerOf(productWith(rules)).register.products.cad;

test("a product takes one seat of a pool, or as many as stand beside its name", () => {
  expect(product("pools: [cad]")).toMatchObject({ pools: ["cad"], weights: {} });
  expect(product("pools: [{ pool: cad, seats: 3 }]")).toMatchObject({ pools: ["cad"], weights: { cad: 3 } });
  expect(product("pools: [{ pool: cad, seats: 1 }]")).toMatchObject({ pools: ["cad"], weights: {} });
});

test("what a product may be used for is shown, and with attest wants a yes; a program without a seat is told", () => {
  const written = "pools: [cad], permittedUse: { text: Teaching only }, onReclaimed: close";
  expect(product(written)).toMatchObject({
    permittedUse: { text: "Teaching only", attest: false },
    onDenied: "tell",
    onReclaimed: "close",
  });
});

test.each([
  ["pools: [{ pool: cda, seats: 3 }]", '2:38 there is no pool cda; did you mean "cad"?'],
  ["pools: [{ pool: cad, seats: 0 }]", "2:58 must be at least 1"],
  ["pools: [{ pool: cad, seat: 3 }]", '2:51 is no key here; did you mean "seats"?'],
  ["pools: [3]", "2:38 must be a pool's name, or { pool: its name, seats: how many a launch takes }"],
  ["pools: [cad, { pool: cad, seats: 2 }]", "2:43 cad is asked already: leave one of them out"],
  ["pools: [cad], permittedUse: { attest: true }", "2:44 is missing"],
  ["pools: [cad], permittedUse: Teaching only", "2:58 must be a mapping, key: value, and is text"],
  ["pools: [cad], onDenied: kill", "2:54 must be tell or close"],
])("of a product, { %s } is a mistake", (rules, mistake) => {
  expect(told(productWith(rules))).toContain(mistake);
});

test("a computer is retired for ever or from a day on, by its name without regard to case", () => {
  const devices = "devices: { PC-12: { retired: true, note: stolen }, PC-13: { retired: 2026-04-01 }, PC-14: {} }\n";
  expect(registerOf(ORGANISATION + devices).register.devices).toEqual({
    "pc-12": { name: "PC-12", retired: true, note: "stolen" },
    "pc-13": { name: "PC-13", retired: "2026-04-01" },
    "pc-14": { name: "PC-14" },
  });
});

test.each([
  ["{ PC-12: { retired: maybe } }", "2:30 is no day: one is written 2026-04-01"],
  ["{ PC-12: { retired: false } }", "2:30 must be true, or the first day on which it may launch nothing"],
  ["{ PC-12: {}, pc-12: {} }", "2:23 stands here twice; case does not count"],
  ['{ "PC\\u202e12": {} }', "2:12 holds control or invisible characters"],
])("of devices, %s is a mistake", (devices, mistake) => {
  expect(told(`${ORGANISATION}devices: ${devices}\n`)).toEqual([mistake]);
});
