import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { icalendarOf } from "../../daemon/downloads/icalendar.ts";
import type { CalendarRow } from "../../daemon/renewals/renewals.ts";

const row = (change: Partial<CalendarRow> = {}): CalendarRow => ({
  ...{ reference: "C-24-117", ends: "2027-09-30" },
  ...{ pool: "revenues", products: ["Revenues; benefits, and “more”"], supplier: "Example, Ltd", department: null },
  ...{ officer: null, owned: 111, peak: 83, recommended: 80, need: "measured", confidence: "medium" },
  ...{ cost: null, currency: null, saving: null, status: "report ready", variants: [], decision: null },
  deadline: {
    ...{ reference: "C-24-117", ends: "2027-09-30", notice: { days: 90 }, noticeBy: "2027-07-02", daysLeft: 88 },
    autoRenews: true,
  },
  ...change,
});
const MADE_MS = Date.parse("2027-04-05T08:12:00Z");
const linesOf = (text: string) => text.split("\r\n");
/** As a calendar reads it: folded lines are one. */
const unfolded = (text: string) => linesOf(text.replaceAll("\r\n ", ""));

test("a notice deadline is a whole day, with reminders so many days before it, at nine in the morning", () => {
  const lines = unfolded(icalendarOf([row()], "Exampleshire Council", MADE_MS));
  expect(lines).toContain("DTSTART;VALUE=DATE:20270702");
  expect(lines).toContain("DTSTAMP:20270405T081200Z");
  expect(lines).toContain("UID:revenues-C-24-117@seatmeter");
  expect(lines.filter((line) => line.startsWith("TRIGGER"))).toEqual([
    ...["TRIGGER:-P179DT15H", "TRIGGER:-P119DT15H", "TRIGGER:-P89DT15H", "TRIGGER:-P29DT15H"],
  ]);
  expect([lines[0], lines.at(-1) || lines.at(-2)]).toEqual(["BEGIN:VCALENDAR", "END:VCALENDAR"]);
});

test("commas, semicolons and line breaks are escaped", () => {
  const lines = unfolded(icalendarOf([row()], "Exampleshire Council", MADE_MS));
  expect(lines).toContain("SUMMARY:Last day to give notice: Revenues\\; benefits\\, and “more”");
  expect(lines.find((line) => line.startsWith("DESCRIPTION:Contract"))).toBe(
    "DESCRIPTION:Contract C-24-117\\, Example\\, Ltd\\, ends on 30 September 2027.\\nNotice: 90 days before its end.\\n" +
      "Without notice it renews by itself.\\nSeats owned: 111\\, recommended: 80.\\nReport ready.",
  );
});

test("no line is longer than 75 octets, and none is folded within a letter", () => {
  const text = icalendarOf([row({ products: ["Größe ".repeat(40), "🗺️".repeat(40)] })], "Ünïversity", MADE_MS);
  for (const line of linesOf(text)) expect(Buffer.byteLength(line), line).toBeLessThanOrEqual(75);
  expect(text).not.toContain("\uFFFD");
  expect(unfolded(text).some((line) => line.includes("🗺️".repeat(40)))).toBe(true);
});

test("nothing in a name begins a line of its own", () => {
  const text = icalendarOf([row({ products: ["a\r\nBEGIN:VALARM\r\nb"] })], "x\r\nBEGIN:VEVENT", MADE_MS);
  expect(linesOf(text).filter((line) => line === "BEGIN:VALARM")).toHaveLength(4);
  expect(linesOf(text).filter((line) => line === "BEGIN:VEVENT")).toHaveLength(1);
});

test("what has no known deadline is no event", () => {
  const { noticeBy: _, ...unknown } = row().deadline!;
  expect(icalendarOf([row({ deadline: unknown }), row({ deadline: null })], "x", MADE_MS)).not.toContain("VEVENT");
});

test.each(["America/Los_Angeles", "Europe/London", "Pacific/Kiritimati"])(
  "a day stays that day where the daemon's clock is in %s, changes of the clock included",
  (TZ) => {
    const place = JSON.stringify(join(import.meta.dirname, "../../daemon/downloads/icalendar.ts"));
    const days = ["2027-03-28", "2027-10-31", "2027-07-02"];
    const rows = JSON.stringify(days.map((noticeBy) => row({ deadline: { ...row().deadline!, noticeBy } })));
    const script = `import { icalendarOf } from ${place}; console.log(icalendarOf(${rows}, "x", 0))`;
    const text = execFileSync(process.execPath, ["--input-type=module", "-e", script], { env: { ...process.env, TZ } });
    expect(unfolded(text.toString()).filter((line) => line.startsWith("DTSTART"))).toEqual(
      days.map((day) => `DTSTART;VALUE=DATE:${day.replaceAll("-", "")}`),
    );
  },
);
