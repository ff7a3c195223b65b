import { expect, test } from "vitest";
import { DAYS_BOX, daysChart } from "../../daemon/pages/charts/days-chart.ts";
import { apart } from "../../daemon/pages/charts/frame.ts";
import { HOURS_BOX, hoursChart } from "../../daemon/pages/charts/hours-chart.ts";
import { MONTHS_BOX, monthsChart } from "../../daemon/pages/charts/months-chart.ts";
import { HOUR } from "../support/usage.ts";

const midnight = (date: string) => Date.parse(`${date}T00:00:00Z`);

const FACTS = {
  from: "2026-01",
  to: "2026-04",
  months: [
    { month: "2026-01", peak: 50 },
    { month: "2026-02", peak: 100 },
    { month: "2026-04", peak: 0 },
  ],
  ownedSteps: [
    { fromMs: midnight("2026-01-01"), seats: 80 },
    { fromMs: midnight("2026-03-02"), seats: 100 },
  ],
  owned: 100,
  recommended: 60,
  timezone: "UTC",
};

test("bars are as high as their month's highest use, upwards from the floor", () => {
  const { bars, bottom } = monthsChart(FACTS);
  const height = MONTHS_BOX.height - MONTHS_BOX.top - MONTHS_BOX.bottom;
  expect(bars.map(({ height }) => height)).toEqual([height / 2, height, 0, 0]);
  expect(bars.map(({ y, height }) => y + height)).toEqual([bottom, bottom, bottom, bottom]);
  expect(bars.map(({ name, value }) => [name, value])).toEqual([
    ["Jan", "50"],
    ["Feb", "100"],
    ["Mar", "no data"],
    ["Apr", "0"],
  ]);
});

test("seats owned are a step at the day when they changed, to the end of the last month", () => {
  const { owned, left, right } = monthsChart(FACTS);
  // Of 120 days 60 have passed on 2 March.
  const middle = left + (right - left) / 2;
  expect(owned).toBe(`M${left},59.6L${middle},59.6L${middle},18L${right},18L${right},18`);
});

test("lines are named at their ends, and names that would overlap are moved apart", () => {
  expect(monthsChart(FACTS).labels.map(({ text }) => text)).toEqual(["owned 100", "recommended 60"]);
  const near = monthsChart({ ...FACTS, recommended: 99 }).labels;
  expect(near[1]!.y - near[0]!.y).toBe(15);
  const same = monthsChart({ ...FACTS, recommended: 100 });
  expect([same.recommended, same.labels.map(({ text }) => text)]).toEqual([null, ["owned 100", "recommended 100"]]);
  const label = (y: number) => ({ x: 0, y, text: "", anchor: "start" as const });
  expect(apart([label(50), label(10), label(45)], 15).map(({ y }) => y)).toEqual([10, 45, 60]);
});

test("a chart of nothing is drawn all the same", () => {
  expect(monthsChart({ ...FACTS, months: [], ownedSteps: [], owned: 0, recommended: 0 }).owned).toBe("");
  expect(hoursChart([]).bars).toEqual([]);
  expect(daysChart([], [], [])).toMatchObject({ peaks: [], owned: "", gaps: [], label: null });
});

test("names of many months do not run into each other, and say the year; what is not known is called so", () => {
  const years = { ...FACTS, from: "2024-01", to: "2026-12" };
  const { bars } = monthsChart(years);
  const named = bars.filter(({ name }) => name !== "");
  expect(named.slice(0, 3).map(({ name }) => name)).toEqual(["Jan 24", "Jul 24", "Jan 25"]);
  expect(named[1]!.middle - named[0]!.middle).toBeGreaterThan(40);
  expect(bars.map(({ value }) => value)).toContain("no data");
  expect(bars.map(({ value }) => value)).not.toContain("100");
  expect(monthsChart({ ...FACTS, ownedName: "owned now" }).labels[0]?.text).toBe("owned now 100");
  const days = Array.from({ length: 900 }, (_, i) =>
    day(new Date(midnight("2024-01-01") + i * 24 * HOUR).toISOString().slice(0, 10), 1),
  );
  const { months } = daysChart(days, [], []);
  const rooms = months.slice(1).map(({ x }, i) => [x - months[i]!.x, months[i]!.text.includes(" ") ? 46 : 30]);
  expect(rooms.filter(([room, needed]) => room! < needed!)).toEqual([]);
});

test("hours are bars to the right, the most as long as there is room", () => {
  const room = HOURS_BOX.width - HOURS_BOX.left - HOURS_BOX.right;
  const { bars } = hoursChart([
    { seats: 1000, hours: 2510 },
    { seats: 2000, hours: 1255 },
    { seats: 3000, hours: 0.46 },
  ]);
  expect(bars.map(({ width }) => width)).toEqual([room, room / 2, 0.1]);
  expect(bars.map(({ seats, hours }) => [seats, hours])).toEqual([
    ["1,000", "2,510"],
    ["2,000", "1,255"],
    ["3,000", "0.5"],
  ]);
});

const day = (date: string, peak: number) => ({
  ...{ date, peak, fromMs: midnight(date), untilMs: midnight(date) + 24 * HOUR },
});

test("days are a filled step; where some are missing it breaks off", () => {
  const { peaks, left, right, bottom, top } = daysChart(
    [day("2026-01-01", 10), day("2026-01-02", 5), day("2026-01-04", 10)],
    [{ fromMs: 0, seats: 10 }],
    [],
  );
  const width = right - left;
  const half = bottom - (bottom - top) / 2;
  const at = (days: number) => left + (width / 4) * days;
  expect(peaks).toEqual([
    `M${at(0)},${top}L${at(1)},${top}L${at(1)},${half}L${at(2)},${half}L${at(2)},${half}` +
      `L${at(2)},${bottom}L${at(2)},${bottom}L${at(1)},${bottom}L${at(1)},${bottom}L${at(0)},${bottom}Z`,
    `M${at(3)},${top}L${at(4)},${top}L${at(4)},${top}L${at(4)},${bottom}L${at(4)},${bottom}L${at(3)},${bottom}Z`,
  ]);
});

test("a time without records is a band that can be seen, however short", () => {
  const from = midnight("2026-01-01");
  const { gaps, left } = daysChart(
    [day("2026-01-01", 1), day("2026-01-02", 1)],
    [],
    [
      { fromMs: from, untilMs: from + 12 * HOUR },
      { fromMs: from, untilMs: from + 1 },
    ],
  );
  expect(gaps).toEqual([
    { x: left, width: (DAYS_BOX.width - DAYS_BOX.left - DAYS_BOX.right) / 4 },
    { x: left, width: 1.5 },
  ]);
});
