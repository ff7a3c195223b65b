import { expect, test } from "vitest";
import { keptFromMs, periodInWords } from "../../daemon/domain/retention.ts";
import { ORGANISATION, registerOf, told } from "../support/registers.ts";

const privacyOf = (text: string) => registerOf(`${ORGANISATION}privacy: ${text}\n`);

test.each([
  ["{ keepSessions: 400d }", { keepSessions: { days: 400 } }],
  ["{ keepSessions: 1 month }", { keepSessions: { months: 1 } }],
  ["{ keepSessions: 2 years, keepDays: 10 years }", { keepSessions: { months: 24 }, keepDays: { months: 120 } }],
  ["{ keepAudit: 18 months }", { keepAudit: { months: 18 } }],
  ["{ keysFile: keys/pseudonyms.json }", { keysFile: "keys/pseudonyms.json", keepSessions: { months: 13 } }],
])("%s is understood", (text, privacy) => {
  expect(privacyOf(text).register.privacy).toMatchObject(privacy);
});

test.each([
  ["{ keepSessions: soon }", "is no time to keep things for: one is written 400d, 13 months or 7 years"],
  ["{ keepSessions: 13 }", "is no time to keep things for: one is written 400d, 13 months or 7 years"],
  ["{ keepSessions: 4 years }", "must be from 1 month to 3 years"],
  ["{ keepDays: 1 year }", "must be from 3 years to 25 years"],
  ["{ keepAudit: 6 months }", "must be from 1 year to 10 years"],
  ["{ keepAudit: for ever }", "is no time to keep things for: one is written 400d, 13 months or 7 years"],
])("%s is a mistake at its place", (text, mistake) => {
  expect(told(`${ORGANISATION}privacy: ${text}\n`)).toEqual([
    `2:${"privacy: ".length + text.lastIndexOf(": ") + 3} ${mistake}`,
  ]);
});

test("whoever keeps launches for less than thirteen months is warned that a year cannot be counted", () => {
  const warned = (text: string) => privacyOf(text).warnings.map(({ path }) => path);
  expect(warned("{ keepSessions: 12 months }")).toEqual(["privacy.keepSessions"]);
  expect(warned("{ keepSessions: 390d }")).toEqual(["privacy.keepSessions"]);
  expect(warned("{ keepSessions: 403d }")).toEqual([]);
  expect(warned("{}")).toEqual([]);
});

test("what is kept for a month is kept from the same day of the month before, by the zone's midnight", () => {
  const nowMs = Date.parse("2026-04-30T23:30:00Z");
  expect(new Date(keptFromMs({ months: 1 }, nowMs, "Europe/London")).toISOString()).toBe("2026-03-31T23:00:00.000Z");
  expect(new Date(keptFromMs({ days: 2 }, nowMs, "UTC")).toISOString()).toBe("2026-04-28T00:00:00.000Z");
});

test("lengths of time are told as people say them", () => {
  const all = [{ months: 13 }, { months: 84 }, { months: 12 }, { months: 1 }, { days: 7 }, { days: 1 }];
  expect(all.map(periodInWords)).toEqual(["13 months", "7 years", "1 year", "1 month", "7 days", "1 day"]);
});
