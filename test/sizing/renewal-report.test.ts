import { expect, test } from "vitest";
import { startOfDayMs } from "../../daemon/domain/calendar.ts";
import { localDays } from "../../daemon/domain/local-days.ts";
import { NO_REFUSALS, type PoolDay } from "../../daemon/domain/usage.ts";
import { calendarRow } from "../../daemon/renewals/calendar.ts";
import { checksum } from "../../daemon/sizing/checksum.ts";
import { type RenewalInput, seatsToReplay } from "../../daemon/sizing/renewal-input.ts";
import { renewalAnswer, renewalReport, whatIfAnswer } from "../../daemon/sizing/renewal-report.ts";
import { ORGANISATION, registerOf } from "../support/registers.ts";
import { at, byLevel, HOUR, LONDON, poolDay } from "../support/usage.ts";

const registerWith = (pool: string) =>
  registerOf(`${ORGANISATION}products:
  revenues: { name: Revenues and benefits, owner: revenues@exampleshire.example, pools: [revenues] }
pools:
  revenues:
${pool}`).register;

const REGISTER = registerWith(`    entitlements:
      - reference: C-24-117
        seats: 20
        starts: 2024-10-01
        ends: 2027-09-30
        notice: 90d
        autoRenews: true
        cost: { amount: 20000, currency: GBP, per: year }
`);

/**
 * A year worked out by hand: on each working day ten people come at nine and stay for eight hours, one seat after the
 * other; on two days in April there are sixteen. Of 2,522 launches 0.1 % is 2.5: the 15th and the 16th seat were each
 * needed twice.
 */
const year = (change: (date: string) => Partial<PoolDay> = () => ({}), until = "2027-03-31") =>
  localDays("2026-04-01", until, LONDON).map(({ date, working }) => {
    const people = !working ? 0 : date === "2026-04-13" || date === "2026-04-21" ? 16 : 10;
    const workingOccupancyMs = byLevel(working ? { 0: 2 * HOUR, [people]: 8 * HOUR } : {});
    return poolDay(date, {
      pool: "revenues",
      capacity: [{ fromMs: at(`${date} 00:00`), seats: 20 }],
      hourPeaks: [people],
      ...(people > 0 && { peakAtMs: working!.fromMs + HOUR }),
      arrivals: byLevel(Object.fromEntries(Array.from({ length: people }, (_, level) => [level, 1]))),
      occupancyMs: byLevel(people > 0 ? { 0: 16 * HOUR, [people]: 8 * HOUR } : { 0: 24 * HOUR }),
      workingOccupancyMs,
      departments: people > 0 ? { Revenues: { seatMs: people * 8 * HOUR, busySeatMs: 0, launches: people } } : {},
      ...change(date),
    });
  });
const WORKING_DAYS = year().filter(({ holdings }) => holdings > 0).length;

const input = (change: Partial<RenewalInput> = {}): RenewalInput => ({
  register: REGISTER,
  pool: "revenues",
  days: year(),
  from: "2026-04-01",
  until: "2027-03-31",
  today: "2027-04-05",
  people: {
    pool: "revenues",
    from: "2026-04-01",
    until: "2027-03-31",
    people: 28,
    seatKeys: 30,
    byDepartment: { Revenues: 28 },
  },
  ...change,
});

test("the year worked out by hand", () => {
  expect(WORKING_DAYS).toBe(251);
  const report = renewalReport(input());
  expect(report).toMatchObject({
    pool: "revenues",
    from: "2026-04-01",
    to: "2027-03-31",
    owned: 20,
    peak: 16,
    peakAtMs: at("2026-04-13 08:00"),
    launches: 2522,
    turnedAway: 0,
    keptWaiting: 0,
    people: 28,
    coverage: 1,
    need: "measured",
    variants: [],
    typicalWorkingHour: (2522 * 8) / 2510,
    seatHours: 2522 * 8,
    workingHours: 2510,
    growth: { months: 0 },
    breakEven: 28 / 16,
    cost: { now: 20_000, currency: "GBP", unused: 4_000, perHourOfUse: 20_000 / (2522 * 8) },
    missingMonths: [],
    outages: [],
  });
  expect(report.busiestDays.slice(0, 2).map(({ date, peak }) => [date, peak])).toEqual([
    ["2026-04-13", 16],
    ["2026-04-21", 16],
  ]);
});

test("the options are the numbers worth looking at, each with what it would have meant", () => {
  const { options, recommended, range } = renewalReport(input({ replays: [replayed(15, 2), replayed(10, 12)] }));
  expect([recommended, range]).toEqual([16, [10, 16]]);
  expect(options.map(({ notes, ...row }) => [notes.join(", "), ...Object.values(row)])).toEqual([
    ["owned", 20, 0, 0, 0, null, 20_000, 0],
    ["peak, recommended", 16, 0, 0, 16, null, 16_000, 4_000],
    ["one in a thousand", 15, 2, 2, 16, 2, 15_000, 5_000],
    ["all days but two, one in a hundred", 10, 12, 2, 2008, 12, 10_000, 10_000],
  ]);
  expect(seatsToReplay(input())).toEqual([20, 16, 15, 10]);
});

const replayed = (seats: number, turnedAway: number) => ({
  seats,
  launches: 2522,
  turnedAway,
  keptWaiting: 0,
  waitedMs: 0,
});

test("the decision box says it in plain words", () => {
  expect(renewalReport(input()).decision).toEqual({
    deadline:
      "Decision needed by Friday 2 July 2027 (notice: 90 days before 30 September 2027). Without notice it renews by itself.",
    recommendation: "We recommend renewing 16 seats. You own 20. That is 4 fewer, saving about £4,000 a year (20%).",
    confidence: "Confidence is medium: only 2 days came near the highest use.",
    remarks: [],
  });
});

test("a deadline on a bank holiday is the working day before, and one that is over is told as late", () => {
  const register = registerWith(`    entitlements:
      - { reference: C-21-007, seats: 20, starts: 2024-10-01, ends: 2027-06-30, notice: 180d }
`);
  const late = renewalReport(input({ register }));
  expect(late.deadline).toMatchObject({ noticeBy: "2026-12-31", movedFrom: "2027-01-01", daysLeft: -95 });
  expect(late.decision.deadline).toBe(
    "A decision was needed by Thursday 31 December 2026 (notice: 180 days before 30 June 2027; Friday 1 January 2027 is no working day).",
  );
  expect(late.decision.recommendation).toContain("what a seat costs is not known");
  expect(late.options[0]).toMatchObject({ cost: null, saving: null });
});

test("where people were refused the need is an estimate, and above one in a hundred a lower bound", () => {
  const refused = (people: number) =>
    year((date) => ({
      fullMs: date < "2026-05-01" ? HOUR : 0,
      refusals:
        date === "2026-04-13"
          ? { ...NO_REFUSALS, turnedAway: people, forSizing: { keptWaiting: 0, turnedAway: people } }
          : NO_REFUSALS,
    }));
  const estimated = renewalReport(input({ days: refused(10) }));
  expect(estimated).toMatchObject({ need: "estimated", turnedAway: 10, confidence: { level: "low" } });
  expect(estimated.decision.remarks).toEqual([
    "About 16 seats are needed; the limit was reached on 30 days, so true need cannot be measured.",
  ]);
  const many = renewalReport(input({ days: refused(40) }));
  expect(many.need).toBe("at least");
  expect(many.decision.recommendation).toMatch(/^At least 16 seats are needed\. You own 20\./);
});

test("what was needed without the limit decides, and what was used is told", () => {
  const demand = year((date) => (date === "2026-04-13" ? { hourPeaks: [30], arrivals: byLevel({ 29: 30 }) } : {}));
  const report = renewalReport(input({ demand }));
  expect(report.peak).toBe(16);
  expect(report.recommended).toBe(30);
  expect(report.decision.recommendation).toContain("That is 10 more, costing about £10,000 a year more (50%).");
});

test("use that stopped, records of a few weeks, an ended contract and use above it are told", () => {
  const remarks = (change: Partial<RenewalInput>) => renewalReport(input(change)).decision.remarks;
  const idle = year((date) => (date > "2026-12-01" ? poolDay(date, { pool: "revenues" }) : {}));
  expect(remarks({ days: idle })).toEqual(["Nobody has used this for 120 days."]);
  expect(remarks({ days: year(undefined, "2026-09-15"), until: "2026-09-15" })).toEqual([
    "Too early: there are records of 168 days, and half a year is needed to tell anything.",
  ]);
  expect(remarks({ today: "2027-10-01" })).toEqual(["What was bought ended on 30 September 2027."]);
  const over = year((date) => ({ overMs: { all: date === "2026-04-13" ? 3.2 * HOUR : 0, overdraft: 0, excess: 0 } }));
  expect(remarks({ days: over })).toEqual(["More seats were in use than were bought for 3.2 hours."]);
});

test("what is owned, and what that costs, is told as of today, whichever days are looked at", () => {
  const register = registerWith(`    entitlements:
      - { reference: C-1, seats: 20, starts: 2024-10-01, ends: 2027-04-01, cost: { amount: 20000, currency: GBP, per: year } }
      - { reference: C-2, seats: 30, starts: 2027-04-02, ends: 2028-04-01, packSize: 5, cost: { amount: 27000, currency: GBP, per: year } }
`);
  const report = renewalReport(input({ register }));
  expect(report).toMatchObject({ owned: 30, recommended: 20, cost: { now: 27_000, unused: 9_000 } });
  expect(report.ownedSteps.map(({ seats }) => seats)).toEqual([20]);
  expect(report.ownedSince).toEqual([{ fromMs: startOfDayMs("2027-04-02", "Europe/London"), seats: 30 }]);
  expect(report.options[0]).toMatchObject({ seats: 30, notes: ["owned"], cost: 27_000, saving: 0 });

  const ended = renewalReport(input({ today: "2027-10-01" }));
  expect(ended).toMatchObject({
    owned: 0,
    cost: null,
    ownedSince: [{ fromMs: startOfDayMs("2027-10-01", "Europe/London"), seats: 0 }],
  });
  expect(ended.options.flatMap(({ notes }) => notes)).not.toContain("owned");
});

test("of days before anything that the register has, nobody claims that more was in use than owned", () => {
  const days = year(() => ({
    capacity: [{ fromMs: 0, seats: 0 }],
    overMs: { all: HOUR, overdraft: 0, excess: HOUR },
  }));
  const since = (starts: string) =>
    renewalReport(
      input({
        days,
        register: registerWith(
          `    entitlements: [{ reference: C-1, seats: 20, starts: ${starts}, ends: 2027-09-30 }]\n`,
        ),
      }),
    );
  const later = since("2027-04-01");
  expect(later).toMatchObject({ owned: 20, ownedSteps: [], overHours: { all: 0 }, variants: [] });
  expect(new Set(later.months.map(({ owned }) => owned))).toEqual(new Set([null]));
  const before = since("2027-03-31");
  expect(before.overHours.all).toBe(1);
  expect(before.months.at(-1)?.owned).toBe(0);
  const nothing = renewalReport(input({ days, register: registerWith("    entitlements: []\n") }));
  expect(nothing.overHours.all).toBe(365);
});

test("what the page says in words is what the report says: nothing, too early, or a number", () => {
  const said = (change: Partial<RenewalInput>) => renewalReport(input(change)).decision.recommendation;
  expect(said({ days: [] })).toBe(
    "Nothing is recorded of its use, so no number of seats can be recommended. You own 20.",
  );
  expect(said({ days: year(undefined, "2026-09-15"), until: "2026-09-15" })).toMatch(
    /^Too early to recommend a number:/,
  );
  expect(said({})).toMatch(/^We recommend renewing/);
});

test("a saving that it is too early for is in no sum", () => {
  const row = (until: string) =>
    calendarRow(REGISTER, renewalReport(input({ days: year(undefined, until), until })), []);
  expect(row("2026-09-15").saving).toBeNull();
  expect(row("2027-03-31").saving).toBeGreaterThan(0);
});

test("a time in which nothing was bought yet and nothing used is no evidence, and no time of disuse", () => {
  const register = registerWith(
    "    entitlements: [{ reference: C-1, seats: 20, starts: 2027-01-01, ends: 2027-09-30 }]\n",
  );
  const bought = (date: string) => date >= "2027-01-01";
  const report = (used: (date: string) => boolean) => {
    const days = year((date) => ({
      ...(!used(date) && poolDay(date, { pool: "revenues" })),
      capacity: [{ fromMs: at(`${date} 00:00`), seats: bought(date) ? 20 : 0 }],
    }));
    return renewalReport(input({ register, days, demand: days }));
  };
  const fresh = report(bought);
  expect(fresh.variants).toEqual([{ kind: "too early", days: 90 }]);
  expect(fresh.decision.recommendation).toMatch(/^Too early to recommend a number/);
  expect(fresh.confidence.why).toContain("there are only 3 whole months of records");
  expect(fresh.missingMonths).toHaveLength(9);
  // Bought for 90 days, and not for a year.
  expect(report(() => false).variants).toContainEqual({ kind: "unused", days: 90 });
  // Used before: then there are records of it.
  expect(report((date) => date > "2026-06-01").meteredDays).toBe(303);
});

test("of a day or two nobody is told what all days but two needed", () => {
  const notes = (until: string) =>
    renewalReport(input({ days: year(undefined, until), until })).options.flatMap((option) => option.notes);
  expect(notes("2026-04-02")).not.toContain("all days but two");
  expect(notes("2026-04-03")).toContain("all days but two");
});

test("what was used since the days that are reported is not told as unused, and what was not is counted up to yesterday", () => {
  const idleFrom = (first: string) =>
    year((date) => (date > first ? poolDay(date, { pool: "revenues" }) : {}), "2027-04-04");
  const remarks = (days: PoolDay[]) => renewalReport(input({ days })).decision.remarks;
  expect(remarks(idleFrom("2026-12-01"))).toEqual(["Nobody has used this for 124 days."]);
  const usedAgain = idleFrom("2026-12-01").with(-1, poolDay("2027-04-04", { pool: "revenues", hourPeaks: [1] }));
  expect(remarks(usedAgain)).toEqual([]);
});

test("what is replaced already wants no decision, unless it renews by itself", () => {
  const next = (replaced: string) => {
    const register = registerWith(`    entitlements:
      - { reference: C-1, seats: 20, starts: 2024-10-01, ends: 2027-05-31, notice: 90d${replaced} }
      - { reference: C-2, seats: 20, starts: 2027-06-01, ends: 2028-05-31, notice: 90d }
`);
    return renewalReport(input({ register })).deadline?.reference;
  };
  expect(next("")).toBe("C-2");
  expect(next(", autoRenews: true")).toBe("C-1");
  const fewer = registerWith(`    entitlements:
      - { reference: C-1, seats: 20, starts: 2024-10-01, ends: 2027-05-31, notice: 90d }
      - { reference: C-2, seats: 19, starts: 2027-06-01, ends: 2028-05-31, notice: 90d }
`);
  expect(renewalReport(input({ register: fewer })).deadline?.reference).toBe("C-1");
});

test("of assigned seats it tells how many were assigned, to how many, and how many never were", () => {
  const register = registerWith(`    metric: named-user
    seatFor: [user]
    holdDays: 90
    entitlements: [{ reference: C-1, seats: 20, starts: 2024-10-01 }]
`);
  const days = year((date) => ({ capacity: [{ fromMs: at(`${date} 00:00`), seats: 20 }] }));
  const demand = days.map((day) => ({ ...day, hourPeaks: [19], arrivals: byLevel({}), holdings: 0 }));
  const report = renewalReport(input({ register, days, demand }));
  expect(report.decision.remarks).toEqual([
    "Seats are assigned to people: at most 19 at once, and 30 people used one. 1 seat of those owned was never anybody’s.",
  ]);
  expect(report.recommended).toBe(19);
  expect(report.decision.deadline).toBe("");
  const { people, ...unknown } = input({ register, days, demand });
  const uncounted = renewalReport(unknown);
  expect(uncounted.decision.remarks[0]).toMatch(/^Seats are assigned to people: at most 19 at once\./);
});

test("a pool without any record has a report too", () => {
  const report = renewalReport(input({ days: [] }));
  expect(report).toMatchObject({ peak: 0, peakAtMs: null, recommended: 0, owned: 20, launches: 0 });
  expect(report.variants.map(({ kind }) => kind)).toEqual(["too early"]);
});

test("programs are told what the contract lists, and nothing else", () => {
  const answer = renewalAnswer(renewalReport(input()));
  expect(Object.keys(answer)).toEqual(
    "pool from to owned peak peakAtMs launches turnedAway keptWaiting people recommended range confidence options coverage checksum".split(
      " ",
    ),
  );
  expect(Object.keys(answer.confidence)).toEqual(["level", "why"]);
  expect(Object.keys(answer.options[0]!)).toEqual(
    "seats foundNoneFree daysShort hoursFull peopleRefused cost saving".split(" "),
  );
  expect(whatIfAnswer(input(), 15)).toEqual({ ...answer.options[2], peopleRefused: null });
});

test("the checksum tells data apart, and not how they came back from where they were kept", () => {
  const days = year();
  const reread = JSON.parse(JSON.stringify(days)).map((day: PoolDay) =>
    Object.fromEntries(Object.entries(day).reverse()),
  );
  expect(checksum(reread)).toBe(checksum(days));
  expect(checksum(days)).toMatch(/^[0-9a-f]{64}$/);
  expect(checksum(days.slice(1))).not.toBe(checksum(days));
  expect(checksum(days.with(3, { ...days[3]!, shared: 1 }))).not.toBe(checksum(days));
});
