import { expect, test } from "vitest";
import { reportText } from "../../client-shim/report-text.ts";

const REPORT = {
  ...{ pool: "cad", from: "2026-04-01", to: "2027-03-31", owned: 20, peak: 16, turnedAway: 0, keptWaiting: 0 },
  ...{ people: 28, range: [14, 16] as [number, number], confidence: { level: "low", why: "there are few days" } },
  ...{ options: [], coverage: 0.99, checksum: "3f9a" },
};

test("a terminal is told what the page says: no number where it is too early to recommend one", () => {
  const recommendation = "Too early to recommend a number: so far 16 seats would have done. You own 20.";
  const text = reportText({ ...REPORT, recommendation });
  expect(text).toContain(`renew     ${recommendation}\n`);
  expect(text).toContain("range     14 to 16 seats in 8 of 10 resampled years\n");
});
