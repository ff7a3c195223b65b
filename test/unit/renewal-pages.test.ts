import { beforeEach, expect, test } from "vitest";
import { calendarView } from "../../daemon/pages/renewals/calendar-view.ts";
import { readDecision, readNote } from "../../daemon/pages/renewals/forms.ts";
import { pastView } from "../../daemon/pages/renewals/past-view.ts";
import { reportView } from "../../daemon/pages/renewals/report-view.ts";
import type { Renewals, UseOfStep } from "../../daemon/renewals/renewals.ts";
import { variantInWords } from "../../daemon/sizing/decision.ts";
import { COUNCIL, councilRenewals, councilReport, daysOf } from "../support/council.ts";
import { registerOf } from "../support/registers.ts";

const { register } = registerOf(COUNCIL);
let renewals: Renewals;
beforeEach(() => {
  renewals = councilRenewals(() => ({ register, revision: 1 }));
});

const view = async (pool: string) => reportView(register, await renewals.report(pool), "1.0.0");
const year = async (department = "") => calendarView(await renewals.calendar(), { show: "year", department });

test("the calendar has late ones first, then months headed with what is at stake, unknown notice at the top", async () => {
  const { groups } = await year();
  expect(groups.map(({ heading, lines }) => [heading, ...lines.map(({ title }) => title)]).slice(0, 5)).toEqual([
    ["Late", "Computer-aided design"],
    ["April 2027: £43,400 a year", "GIS desktop", "PDF editor"],
    ["May 2027: £28,500 a year", "Host terminal"],
    ["June 2027: £17,000 a year", "Statistics", "Old planner"],
    ["July 2027: £127,650 a year", "<script>document.title='owned'</script>", "Revenues and benefits"],
  ]);
});

test("a line says how late it is, what is at least needed, and what more it would cost", async () => {
  const lines = (await year()).groups.flatMap((group) => group.lines);
  const line = (pool: string) => lines.find((one) => one.pool === pool);
  expect(line("cad")).toMatchObject({ daysLeft: "−11", status: "Renews by itself: ring now", urgent: true });
  expect(line("gis")).toMatchObject({
    highest: "14*",
    recommended: "≥14",
    status: "Limit reached on 213 days: review",
  });
  expect(line("over")).toMatchObject({ saving: "(£2,000)", costsMore: true });
  expect(line("host")).toMatchObject({ daysLeft: "?", status: "Find the notice clause" });
  expect(line("planner")).toMatchObject({ status: "Nobody used it for 215 days" });
  expect(line("named")?.assigned).toBe("Assigned to people: at most 18 at once");
  expect(line("pdf")?.assigned).toBe("");
  expect(line("named")?.moved).toBe("90 days before is Saturday 1 April 2028, so the working day before");
});

test("what is due in 90 days is summed up, and of a department only its own", async () => {
  expect((await year()).summary).toEqual([
    "Next 90 days: 6 decisions, £188,050 a year, could save £49,310, could cost £2,000 more.",
    "Late: 1.",
    "Notice period not known: 1.",
  ]);
  const planning = await year("Planning");
  expect(planning.groups.flatMap(({ lines }) => lines.map(({ pool }) => pool))).toEqual(["cad", "gis", "planner"]);
  expect(planning.summary[0]).toBe("Next 90 days: 2 decisions, £35,600 a year, could save £6,750.");
  expect((await year("nobody’s")).asked.department).toBe("");
});

test("all of it has what never ends too", async () => {
  const all = calendarView(await renewals.calendar(), { show: "all", department: "" });
  expect(all.groups.at(-1)).toMatchObject({
    heading: "Nothing to give notice of",
    lines: [
      { pool: "ended", reference: "C-20-009", ends: "2027-01-31", owned: 0, cost: "–", saving: "–" },
      { pool: "perpetual", reference: "P-1", owned: 4 },
    ],
  });
});

test("the usual report", async () => {
  const { box, facts, figure1, figure2, who, doubts, reviewed } = await view("revenues");
  expect(reviewed).toBe(
    "Usage reviewed 1 April 2026 to 31 March 2027: 12 of 12 months, 99.9% of working hours metered",
  );
  expect(box.heading).toMatch(/^Decision needed by Friday 2 July 2027 \(notice: 90 days before 30 September 2027\)/);
  expect(box.confidence).toEqual({ level: "MEDIUM", why: "only 2 days came near the highest use" });
  expect(Object.fromEntries(facts)).toMatchObject({
    "Supplier and contract": "Example Software Ltd · C-24-117 · ends 30 September 2027 · renews by itself",
    "Seats owned": "111 (105 until 12 August 2026)",
    "Highest use": "83 seats, Monday 13 April 2026, 10:21am",
    "Cost now": "£127,650 a year · £1.52 per hour of use",
    "Responsible officer": "Head of Revenues",
  });
  expect(figure1.headline).toBe("Use never passed 83 of 111 seats; April 2026 is the high point");
  expect(figure2.headline).toBe("At least 50 seats were needed for 186 of 2,510 working hours");
  expect(who).toBe("Revenues 78%, Children 10%, Customer 7%, others 5% (of hours)");
  expect(doubts.map(([, words]) => words).join(" ")).toContain("1 outage, 42 minutes, 3 December 2026, left out.");
});

test("what ran while the service was away, and was told afterwards, is said where there was any", async () => {
  const told = await renewals.report("revenues");
  const report = { ...told.report, ungoverned: { holdings: 3, seatMs: 1 } };
  const sure = (some: typeof told) =>
    reportView(register, some, "1.0.0")
      .doubts.map(([, words]) => words)
      .join(" ");
  expect(sure(told)).not.toContain("told of afterwards");
  expect(sure({ ...told, report })).toContain("3 launches while the service was away were told of afterwards.");
});

test.each([
  ["gis", "the limit was reached on 213 days, so true need cannot be measured"],
  ["planner", "Nobody has used this for 215 days."],
  ["new", "Too early: there are records of 59 days"],
  ["ended", "What was bought ended on 31 January 2027."],
  ["named", "at most 18 at once, and 20 people used one. 12 seats of those owned were never anybody’s."],
  ["over", "More seats were in use than were bought for 3.2 hours."],
])("the report of %s says what is unusual: %s", async (pool, words) => {
  expect((await view(pool)).box.remarks.join(" ")).toContain(words);
});

test("of what has ended since it is told what was owned until when, and what it cost no more", async () => {
  const { facts, options, figure1 } = await view("ended");
  expect(Object.fromEntries(facts)).toMatchObject({
    "Seats owned": "0 (10 until 31 January 2027)",
    "Cost now": "nothing is owned",
    "Supplier and contract": "C-20-009 · ended 31 January 2027",
  });
  expect(options.map(({ note }) => note).join()).not.toContain("own now");
  const told = await renewals.report("ended");
  // Had it ended a day after the days that are reported, the figure would end with what was owned in them.
  const since = { ...told.report, ownedSteps: [{ fromMs: 0, seats: 10 }], ownedSince: [{ fromMs: 1, seats: 0 }] };
  const later = reportView(register, { ...told, report: since }, "1.0.0");
  expect(Object.fromEntries(later.facts)["Seats owned"]).toMatch(/^0 \(10 until /);
  expect(later.figure1.chart.labels.map(({ text }) => text)).toContain("owned 10");
  expect(figure1.chart.labels.map(({ text }) => text)).toContain("owned 0");
});

test("in a table of estimates the highest use is not the one that was measured, and both are called what they are", async () => {
  const rows = async (pool: string) => (await view(pool)).options.map(({ note }) => note).join();
  expect(await rows("gis")).toContain("highest use if nobody had been refused");
  expect((await view("gis")).isEstimate).toBe(true);
  expect(await rows("pdf")).toMatch(/highest use(?! if)/);
  expect((await view("pdf")).isEstimate).toBe(false);
});

test("of what nobody used nobody claims that people were not counted", async () => {
  const told = await renewals.report("planner");
  const of = (change: Partial<typeof told.report>) =>
    Object.fromEntries(reportView(register, { ...told, report: { ...told.report, ...change } }, "1.0.0").doubts)[
      "Named or concurrent?"
    ];
  expect(of({ people: 0, recommended: 0, breakEven: null })).toBe("Neither: nobody used it.");
  expect(of({ people: null, breakEven: null })).toBe("Not known: people were not counted.");
});

test("one seat is needed, and two are", async () => {
  const told = await renewals.report("gis");
  const limit = (recommended: number) =>
    variantInWords({ kind: "limit reached", days: 3 }, { recommended, need: told.report.need });
  expect(limit(1)).toMatch(/^At least 1 seat is needed;/);
  expect(limit(2)).toMatch(/^At least 2 seats are needed;/);
});

test("of a month without records no figure is drawn, and neither is a nought", async () => {
  const told = await renewals.report("revenues");
  const months = told.report.months.map((one) => (one.month === "2026-05" ? { ...one, peak: 0 } : one));
  const { figure1 } = reportView(
    register,
    { ...told, report: { ...told.report, months, missingMonths: ["2026-05"] } },
    "1",
  );
  expect(figure1.chart.bars[1]).toMatchObject({ name: "May", value: "no data" });
  expect(figure1.rows.map(({ name }) => name)).not.toContain("May 2026");
});

test("a site licence is drawn without a line of what is owned, and its report compares no numbers of seats", () => {
  const licence = registerOf(COUNCIL.replace("metric: named-user", "metric: site")).register;
  const report = councilReport(licence, "named", { demand: daysOf(licence, "named") });
  const { box, facts, figure1, options, doubts } = reportView(
    licence,
    { report, notes: [], decisions: [], madeAtMs: 0, behind: false },
    "1.0.0",
  );
  expect(box.recommendation).toBe("We recommend renewing it as it is: a site licence has no number of seats.");
  expect(Object.fromEntries(facts)["Seats owned"]).toBe("a site licence: as many as there are");
  expect(figure1.headline).toMatch(/^Use never passed \d+ seats/);
  expect([figure1.chart.owned, figure1.chart.labels, figure1.chart.recommended]).toEqual(["", [], null]);
  expect(options).toEqual([]);
  expect(doubts.map(([, words]) => words)).toContain("Neither: a site licence has no number of seats.");
});

test("a pool without any records has a report without figures, and nobody recommends giving it up", async () => {
  const { hasUse, facts, box, offered, reviewed } = await view("rude");
  expect(box.recommendation).toBe(
    "Nothing is recorded of its use, so no number of seats can be recommended. You own 2.",
  );
  expect([box.confidence, box.remarks, offered]).toEqual([null, [], 2]);
  expect(reviewed).toMatch(/: nothing is recorded$/);
  expect(hasUse).toBe(false);
  expect(Object.fromEntries(facts)["Highest use"]).toBe("never used");
});

test("a few weeks are no ground to give seats up on", async () => {
  expect((await view("new")).box.recommendation).toBe(
    "Too early to recommend a number: so far 13 seats would have done. You own 40.",
  );
  const { options, figure1, offered } = await view("new");
  expect(options.map(({ note }) => note).join()).not.toContain("recommended");
  expect(figure1.chart.labels.map(({ text }) => text)).toContain("so far needed 13");
  expect(offered).toBe(40);
  const line = (await year()).groups.flatMap(({ lines }) => lines).find(({ pool }) => pool === "new");
  expect(line).toMatchObject({ recommended: "–", saving: "–", status: "Too early to tell" });
});

test("no word of statistics or of licensing software is on a report", async () => {
  for (const pool of Object.keys(register.pools)) {
    const { method: _, ...words } = await view(pool);
    expect(JSON.stringify(words)).not.toMatch(/concurrency|denial|denied|P99|percentile/i);
  }
});

test("a decision needs a kind, a name and a reason, and a number where one is asked for", () => {
  expect(readDecision({}, 80)).toMatchObject({ errors: { kind: /./, name: /./, reason: /./ } });
  const said = { name: " A.\tSmith ", reason: "fewer people" };
  expect(readDecision({ ...said, kind: "renew" }, 80)).toEqual({
    decision: { kind: "renew", seats: 80, name: "A. Smith", reason: "fewer people" },
  });
  expect(readDecision({ ...said, kind: "other", seats: "1,200" }, 80)).toMatchObject({ decision: { seats: 1200 } });
  expect(readDecision({ ...said, kind: "not renew", seats: "9" }, 80)).toEqual({
    decision: { kind: "not renew", name: "A. Smith", reason: "fewer people" },
  });
  for (const seats of ["", "0", "-1", "1.5", "x", "9999999"])
    expect(readDecision({ ...said, kind: "other", seats }, 80), seats).toMatchObject({ errors: { seats: /./ }, seats });
  expect(readDecision({ ...said, kind: "constructor" }, 80)).toMatchObject({ errors: { kind: /./ } });
  expect(readDecision({ kind: "renew", name: "x".repeat(101), reason: ["a"] }, 80)).toMatchObject({
    errors: { name: "Use 100 letters at most", reason: "Enter the reason" },
  });
});

test("a note needs a day and words", () => {
  expect(readNote({ date: "2026-04-13", note: "billing" })).toEqual({ note: { date: "2026-04-13", note: "billing" } });
  expect(readNote({ date: "2026-02-30", note: "x" })).toMatchObject({ errors: { note: "Choose a day" } });
  expect(readNote({ date: "2026-04-13", note: "\u0000 " })).toMatchObject({ errors: { note: "Enter the note" } });
});

test("the past has each day with what was known of it, the newest first", async () => {
  await renewals.note("revenues", { date: "2026-04-13", note: "annual billing", by: "x" });
  const { notes } = await renewals.report("revenues");
  const past = pastView(register, await renewals.usage("revenues"), notes);
  expect(past.days).toHaveLength(365);
  expect(past.days[0]?.words).toBe("31 Mar 2027");
  expect(past.days.at(-13)).toMatchObject({ words: "13 Apr 2026", peak: "83", owned: "105", note: "annual billing" });
  expect(past.gaps).toEqual(["3 December 2026, 8am: 0.7 hours"]);
});

test("days without any record are one time without records, and no days without use", async () => {
  const usage = await renewals.usage("revenues");
  const [first, second, third] = usage.items;
  const gap = ({ fromMs, untilMs }: UseOfStep) => ({ peak: 0, peakAtMs: null, gaps: [{ fromMs, untilMs }] });
  const items = [{ ...first!, ...gap(first!) }, { ...second!, ...gap(second!) }, third!];
  const past = pastView(register, { ...usage, items }, []);
  expect(past.gaps).toEqual(["1 April 2026, midnight: 48 hours"]);
  expect(past.figure.chart.gaps).toHaveLength(1);
  expect(past.days.at(-1)).toMatchObject({ words: "1 Apr 2026", peak: "–", launches: "–", hoursFull: "–" });
  expect(past.days[0]).toMatchObject({ words: "3 Apr 2026", peak: String(third!.peak) });
  expect(pastView(register, { ...usage, owned: [], items }, []).days[0]).toMatchObject({ owned: "–" });
});
