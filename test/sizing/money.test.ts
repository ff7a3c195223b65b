import fc from "fast-check";
import { expect, test } from "vitest";
import { holdingsOf } from "../../daemon/domain/holdings.ts";
import type { Entitlement } from "../../daemon/domain/register.ts";
import { sweepDays } from "../../daemon/domain/sweep.ts";
import {
  chargeback,
  type DepartmentRow,
  departmentRows,
  dividedPence,
  publishable,
} from "../../daemon/sizing/chargeback.ts";
import { costAYear, costOf, priceOn, unusedSpend } from "../../daemon/sizing/money.ts";
import { breakEven, cheapestMix } from "../../daemon/sizing/named-or-concurrent.ts";
import { anyUse, HOUR, pool, poolDay, sum } from "../support/usage.ts";
import * as naive from "./naive.ts";

const entitlement = (change: Partial<Entitlement>): Entitlement => ({
  reference: "C-24-117",
  seats: 111,
  starts: "2024-10-01",
  ends: "2027-09-30",
  cost: { amount: 127_650, currency: "GBP", per: "year" },
  ...change,
});
const PRICE = { amount: 127_650, perSeat: 1150, currency: "GBP" };

test("what a seat costs a year", () => {
  expect(priceOn([entitlement({})], "2027-03-31")).toEqual(PRICE);
  expect(costOf(80, PRICE)).toBe(92_000);
  expect(unusedSpend(111, 80, PRICE)).toBe(35_650);
  expect(unusedSpend(80, 111, PRICE)).toBe(0);
});

test("a term of three years costs a third of it a year, one of 18 months two thirds, and one without end nothing that is known", () => {
  const term = { amount: 90_000, currency: "GBP", per: "term" as const };
  expect(costAYear(entitlement({ cost: term }))).toBe(30_000);
  expect(costAYear(entitlement({ cost: term, starts: "2026-01-01", ends: "2027-06-30" }))).toBe(60_000);
  const leap = (starts: string, ends: string) => costAYear(entitlement({ cost: term, starts, ends }));
  expect([leap("2024-02-29", "2025-02-28"), leap("2023-03-01", "2024-02-29")]).toEqual([90_000, 90_000]);
  expect(leap("2024-02-29", "2025-02-26")).toBeGreaterThan(90_000);
  const { ends, ...perpetual } = entitlement({ cost: term });
  expect(costAYear(perpetual)).toBeUndefined();
});

test("what is in force together is paid together; where one price is missing, or in another currency, none is told", () => {
  const more = entitlement({ seats: 9, starts: "2026-08-12", cost: { amount: 2_350, currency: "GBP", per: "year" } });
  expect(priceOn([entitlement({}), more], "2026-08-12")).toEqual({
    amount: 130_000,
    perSeat: 130_000 / 120,
    currency: "GBP",
  });
  expect(priceOn([entitlement({}), more], "2026-08-11")).toEqual(PRICE);
  const { cost, ...free } = more;
  expect(priceOn([entitlement({}), free], "2026-08-12")).toBeUndefined();
  const euros = entitlement({ cost: { amount: 1, currency: "EUR", per: "year" } });
  expect(priceOn([entitlement({}), euros], "2026-08-12")).toBeUndefined();
  expect(priceOn([], "2026-08-12")).toBeUndefined();
});

test("named seats are cheaper when a concurrent one costs more than people ÷ seats times a named one", () => {
  expect(breakEven(140, 80)).toBe(1.75);
  expect(breakEven(140, 0)).toBeUndefined();
  const mixes = [
    { named: 0, concurrent: 80 },
    { named: 20, concurrent: 55 },
    { named: 140, concurrent: 0 },
  ];
  expect(cheapestMix(mixes, { named: 1000, concurrent: 1200 })).toEqual({ named: 20, concurrent: 55, cost: 86_000 });
  expect(cheapestMix(mixes, { named: 1000, concurrent: 1900 })).toMatchObject({ named: 20 });
  expect(cheapestMix(mixes, { named: 1000, concurrent: 2300 })).toMatchObject({ named: 140 });
});

const used = (seatHours: number, busySeatHours: number, launches: number) => ({
  seatMs: seatHours * HOUR,
  busySeatMs: busySeatHours * HOUR,
  launches,
});
const DAYS = [
  poolDay("2026-01-07", { departments: { Planning: used(6, 1, 3), "": used(1, 0, 1) } }),
  poolDay("2026-01-08", { departments: { Planning: used(2, 0, 1), Revenues: used(1, 1, 1) } }),
];
const PEOPLE = { byDepartment: { Planning: 12, Revenues: 3, "": 1 } };

test("departments by what they used, unknown among them", () => {
  expect(departmentRows(DAYS, PEOPLE)).toEqual([
    { department: "Planning", seatHours: 8, launches: 4, people: 12, share: 0.8, busyShare: 0.5 },
    { department: "", seatHours: 1, launches: 1, people: 1, share: 0.1, busyShare: 0 },
    { department: "Revenues", seatHours: 1, launches: 1, people: 3, share: 0.1, busyShare: 0.5 },
  ]);
});

test("departments' rows are what the definitions say of the days, whatever was used", () => {
  const counts = fc.dictionary(fc.constantFrom("", "Planning", "Revenues"), fc.nat(20));
  fc.assert(
    fc.property(anyUse, counts, fc.integer({ min: 0, max: 100_000 }), (use, byDepartment, bill) => {
      const span = { fromMs: use.days[0]!.startMs, untilMs: use.days.at(-1)!.endMs };
      const uses = naive.departments(use, span, naive.scenes(use, span));
      const all = (of: (one: (typeof uses)[string]) => number) => sum(Object.values(uses).map(of));
      const share = (part: number, whole: number) => (whole > 0 ? expect.closeTo(part / whole, 9) : 0);
      const days = sweepDays(holdingsOf(use.holdings), [pool(use)], use.days);
      const rows = departmentRows(days, { byDepartment });
      const told = (row: { department: string }) => row.department;
      expect(rows.toSorted((one, other) => (told(one) < told(other) ? -1 : 1))).toEqual(
        Object.entries(uses)
          .filter(([, { seatMs, launches }]) => seatMs > 0 || launches > 0)
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .map(([department, { seatMs, busySeatMs, launches }]) => ({
            ...{ department, launches, people: byDepartment[department] ?? 0 },
            seatHours: expect.closeTo(seatMs / HOUR, 6),
            share: share(
              seatMs,
              all((one) => one.seatMs),
            ),
            busyShare: share(
              busySeatMs,
              all((one) => one.busySeatMs),
            ),
          })),
      );
      expect(rows.map(({ seatHours }) => -seatHours)).toEqual(
        rows.map(({ seatHours }) => -seatHours).sort((one, other) => one - other),
      );
      // Who was there while seats were short pays for them; where they never were, everybody by the hours.
      const busyMs = all((one) => one.busySeatMs);
      for (const { department, pence } of chargeback(rows, bill, "busy hours")) {
        const { seatMs = 0, busySeatMs = 0 } = uses[department] ?? {};
        const part = busyMs > 0 ? busySeatMs / busyMs : seatMs / (all((one) => one.seatMs) || 1);
        expect(Math.abs(pence - bill * part)).toBeLessThan(1.001);
      }
    }),
    { numRuns: 2000 },
  );
});

test("a bill is divided to the last penny, by hours or by the hours in which seats were short", () => {
  const rows = departmentRows(DAYS, PEOPLE);
  expect(chargeback(rows, 1001).map(({ pence }) => pence)).toEqual([801, 100, 100]);
  expect(chargeback(rows, 1001, "busy hours").map(({ pence }) => pence)).toEqual([501, 0, 500]);
  const quiet = rows.map((row) => ({ ...row, busyShare: 0 }));
  expect(chargeback(quiet, 1000, "busy hours").map(({ pence }) => pence)).toEqual([800, 100, 100]);
});

test("pence add up to the bill, and nobody is off by a whole penny", () => {
  const weights = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e9 }), weights, (bill, parts) => {
      const all = sum(parts);
      const pence = dividedPence(bill, parts);
      expect(sum(pence)).toBe(all > 0 ? bill : 0);
      for (const [i, part] of parts.entries())
        if (all > 0) expect(Math.abs(pence[i]! - (bill * part) / all)).toBeLessThan(1.001);
    }),
    { numRuns: 2000 },
  );
});

const row = (department: string, people: number): DepartmentRow => ({
  department,
  people,
  seatHours: 10,
  launches: 5,
  share: 0.1,
  busyShare: 0.1,
});

test("departments of fewer than five people are published together, and with another one while they are too few", () => {
  expect(publishable([row("Planning", 12), row("Revenues", 8)]).map(({ department }) => department)).toEqual([
    "Planning",
    "Revenues",
  ]);
  const published = publishable([row("Planning", 12), row("Housing", 4), row("Revenues", 8), row("Legal", 3)]);
  expect(published.map(({ department, people, seatHours }) => [department, people, seatHours])).toEqual([
    ["Planning", 12, 10],
    ["Revenues", 8, 10],
    ["others", 7, 20],
  ]);
  const one = publishable([row("Planning", 12), row("Revenues", 8), row("Legal", 3)]);
  expect(one.map(({ department, people }) => [department, people])).toEqual([
    ["Planning", 12],
    ["others", 11],
  ]);
  expect(publishable([row("Legal", 3)])).toEqual([]);
});

test("nobody's department is published with fewer than five people, and nothing but too little is lost", () => {
  const rows = fc
    .array(fc.integer({ min: 0, max: 12 }), { maxLength: 8 })
    .map((people) => people.map((count, i) => row(`d${i}`, count)));
  fc.assert(
    fc.property(rows, (all) => {
      const published = publishable(all);
      expect(published.every(({ people }) => people! >= 5)).toBe(true);
      const total = sum(all.map(({ people }) => people!));
      expect(sum(published.map(({ people }) => people!))).toBe(total < 5 ? 0 : total);
    }),
    { numRuns: 2000 },
  );
});

test("of what is published no department of fewer than five people can be worked out, not from the totals either", () => {
  const rows = fc
    .array(fc.record({ people: fc.integer({ min: 0, max: 9 }), hours: fc.integer({ min: 0, max: 500 }) }), {
      maxLength: 8,
    })
    .map((all) => all.map(({ people, hours }, i) => ({ ...row(`d${i}`, people), seatHours: hours })));
  fc.assert(
    fc.property(rows, (all) => {
      const few = all.filter(({ people }) => people! < 5);
      const named = new Set(publishable(all).map(({ department }) => department));
      const hidden = all.filter(({ department }) => !named.has(department));
      // Whoever knows the total takes off what is named: what is left is of two departments at least, or of all of them.
      expect(few.every(({ department }) => !named.has(department))).toBe(true);
      if (few.length > 0 && named.size > 0) expect(hidden.length).toBeGreaterThan(1);
      const left = sum(hidden.map(({ people }) => people!));
      if (named.size > 0 && hidden.length > 0) expect(left).toBeGreaterThanOrEqual(5);
    }),
    { numRuns: 2000 },
  );
});
