import { expect, test } from "vitest";
import { outlook, renewalCalendar } from "../../daemon/sizing/renewal-calendar.ts";
import { renewalReport } from "../../daemon/sizing/renewal-report.ts";
import { ORGANISATION, registerOf } from "../support/registers.ts";
import { at, byLevel, poolDay } from "../support/usage.ts";

const { register } = registerOf(`${ORGANISATION}pools:
  cad: { entitlements: [{ reference: C-1, seats: 15, starts: 2024-01-01, ends: 2026-12-10, notice: 30d, cost: { amount: 31500, currency: GBP, per: year } }] }
  gis: { entitlements: [{ reference: C-2, seats: 10, starts: 2024-01-01, ends: 2026-12-31, notice: 30d, cost: { amount: 26600, currency: GBP, per: year } }] }
  pdf: { entitlements: [{ reference: C-3, seats: 120, starts: 2024-01-01, ends: 2027-01-14, notice: 1 month, cost: { amount: 12000, currency: GBP, per: year } }] }
  host: { entitlements: [{ reference: C-4, seats: 300, starts: 2024-01-01, ends: 2026-12-31 }] }
  owned: { entitlements: [{ reference: C-5, seats: 300, starts: 2024-01-01 }] }
`);
const today = "2026-11-21";
const reports = Object.entries(register.pools).map(([pool, { entitlements }]) =>
  renewalReport({
    register,
    pool,
    days: [
      poolDay("2026-11-20", {
        hourPeaks: [14],
        arrivals: byLevel({ 13: 1 }),
        capacity: [{ fromMs: at("2026-11-20 00:00"), seats: entitlements[0]!.seats }],
      }),
    ],
    from: "2026-11-20",
    until: "2026-11-20",
    today,
  }),
);
const calendar = renewalCalendar(reports);

test("late ones come first, then months, and in each those whose notice period is not known", () => {
  expect(calendar.map(({ month, rows }) => [month, rows.map(({ pool }) => pool)])).toEqual([
    ["late", ["cad"]],
    ["2026-12", ["host", "gis", "pdf"]],
  ]);
});

test("each row says until when, and what renewing as recommended would save or cost", () => {
  const rows = calendar.flatMap(({ rows }) => rows);
  expect(
    rows.map(({ deadline: { noticeBy, daysLeft }, recommended, cost, couldSave }) => [
      noticeBy,
      daysLeft,
      recommended,
      cost,
      couldSave,
    ]),
  ).toEqual([
    ["2026-11-10", -11, 14, 31_500, 2_100],
    [undefined, undefined, 14, null, null],
    ["2026-12-01", 10, 14, 26_600, -10_640],
    ["2026-12-14", 23, 14, 12_000, 10_600],
  ]);
});

test("months are headed with what is at stake, and the next 90 days are summed up", () => {
  expect(calendar.map(({ atStake }) => atStake)).toEqual([31_500, 38_600]);
  expect(outlook(calendar)).toEqual({ decisions: 2, atStake: 38_600, couldSave: 10_600, couldCost: 10_640, late: 1 });
});
