import { expect, test } from "vitest";
import { clockTime, count, day, FILTERS, moment, momentToSecond } from "../../daemon/pages/formats.ts";

const LONDON = "Europe/London";
const at = (text: string) => Date.parse(text);

test("a moment is written as people say it, by the clock of the register's zone", () => {
  expect(moment(at("2026-11-21T15:21:59Z"), LONDON)).toBe("21 November 2026, 3:21pm");
  expect(moment(at("2026-07-01T23:05:00Z"), LONDON), "summer time, the next day").toBe("2 July 2026, 12:05am");
});

test("where moments are to be told apart, one is written with its seconds", () => {
  expect(momentToSecond(at("2026-11-21T15:21:59Z"), LONDON)).toBe("21 November 2026, 3:21:59pm");
  expect(momentToSecond(at("2026-11-21T00:00:00Z"), LONDON)).toBe("21 November 2026, 12:00:00am");
});

test.each([
  ["2026-01-10T00:00:00Z", "midnight"],
  ["2026-01-10T00:01:00Z", "12:01am"],
  ["2026-01-10T09:00:00Z", "9am"],
  ["2026-01-10T12:00:00Z", "midday"],
  ["2026-01-10T12:30:00Z", "12:30pm"],
  ["2026-01-10T23:59:00Z", "11:59pm"],
])("%s is %s on a London clock in winter", (moment, words) => {
  expect(clockTime(at(moment), LONDON)).toBe(words);
});

test("a day is a day whatever the zone", () => {
  expect(day("2027-03-31")).toBe("31 March 2027");
  expect(day("2026-03-01")).toBe("1 March 2026");
});

test("one of a thing is not many", () => {
  expect([0, 1, 1250].map((seats) => count(seats, "seat"))).toEqual(["0 seats", "1 seat", "1,250 seats"]);
});

test("times stand in an element that programs can read", () => {
  expect(String(FILTERS.momentTime(at("2026-07-01T14:21:00Z"), LONDON))).toBe(
    '<time datetime="2026-07-01T14:21:00.000Z">1 July 2026, 3:21pm</time>',
  );
  expect(String(FILTERS.dayTime("2027-03-31"))).toBe('<time datetime="2027-03-31">31 March 2027</time>');
});
