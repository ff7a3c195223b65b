import { expect, test } from "vitest";
import { usualYear } from "../../daemon/renewals/usual-year.ts";

const TODAY = "2026-11-25";

test("a report is about the twelve whole months before today", () => {
  const recorded = { first: "2024-03-05", lastMetered: "2026-10-31" };
  expect(usualYear(recorded, TODAY)).toEqual({ from: "2025-11-01", to: "2026-10-31" });
  expect(usualYear({ ...recorded, lastMetered: "2025-11-01" }, TODAY)).toEqual({
    from: "2025-11-01",
    to: "2026-10-31",
  });
});

test("before there is a whole month of records it is about the year up to today", () => {
  const upToToday = { from: "2025-11-26", to: TODAY };
  expect(usualYear({ first: undefined, lastMetered: undefined }, TODAY)).toEqual(upToToday);
  expect(usualYear({ first: "2026-10-02", lastMetered: "2026-10-31" }, TODAY)).toEqual(upToToday);
});

test("where nothing is recorded of a year it is about the last twelve months of which something is", () => {
  expect(usualYear({ first: "2022-05-05", lastMetered: "2022-07-07" }, TODAY)).toEqual({
    ...{ from: "2021-08-01", to: "2022-07-31" },
  });
  expect(usualYear({ first: "2022-05-05", lastMetered: "2025-10-31" }, TODAY)).toEqual({
    ...{ from: "2024-11-01", to: "2025-10-31" },
  });
});
