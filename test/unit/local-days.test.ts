import { expect, test } from "vitest";
import { addDays, startOfDayMs } from "../../daemon/domain/calendar.ts";
import { localDays } from "../../daemon/domain/local-days.ts";
import { inWorkingHours } from "../../daemon/domain/working-time.ts";
import { ORGANISATION, registerOf } from "../support/registers.ts";
import { at, HOUR, LONDON } from "../support/usage.ts";

test.each([
  "Europe/London",
  "America/New_York",
  "Australia/Lord_Howe",
  "America/Sao_Paulo",
  "Pacific/Apia",
  "Asia/Kolkata",
])("days of %s begin and end at the midnights that its clocks show", (timezone) => {
  for (const year of [2011, 2018]) {
    for (const day of localDays(`${year}-01-01`, `${year}-12-31`, { ...LONDON, timezone })) {
      expect(day.startMs, day.date).toBe(startOfDayMs(day.date, timezone));
      expect(day.endMs, day.date).toBe(startOfDayMs(addDays(day.date, 1), timezone));
    }
  }
});

test("days on which clocks change have 23 and 25 hours", () => {
  const lengths = localDays("2026-01-01", "2026-12-31", LONDON)
    .map(({ date, startMs, endMs }) => [date, (endMs - startMs) / HOUR])
    .filter(([, hours]) => hours !== 24);
  expect(lengths).toEqual([
    ["2026-03-29", 23],
    ["2026-10-25", 25],
  ]);
});

test("working hours are those of the clock on the wall, and none on bank holidays", () => {
  const { register } = registerOf(ORGANISATION);
  for (const { working, startMs, endMs } of localDays("2026-03-23", "2026-04-10", register)) {
    expect(working !== undefined).toBe(inWorkingHours(register, (startMs + endMs) / 2));
    if (!working) continue;
    expect(inWorkingHours(register, working.fromMs)).toBe(true);
    expect(inWorkingHours(register, working.fromMs - 1)).toBe(false);
    expect(inWorkingHours(register, working.untilMs - 1)).toBe(true);
    expect(inWorkingHours(register, working.untilMs)).toBe(false);
  }
  expect(localDays("2026-07-01", "2026-07-01", register)[0]!.working!.fromMs).toBe(at("2026-07-01 07:00"));
});
