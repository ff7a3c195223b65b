import fc from "fast-check";
import { expect, test } from "vitest";
import { durationAsText, readDuration } from "../../daemon/domain/duration.ts";

test.each([
  ["90s", 90_000],
  ["30m", 1_800_000],
  ["8h", 28_800_000],
  ["14d", 1_209_600_000],
  ["0s", 0],
])("%s are %i milliseconds", (text, lengthMs) => {
  expect(readDuration(text)).toBe(lengthMs);
});

test.each(["", "90", "s", "90 s", "-90s", "1.5h", "90S", "1h30m", "90ms", "3 months", "9999999999d", "99999999999s"])(
  "%j is no length",
  (text) => {
    expect(readDuration(text)).toBeUndefined();
  },
);

test("a length is written in its largest whole unit, and read back as it was", () => {
  expect([120_000, 90_000, 86_400_000, 0, 1_500].map(durationAsText)).toEqual(["2m", "90s", "1d", "0s", "1.5s"]);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 36_525 * 86_400 }), (seconds) => {
      expect(readDuration(durationAsText(seconds * 1000))).toBe(seconds * 1000);
    }),
  );
});
