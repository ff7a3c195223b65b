import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addDays,
  addMonths,
  isIsoDate,
  startOfDayMs,
  wallTime,
  weekdayOf,
  zoneOffsetMs,
  zoneOffsets,
} from "../../daemon/domain/calendar.ts";

const HOUR_MS = 3_600_000;
const utc = (moment: string) => Date.parse(moment);
const startOf = (date: string, zone: string) => new Date(startOfDayMs(date, zone)).toISOString();

test.each([
  ["2026-01-15", "Europe/London", "2026-01-15T00:00:00.000Z"],
  ["2026-04-01", "Europe/London", "2026-03-31T23:00:00.000Z"],
  ["2026-03-29", "Europe/London", "2026-03-29T00:00:00.000Z"],
  ["2026-03-30", "Europe/London", "2026-03-29T23:00:00.000Z"],
  ["2026-10-25", "Europe/London", "2026-10-24T23:00:00.000Z"],
  ["2026-10-26", "Europe/London", "2026-10-26T00:00:00.000Z"],
  ["2026-04-01", "Asia/Kathmandu", "2026-03-31T18:15:00.000Z"],
  ["2026-04-01", "Pacific/Kiritimati", "2026-03-31T10:00:00.000Z"],
  ["2026-04-01", "Pacific/Pago_Pago", "2026-04-01T11:00:00.000Z"],
])("%s begins in %s at %s", (date, zone, moment) => {
  expect(startOf(date, zone)).toBe(moment);
});

test("where the clock skips midnight, the day begins when the clock has jumped", () => {
  expect(startOf("2018-11-04", "America/Sao_Paulo")).toBe("2018-11-04T03:00:00.000Z");
  expect(wallTime(startOfDayMs("2018-11-04", "America/Sao_Paulo"), "America/Sao_Paulo")).toEqual({
    date: "2018-11-04",
    weekday: 0,
    minuteOfDay: 60,
  });
  expect(startOf("2024-04-26", "Africa/Cairo")).toBe("2024-04-25T22:00:00.000Z");
});

test("where the clock strikes midnight twice, the day begins at the first", () => {
  expect(startOf("2024-11-03", "America/Havana")).toBe("2024-11-03T04:00:00.000Z");
  expect(startOf("2018-02-18", "America/Sao_Paulo")).toBe("2018-02-18T03:00:00.000Z");
});

test("a day that a zone left out begins where the next one does", () => {
  expect(startOf("2011-12-30", "Pacific/Apia")).toBe(startOf("2011-12-31", "Pacific/Apia"));
  expect(startOf("2011-12-31", "Pacific/Apia")).toBe("2011-12-30T10:00:00.000Z");
});

const ZONES = [
  "Europe/London",
  "America/Sao_Paulo",
  "America/Havana",
  "Africa/Cairo",
  "Africa/Casablanca",
  "Asia/Beirut",
  "Asia/Tehran",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Pacific/Kiritimati",
  "America/Asuncion",
  "America/Scoresbysund",
];

test("every day begins at the first moment that bears its date, one day's end being the next one's beginning", () => {
  const day = fc.integer({ min: 12 * 365, max: 65 * 365 }).map((days) => addDays("1970-01-01", days));
  fc.assert(
    fc.property(day, fc.constantFrom(...ZONES), (date, zone) => {
      fc.pre(!(zone === "Pacific/Apia" && date === "2011-12-30"));
      fc.pre(!(zone === "Pacific/Kiritimati" && /^199[45]-(12-31|01-01)$/.test(date)));
      const start = startOfDayMs(date, zone);
      expect(wallTime(start, zone).date).toBe(date);
      expect(wallTime(start - 1, zone).date < date).toBe(true);
      expect(startOfDayMs(addDays(date, 1), zone)).toBeGreaterThan(start);
    }),
    { numRuns: 500 },
  );
});

test("the wall clock of a zone is its offset away from UTC", () => {
  expect(wallTime(utc("2026-07-01T22:59:59.999Z"), "Europe/London")).toEqual({
    date: "2026-07-01",
    weekday: 3,
    minuteOfDay: 23 * 60 + 59,
  });
  expect(wallTime(utc("2026-07-01T23:00:00Z"), "Europe/London")).toEqual({
    date: "2026-07-02",
    weekday: 4,
    minuteOfDay: 0,
  });
  expect(zoneOffsetMs(utc("2026-07-01T12:00:00.123Z"), "Europe/London")).toBe(HOUR_MS);
  expect(zoneOffsetMs(utc("2026-01-01T12:00:00.123Z"), "America/St_Johns")).toBe(-3.5 * HOUR_MS);
});

test("the offsets of a zone change at the moment at which its clocks do", () => {
  const offsets = zoneOffsets("Europe/London", utc("2026-01-01T00:00:00Z"), utc("2027-01-01T00:00:00Z"));

  expect(offsets).toEqual([
    { fromMs: 0, offsetMs: 0 },
    { fromMs: utc("2026-03-29T01:00:00Z"), offsetMs: HOUR_MS },
    { fromMs: utc("2026-10-25T01:00:00Z"), offsetMs: 0 },
  ]);
  expect(zoneOffsets("UTC", 0, utc("1972-01-01T00:00:00Z"))).toEqual([{ fromMs: 0, offsetMs: 0 }]);
});

test("days and months are the calendar's", () => {
  expect(addDays("2028-02-28", 1)).toBe("2028-02-29");
  expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
  expect(addDays("2026-03-30", -90)).toBe("2025-12-30");
  expect(addMonths("2027-03-31", -1)).toBe("2027-02-28");
  expect(addMonths("2028-03-31", -1)).toBe("2028-02-29");
  expect(addMonths("2027-01-31", -3)).toBe("2026-10-31");
  expect(addMonths("2026-11-30", 3)).toBe("2027-02-28");
  expect(weekdayOf("2026-04-01")).toBe(3);
});

test.each([
  "2026-02-29",
  "2026-13-01",
  "2026-04-31",
  "2026-4-1",
  "1969-12-31",
  "3000-01-01",
  "2026-04-01T00:00",
  " 2026-04-01",
  "",
])("%j is no day", (text) => {
  expect(isIsoDate(text)).toBe(false);
});

test.each(["1970-01-01", "2028-02-29", "2999-12-31"])("%s is a day", (text) => {
  expect(isIsoDate(text)).toBe(true);
});
