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

  const begins = at("2026-03-31T23:00:00Z");
  expect(steps).toEqual([
    { fromMs: 0, seats: 0, reason: "entitlement_not_started", termMs: 0, reserved: [] },
    { fromMs: begins, seats: 25, reason: "no_seats", termMs: begins, reserved: [] },
    { fromMs: at("2027-03-31T23:00:00Z"), seats: 0, reason: "entitlement_ended", termMs: 0, reserved: [] },
  ]);
  expect(capacityAt(steps, at("2026-03-31T22:59:59.999Z")).seats).toBe(0);
  expect(capacityAt(steps, at("2026-03-31T23:00:00Z")).seats).toBe(25);
  expect(capacityAt(steps, at("2027-03-31T22:59:59.999Z")).seats).toBe(25);
});

test("those in force at once add up", () => {
  const steps = capacitySteps([bought(25, "2026-04-01", "2027-03-31"), bought(5, "2026-10-01")], LONDON);

  expect(steps.map(({ seats }) => seats)).toEqual([0, 25, 30, 5]);
});

test("a renewal without a change begins a term, and leaves no gap at midnight", () => {
  const steps = capacitySteps([bought(25, "2025-04-01", "2026-03-31"), bought(25, "2026-04-01", "2027-03-31")], LONDON);

  expect(steps.map(({ seats }) => seats)).toEqual([0, 25, 25, 0]);
  expect(steps.map(({ termMs }) => termMs)).toEqual([0, at("2025-03-31T23:00:00Z"), at("2026-03-31T23:00:00Z"), 0]);
});

test("two entitlements that begin and end on one day make one step each time", () => {
  const steps = capacitySteps([bought(3, "2026-04-01", "2027-03-31"), bought(4, "2026-04-01", "2027-03-31")], LONDON);

  expect(steps.map(({ seats }) => seats)).toEqual([0, 7, 0]);
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
  expect(capacitySteps([], LONDON)).toEqual([{ fromMs: 0, seats: 0, reason: "no_seats", termMs: 0, reserved: [] }]);
});

test("the first step reaches back to the beginning of time, even east of Greenwich", () => {
  const always = { fromMs: 0, seats: 3, reason: "no_seats", termMs: 0, reserved: [] };
  expect(capacitySteps([bought(3, "1970-01-01")], "Asia/Tokyo")).toEqual([always]);
});

const reservedAt = (steps: ReturnType<typeof capacitySteps>, moment: string) =>
  Object.fromEntries(capacityAt(steps, at(moment)).reserved.map(({ group, seats }) => [group, seats]));

test("a dated reservation counts from the midnight of its first day to the midnight after its last", () => {
  const reservations = [
    { group: "planning", seats: 8 },
    { group: "elections", seats: 5, from: "2026-04-20", until: "2026-05-08" },
  ];
  const steps = capacitySteps([bought(25, "2026-01-01")], LONDON, reservations);

  expect(reservedAt(steps, "2026-04-19T22:59:59.999Z")).toEqual({ planning: 8 });
  expect(reservedAt(steps, "2026-04-19T23:00:00Z")).toEqual({ planning: 8, elections: 5 });
  expect(reservedAt(steps, "2026-05-08T22:59:59.999Z")).toEqual({ planning: 8, elections: 5 });
  expect(reservedAt(steps, "2026-05-08T23:00:00Z")).toEqual({ planning: 8 });
  expect(reservedAt(steps, "2025-12-31T23:59:59Z")).toEqual({});
});

test("several reservations of a group are one", () => {
  const reservations = [
    { group: "planning", seats: 2 },
    { group: "cad", seats: 1 },
    { group: "planning", seats: 3, from: "2026-06-01" },
  ];
  const steps = capacitySteps([bought(10, "2026-01-01")], LONDON, reservations);

  expect(reservedAt(steps, "2026-02-01T00:00:00Z")).toEqual({ planning: 2, cad: 1 });
  expect(reservedAt(steps, "2026-07-01T00:00:00Z")).toEqual({ planning: 5, cad: 1 });
});

test("reservations that no longer fit are scaled down, what is left by largest remainder", () => {
  const reservations = [
    { group: "planning", seats: 5 },
    { group: "cad", seats: 3 },
    { group: "survey", seats: 2 },
  ];
  const bag = [bought(10, "2026-01-01"), bought(4, "2025-01-01", "2025-12-31")];

  // Of 4 seats 2.0, 1.2 and 0.8: the seat that is left goes where most of one is missing.
  const steps = capacitySteps(bag, LONDON, reservations);
  expect(reservedAt(steps, "2025-06-01T00:00:00Z")).toEqual({ planning: 2, cad: 1, survey: 1 });
  expect(reservedAt(steps, "2026-06-01T00:00:00Z")).toEqual({ planning: 5, cad: 3, survey: 2 });
});

test("a group whose share is less than a seat reserves none", () => {
  const reservations = [
    { group: "planning", seats: 9 },
    { group: "cad", seats: 1 },
  ];

  const steps = capacitySteps([bought(2, "2026-01-01")], LONDON, reservations);
  expect(reservedAt(steps, "2026-06-01T00:00:00Z")).toEqual({ planning: 2 });
});

test("reservations together are never more than the seats, and all of those where they want more", () => {
  const reservation = fc.record({ group: fc.constantFrom("a", "b", "c"), seats: fc.integer({ min: 1, max: 40 }) });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.array(reservation, { maxLength: 6 }), (seats, reservations) => {
      const steps = capacitySteps([bought(seats, "1970-01-01")], LONDON, reservations);
      const kept = capacityAt(steps, at("2026-01-01T00:00:00Z")).reserved.reduce((sum, part) => sum + part.seats, 0);
      const wanted = reservations.reduce((sum, part) => sum + part.seats, 0);

      expect(kept).toBe(Math.min(wanted, seats));
    }),
  );
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
