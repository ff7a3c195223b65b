import { expect, test } from "vitest";
import { changeOf, comparisonAsText } from "../../bench/comparison.ts";
import type { Result } from "../../bench/report.ts";

const result = (id: Result["id"], value: number): Result => ({ id, value, unit: "ratio", goal: "", holds: true });

test("a result is slower or faster by what its goal wants, and noise is neither", () => {
  const [then, more, less, same] = [10, 12, 8, 11].map((value) => result("end-to-end", value));
  expect([more, less, same].map((now) => changeOf(now!, then))).toEqual(["faster", "slower", "as before"]);
  const cost = [10, 12, 8, 9].map((value) => result("front-door", value));
  expect(cost.slice(1).map((now) => changeOf(now, cost[0]))).toEqual(["slower", "faster", "as before"]);
  expect(changeOf(result("sweep", 3), undefined)).toBe("new");
});

test("what got slower is told first, with both figures and by how much", () => {
  const then = [result("end-to-end", 1), result("front-door", 2), result("sweep", 3)];
  const now = [result("end-to-end", 1.5), result("front-door", 2.5), result("sweep", 3.1), result("report", 20)];
  expect(comparisonAsText(now, then).split("\n")).toEqual([
    "Beside the last committed results:",
    "  slower  front-door               2 → 2.5 ratio (+25 %)",
    "  faster  end-to-end               1 → 1.5 ratio (+50 %)",
    "  new     report                   20 ratio",
    "  1 of 4 as before, within 15 %.",
  ]);
  expect(comparisonAsText(now, [])).toBe("There is no committed result to compare with.");
});
