import fc from "fast-check";
import { expect, test } from "vitest";
import { HourSort } from "../../daemon/domain/hour-sort.ts";
import { Hours } from "../../daemon/domain/hours.ts";
import { localDays } from "../../daemon/domain/local-days.ts";
import { HOUR, LONDON } from "../support/usage.ts";

const KINDS = 3;
/** How much an event's number grows in an hour (holding-events.ts). */
const PER_HOUR = HOUR * 2 * KINDS;

function expectSorted(events: readonly number[], timezone: string) {
  const hours = new Hours(localDays("2026-04-04", "2026-04-06", { ...LONDON, timezone }));
  const sorted = new HourSort(hours, KINDS);
  // What an earlier pool left must not show.
  sorted.sort(Float64Array.from({ length: 500 }, (_, i) => i));
  sorted.sort(Float64Array.from(events));
  const whole = Array.from({ length: hours.count }, (_, hour) =>
    [...sorted.events.subarray(sorted.firstOf[hour]!, sorted.firstOf[hour + 1]!)].map(
      (event) => event + hours.beginsAfterMs(hour) * 2 * KINDS,
    ),
  );
  expect(whole.flat()).toEqual(events.toSorted((one, other) => one - other));
}

const anyEvent = fc.integer({ min: 0, max: 70 * PER_HOUR });
const anyZone = fc.constantFrom("Europe/London", "Australia/Lord_Howe");

test("many events come out in order, wherever in the days they lie", () => {
  fc.assert(fc.property(fc.array(anyEvent, { maxLength: 300 }), anyZone, expectSorted), { numRuns: 300 });
});

test("so do many of one hour, spread over it or within one moment of it", () => {
  const spread = fc.integer({ min: 5 * PER_HOUR, max: 6 * PER_HOUR - 1 });
  const crowded = fc.integer({ min: 5 * PER_HOUR + 600, max: 5 * PER_HOUR + 640 });
  for (const event of [spread, crowded, fc.oneof(spread, crowded)]) {
    const events = fc.array(event, { minLength: 100, maxLength: 400, size: "max" });
    fc.assert(fc.property(events, anyZone, expectSorted), { numRuns: 100 });
  }
});
