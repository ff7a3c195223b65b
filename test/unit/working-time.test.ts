import { expect, test } from "vitest";
import { weekdayOf } from "../../daemon/domain/calendar.ts";
import { easterSunday, englandsHolidays } from "../../daemon/domain/holidays.ts";
import type { Entitlement } from "../../daemon/domain/register.ts";
import { inWorkingHours, isWorkingDay, noticeDeadline } from "../../daemon/domain/working-time.ts";
import { ORGANISATION, registerOf } from "../support/registers.ts";

const { register } = registerOf(ORGANISATION);

const onWeekdays = (year: number) => [...englandsHolidays(year)].filter((day) => weekdayOf(day) % 6 !== 0).sort();

test.each([
  [2011, "01-03 04-22 04-25 04-29 05-02 05-30 08-29 12-26 12-27"],
  [2012, "01-02 04-06 04-09 05-07 06-04 06-05 08-27 12-25 12-26"],
  [2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28"],
  [2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"],
  [2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"],
  [2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"],
  [2024, "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26"],
  [2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26"],
  [2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"],
  [2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28"],
])("the bank holidays of %i are those that were proclaimed for England", (year, days) => {
  expect(onWeekdays(year)).toEqual(days.split(" ").map((day) => `${year}-${day}`));
});

test("Christmas on a Saturday is a holiday on that day too, for those who work on Saturdays", () => {
  expect(englandsHolidays(2027).has("2027-12-25")).toBe(true);
});

test.each([
  "1961-04-02",
  "1999-04-04",
  "2000-04-23",
  "2008-03-23",
  "2011-04-24",
  "2019-04-21",
  "2024-03-31",
  "2025-04-20",
  "2038-04-25",
  "2049-04-18",
  "2076-04-19",
])("Easter Sunday was or will be on %s", (date) => {
  expect(easterSunday(Number(date.slice(0, 4)))).toBe(date);
});

test.each([
  ["2026-07-01T07:00:00Z", true, "eight in the morning of a Wednesday in summer"],
  ["2026-07-01T06:59:59Z", false, "a second before"],
  ["2026-07-01T16:59:59Z", true, "just before six"],
  ["2026-07-01T17:00:00Z", false, "six o'clock"],
  ["2026-01-07T08:00:00Z", true, "eight in the morning in winter"],
  ["2026-07-04T10:00:00Z", false, "a Saturday"],
  ["2026-04-03T10:00:00Z", false, "Good Friday"],
  ["2026-12-28T10:00:00Z", false, "the day that stands in for Boxing Day"],
])("%s in working hours: %s, %s", (moment, working) => {
  expect(inWorkingHours(register, Date.parse(moment))).toBe(working);
});

test("a list of one's own takes the place of England's holidays", () => {
  const own = registerOf(`${ORGANISATION}holidays: [2026-12-24]\nworkingHours: Mon-Sat 08:00-18:00\n`).register;

  expect(isWorkingDay("2026-12-24", own)).toBe(false);
  expect(isWorkingDay("2026-12-25", own)).toBe(true);
  expect(isWorkingDay("2026-12-26", own)).toBe(true);
  expect(isWorkingDay("2026-12-27", own)).toBe(false);
});

const entitlement = (ends: string | undefined, notice: Entitlement["notice"]): Entitlement => ({
  reference: "PO-1",
  seats: 1,
  starts: "2020-04-01",
  ...(ends ? { ends } : {}),
  ...(notice ? { notice } : {}),
});

test.each<[string, NonNullable<Entitlement["notice"]>, string, string]>([
  ["2027-03-31", { days: 90 }, "2026-12-31", "a Thursday"],
  ["2027-03-31", { months: 3 }, "2026-12-31", "the calendar's months"],
  ["2027-05-31", { months: 3 }, "2027-02-26", "the end of February is a Sunday: the Friday before"],
  ["2027-03-27", { days: 90 }, "2026-12-24", "the day after Boxing Day: back over Christmas"],
  ["2026-04-06", { days: 0 }, "2026-04-02", "Easter Monday: the Thursday before"],
])("an entitlement to %s with notice of %j is given notice by %s, %s", (ends, notice, deadline) => {
  expect(noticeDeadline(entitlement(ends, notice), register)).toBe(deadline);
});

test("without an end, or a notice that is known, there is no deadline", () => {
  expect(noticeDeadline(entitlement(undefined, { days: 90 }), register)).toBeUndefined();
  expect(noticeDeadline(entitlement("2027-03-31", undefined), register)).toBeUndefined();
});
