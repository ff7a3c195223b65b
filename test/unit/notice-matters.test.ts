import { expect, test } from "vitest";
import { addDays } from "../../daemon/domain/calendar.ts";
import { type FactsOfDay, mattersOf } from "../../daemon/notices/matters.ts";
import { registerOfText } from "../support/recorded.ts";

const ENDS = "2027-03-31";
/** 90 days before is New Year's Eve of 2026, a Thursday. */
const NOTICE_BY = "2026-12-31";

const register = (pool = "", more = "") =>
  registerOfText(`organisation: Exampleshire Council
products:
  cad: { name: AutoCAD, owner: cad@exampleshire.example, pools: [cad] }
  gis: { owner: The GIS team, pools: [cad] }
pools:
  cad:
${pool && `    ${pool}\n`}    entitlements:
      - reference: PO-1
        seats: 20
        starts: 2024-04-01
        ends: ${ENDS}
        notice: 90d
        supplier: Example Software Ltd
        officer: officer@exampleshire.example
${more}`);

const facts = (change: Partial<FactsOfDay> = {}): FactsOfDay => ({
  register: register(),
  today: "2026-06-01",
  hasBegun: true,
  levels: [{ pool: "cad", capacity: 20, dayPeak: 20 }],
  refused: new Map(),
  isDecided: () => false,
  incidents: [],
  audited: undefined,
  ...change,
});
const on = (today: string, change: Partial<FactsOfDay> = {}) => mattersOf(facts({ today, ...change }));
const keysOf = (matters: ReturnType<typeof mattersOf>) => matters.map(({ key }) => key);

/** The keys that come up on some days, each with the first of them. */
function firstDays(from: string, until: string, change: Partial<FactsOfDay> = {}): Record<string, string> {
  const found: Record<string, string> = {};
  for (let day = from; day <= until; day = addDays(day, 1))
    for (const key of keysOf(on(day, change))) found[key] ??= day;
  return found;
}

test("notice dates are told 180, 120, 90 and 30 days before, and each reminder is one matter", () => {
  const days = firstDays("2026-01-01", NOTICE_BY);
  const notices = Object.entries(days).filter(([key]) => key.startsWith("notice "));

  expect(notices).toEqual(
    [180, 120, 90, 30].map((before) => [`notice cad PO-1 ${NOTICE_BY} ${before}`, addDays(NOTICE_BY, -before)]),
  );
});

test("no notice is asked for where the next term is in the register, unless the old one renews by itself", () => {
  const next = `      - { reference: PO-2, seats: 20, starts: ${addDays(ENDS, 1)} }\n`;
  const notices = (more: string) => keysOf(on("2026-10-01", { register: register("", more) }));
  expect(notices(next)).toEqual([]);
  expect(notices(`        autoRenews: true\n${next}`)).toEqual([`notice cad PO-1 ${NOTICE_BY} 120`]);
});

test("a reminder that nobody could send is made up for, until the next is due", () => {
  expect(keysOf(on(addDays(NOTICE_BY, -60)))).toEqual([`notice cad PO-1 ${NOTICE_BY} 90`]);
  expect(keysOf(on(NOTICE_BY))).toEqual([`notice cad PO-1 ${NOTICE_BY} 30`, `expiry cad PO-1 ${ENDS} 90`]);
  expect(keysOf(on(addDays(NOTICE_BY, 1)))).toEqual([`expiry cad PO-1 ${ENDS} 90`]);
});

test("where it is written down what becomes of it, nobody is reminded", () => {
  const isDecided: FactsOfDay["isDecided"] = (pool, { reference }) => pool === "cad" && reference === "PO-1";
  expect(on(addDays(NOTICE_BY, -30), { isDecided })).toEqual([]);
});

test("a notice says the last day, what it is about and whom it concerns, as far as they have addresses", () => {
  const [matter] = on(addDays(NOTICE_BY, -30));

  expect(matter?.to).toEqual(["officer@exampleshire.example", "cad@exampleshire.example"]);
  expect(matter?.subject).toBe("cad: notice on PO-1 until Thursday 31 December 2026 (30 days left)");
  expect(matter?.text).toContain("20 seats of AutoCAD, gis (pool cad) from Example Software Ltd, and ends on");
  expect(matter?.text).toContain("The register does not say that it renews by itself.");
  expect(matter?.facts).toMatchObject({ reference: "PO-1", seats: 20, ends: ENDS, daysLeft: 30, autoRenews: false });
});

test("what ends is told 90, 30, 7 days and a day before, and when it has ended", () => {
  const days = firstDays("2026-12-01", "2027-06-01");
  const expiries = Object.entries(days).filter(([key]) => key.startsWith("expiry "));

  expect(expiries).toEqual([
    ...[90, 30, 7, 1].map((before) => [`expiry cad PO-1 ${ENDS} ${before}`, addDays(ENDS, -before)]),
    [`expiry cad PO-1 ${ENDS} ended`, addDays(ENDS, 1)],
  ]);
  expect(on(addDays(ENDS, 1))[0]?.subject).toBe("cad: PO-1 ended on Wednesday 31 March 2027");
  // What ended long ago is no news to a daemon that starts today.
  expect(on(addDays(ENDS, 8))).toEqual([]);
});

test("what others make up for ends for nobody", () => {
  const next = (seats: number) => `      - { reference: PO-2, seats: ${seats}, starts: 2027-04-01 }\n`;
  const before = addDays(ENDS, -7);

  expect(on(before, { register: register("", next(20)) })).toEqual([]);
  expect(on(before, { register: register("", next(19)) })[0]).toMatchObject({
    key: `expiry cad PO-1 ${ENDS} 7`,
    facts: { ownedAfter: 19 },
  });
});

test("more in use than was bought is told on the day itself, at any hour", () => {
  const levels = [{ pool: "cad", capacity: 20, dayPeak: 21 }];
  const [matter] = on("2026-06-01", { levels, hasBegun: false });

  expect(matter).toMatchObject({ key: "overdraft cad 2026-06-01", to: ["cad@exampleshire.example"] });
  expect(matter?.subject).toBe("cad: 21 seats in use, 20 owned");
  expect(matter?.text).toContain("No rule of the register allows that");
  const allowed = on("2026-06-01", { levels, register: register("overdraft: { seats: 2 }") });
  expect(allowed[0]?.text).toContain("allows an overdraft of 2 seats");
  expect(on("2026-06-01", { levels: [{ pool: "cad", capacity: 20, dayPeak: 20 }] })).toEqual([]);
});

test.each(["enforcement: observe", "metric: site"])("in a pool with %s more in use is no matter", (rule) => {
  expect(on("2026-06-01", { levels: [{ pool: "cad", capacity: 20, dayPeak: 30 }], register: register(rule) })).toEqual(
    [],
  );
});

test("who was refused yesterday is told as a number, when people are at work", () => {
  const refused = new Map([
    ["cad", { people: 3, turnedAway: 4, keptWaiting: 1 }],
    ["left", { people: 1, turnedAway: 1, keptWaiting: 0 }],
  ]);
  const [matter, ...others] = on("2026-06-02", { refused });

  expect(others).toEqual([]);
  expect(matter).toMatchObject({ key: "refusals cad 2026-06-01", day: "2026-06-01", facts: { people: 3 } });
  expect(matter?.subject).toBe("cad: 3 people refused on Monday 1 June 2026");
  expect(matter?.text).toContain("4 times somebody was turned away, and 1 time kept waiting");
  expect(on("2026-06-02", { refused, hasBegun: false })).toEqual([]);
});

test("no matter names a person but in whom it is for", () => {
  const all = [
    ...on(addDays(ENDS, -1), { refused: new Map([["cad", { people: 1, turnedAway: 1, keptWaiting: 0 }]]) }),
    ...on(addDays(NOTICE_BY, -1), { levels: [{ pool: "cad", capacity: 1, dayPeak: 2 }] }),
  ];

  expect(new Set(all.map(({ about }) => about)).size).toBe(4);
  expect(JSON.stringify(all.map(({ to, ...matter }) => matter))).not.toMatch(/@/);
});
