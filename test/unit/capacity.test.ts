import fc from "fast-check";
import { expect, test } from "vitest";
import { addDays, startOfDayMs, wallTime } from "../../daemon/domain/calendar.ts";
import { capacityAt, capacitySteps, termOf } from "../../daemon/domain/capacity.ts";
import type { Entitlement } from "../../daemon/domain/register.ts";

const LONDON = "Europe/London";
const bought = (seats: number, starts: string, ends?: string): Entitlement => ({
  reference: "PO-1",
  seats,
  starts,
  ...(ends ? { ends } : {}),
});
const at = (moment: string) => Date.parse(moment);

test("an entitlement counts from the midnight of its first day to the midnight after its last", () => {
  const steps = capacitySteps([bought(25, "2026-04-01", "2027-03-31")], LONDON);

  expect(steps).toEqual([
    { fromMs: 0, seats: 0, reason: "entitlement_not_started" },
    { fromMs: at("2026-03-31T23:00:00Z"), seats: 25, reason: "no_seats" },
    { fromMs: at("2027-03-31T23:00:00Z"), seats: 0, reason: "entitlement_ended" },
  ]);
  expect(capacityAt(steps, at("2026-03-31T22:59:59.999Z")).seats).toBe(0);
  expect(capacityAt(steps, at("2026-03-31T23:00:00Z")).seats).toBe(25);
  expect(capacityAt(steps, at("2027-03-31T22:59:59.999Z")).seats).toBe(25);
});

test("those in force at once add up", () => {
  const steps = capacitySteps([bought(25, "2026-04-01", "2027-03-31"), bought(5, "2026-10-01")], LONDON);

  expect(steps.map(({ seats }) => seats)).toEqual([0, 25, 30, 5]);
});

test("a renewal without a change makes no step, and no gap at midnight", () => {
  const steps = capacitySteps([bought(25, "2025-04-01", "2026-03-31"), bought(25, "2026-04-01", "2027-03-31")], LONDON);

  expect(steps.map(({ seats }) => seats)).toEqual([0, 25, 0]);
});

test("between two terms the first has ended, rather than the second not begun", () => {
  const steps = capacitySteps([bought(2, "2026-06-01"), bought(2, "2025-01-01", "2025-12-31")], LONDON);

  expect(capacityAt(steps, at("2026-03-01T00:00:00Z"))).toMatchObject({ seats: 0, reason: "entitlement_ended" });
  expect(capacityAt(steps, at("2024-03-01T00:00:00Z"))).toMatchObject({ seats: 0, reason: "entitlement_not_started" });
});

test("a perpetual entitlement reaches for ever", () => {
  expect(termOf(bought(3, "2020-01-01"), LONDON).untilMs).toBe(Number.POSITIVE_INFINITY);
  const steps = capacitySteps([bought(3, "2020-01-01")], LONDON);
  expect(capacityAt(steps, at("2900-01-01T00:00:00Z")).seats).toBe(3);
});

test("an entitlement of one day lasts its 23 or 25 hours", () => {
  const hours = (date: string) => {
    const { fromMs, untilMs } = termOf(bought(1, date, date), LONDON);
    return (untilMs - fromMs) / 3_600_000;
  };
  expect([hours("2026-03-29"), hours("2026-10-25"), hours("2026-06-01")]).toEqual([23, 25, 24]);
});

test("a pool without entitlements has no seats, which is no matter of dates", () => {
  expect(capacitySteps([], LONDON)).toEqual([{ fromMs: 0, seats: 0, reason: "no_seats" }]);
});

test("the first step reaches back to the beginning of time, even east of Greenwich", () => {
  expect(capacitySteps([bought(3, "1970-01-01")], "Asia/Tokyo")).toEqual([{ fromMs: 0, seats: 3, reason: "no_seats" }]);
});

test("the steps say at every moment what the entitlements of that day add up to", () => {
  const day = fc.integer({ min: 0, max: 800 }).map((days) => addDays("2025-01-01", days));
  const entitlement = fc
    .record({
      seats: fc.integer({ min: 1, max: 50 }),
      starts: day,
      length: fc.option(fc.integer({ min: 0, max: 400 })),
    })
    .map(({ seats, starts, length }) => bought(seats, starts, length === null ? undefined : addDays(starts, length)));
  const zone = fc.constantFrom(LONDON, "America/Sao_Paulo", "Pacific/Kiritimati");
  fc.assert(
    fc.property(
      fc.array(entitlement, { maxLength: 5 }),
      day,
      zone,
      fc.nat(86_399_999),
      (bag, date, timezone, lateMs) => {
        const atMs = startOfDayMs(date, timezone) + lateMs;
        const today = wallTime(atMs, timezone).date;
        const inForce = bag.filter(({ starts, ends }) => starts <= today && (!ends || today <= ends));
        const steps = capacitySteps(bag, timezone);

        expect(capacityAt(steps, atMs).seats).toBe(inForce.reduce((sum, { seats }) => sum + seats, 0));
        expect(steps[0]?.fromMs).toBe(0);
        expect(steps.map(({ fromMs }) => fromMs)).toEqual(steps.map(({ fromMs }) => fromMs).sort((a, b) => a - b));
      },
    ),
  );
});
