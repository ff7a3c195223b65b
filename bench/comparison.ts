import { execFileSync } from "node:child_process";
import { GOALS } from "./goals.ts";
import type { Result } from "./report.ts";

/**
 * Ratios of one run moved by so much between runs on a machine with neighbours, without a line of the code changed; what
 * moved by less says nothing.
 */
const NOISE = 0.15;

/** What was measured last and is committed; nothing where there is no git, or it has none yet. */
export function committedResults(): Result[] {
  try {
    const stdio: ["ignore", "pipe", "ignore"] = ["ignore", "pipe", "ignore"];
    const shown = execFileSync("git", ["show", "HEAD:./results.json"], { cwd: import.meta.dirname, stdio });
    return JSON.parse(shown.toString());
  } catch {
    return [];
  }
}

export type Change = "slower" | "faster" | "as before" | "new";

/** How a result is beside the earlier one, by what its goal wants. */
export function changeOf(now: Result, then: Result | undefined): Change {
  if (!then) return "new";
  const grown = now.value / then.value - 1;
  if (Math.abs(grown) <= NOISE) return "as before";
  return grown > 0 === GOALS[now.id].startsWith(">") ? "faster" : "slower";
}

/** A line for each result that is another than the committed one, what got slower first; and what the others are. */
export function comparisonAsText(now: readonly Result[], then: readonly Result[]): string {
  if (then.length === 0) return "There is no committed result to compare with.";
  const all = now.map((result) => {
    const earlier = then.find(({ id }) => id === result.id);
    return { result, earlier, change: changeOf(result, earlier) };
  });
  const order: Change[] = ["slower", "faster", "new"];
  const lines = order.flatMap((change) =>
    all
      .filter((one) => one.change === change)
      .map(({ result: { id, value, unit }, earlier }) => {
        const percent = earlier ? ` (${signed(Math.round((value / earlier.value - 1) * 100))} %)` : "";
        return `  ${change.padEnd(7)} ${id.padEnd(24)} ${earlier ? `${earlier.value} → ` : ""}${value} ${unit}${percent}`;
      }),
  );
  const same = all.filter(({ change }) => change === "as before").length;
  const rest = `${same} of ${now.length} as before, within ${NOISE * 100} %.`;
  return ["Beside the last committed results:", ...lines, `  ${rest}`].join("\n");
}

const signed = (value: number) => (value > 0 ? `+${value}` : String(value));
