import { expect, test } from "vitest";
import { howLong, lengthMs, momentToCome } from "../../client-shim/moments.ts";

const NOW_MS = new Date(2026, 10, 25, 18, 19).getTime();
const moment = (text: string) => momentToCome(text, "--until", NOW_MS);

test("a day is meant to its end, a moment to the minute, a length from now on", () => {
  expect(new Date(moment("2026-12-03"))).toEqual(new Date(2026, 11, 3, 23, 59, 59));
  expect(new Date(moment("2026-11-25"))).toEqual(new Date(2026, 10, 25, 23, 59, 59));
  expect(new Date(moment("2026-12-03T17:00"))).toEqual(new Date(2026, 11, 3, 17, 0));
  expect(moment("2026-12-03T17:00:30Z")).toBe(Date.UTC(2026, 11, 3, 17, 0, 30));
  expect(moment("2026-12-03T17:00+01:00")).toBe(Date.UTC(2026, 11, 3, 16, 0));
  expect(moment("3d")).toBe(NOW_MS + 3 * 86_400_000);
});

test.each([
  "",
  "soon",
  "2026-02-30",
  "2027-13-01",
  "2026-12-03 17:00",
  "2026-12-03T25:00",
  "2026-02-30T10:00",
  "3 days",
  "-3d",
])("%j is no moment", (text) => expect(() => moment(text)).toThrow(/--until is a day/));

test.each(["2026-11-24", "2026-11-25T18:19", "2020-01-01T00:00Z", "0d"])("%s is over", (text) => {
  expect(() => moment(text)).toThrow(/is over already/);
});

test("a length has a least and a most", () => {
  expect(lengthMs("90s", "--wait", 100_000)).toBe(90_000);
  for (const text of ["0s", "2m", "1.5h", "90"]) {
    expect(() => lengthMs(text, "--wait", 100_000)).toThrow(/--wait is a length .* up to 100 seconds/);
  }
});

test("lengths are said in units of which there are two at least", () => {
  const said = [400, 1_000, 45_000, 119_000, 120_000, 3_600_000, 7_200_000, 86_400_000, 3 * 86_400_000].map(howLong);
  expect(said).toEqual([
    ...["0 seconds", "1 second", "45 seconds", "119 seconds", "2 minutes"],
    ...["60 minutes", "2 hours", "24 hours", "3 days"],
  ]);
});
