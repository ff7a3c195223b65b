import { GOALS, type GoalId, holds } from "./goals.ts";
import { inWords, type Machine } from "./machine.ts";
import type { Measured } from "./measure.ts";

/** One goal in results.json. */
export interface Result {
  id: GoalId;
  value: number;
  unit: string;
  goal: string;
  holds: boolean;
}

/** Three figures tell what a machine with neighbours can tell. */
const figures = (value: number) => {
  const rounded = Number(value.toPrecision(3));
  return Math.abs(rounded) >= 1000 ? Math.round(value).toLocaleString("en-GB") : String(rounded);
};

function rowOf({ name, value, unit, range, id }: Measured): string[] {
  const between = range ? `${figures(range[0])} – ${figures(range[1])}` : "";
  const goal = id ? `${id} ${GOALS[id]}: ${holds(id, value) ? "holds" : "does not hold"}` : "";
  return [name, figures(value), unit, between, goal];
}

const MEDIAN = 1;
const padded = (cell: string, width: number, column: number) =>
  column === MEDIAN ? cell.padStart(width) : cell.padEnd(width);

/** A table for the terminal. */
export function asText(measured: readonly Measured[]): string {
  const rows = measured.map(rowOf);
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => padded(cell, widths[i]!, i))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const HEAD = ["what", "median", "unit", "from – to", "goal"];

/** A table for the README, under the question's name; in columns, as the formatter would have it. */
export function asMarkdown(question: string, machine: Machine, measured: readonly Measured[]): string {
  const rows = [HEAD, ...measured.map(rowOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const [head, ...body] = rows.map((row) => line(row.map((cell, i) => padded(cell, widths[i]!, i))));
  const rule = line(widths.map((width, i) => (i === MEDIAN ? `${"-".repeat(width - 1)}:` : "-".repeat(width))));
  return [`### ${question}`, "", `${inWords(machine)}.`, "", head, rule, ...body].join("\n");
}

const BEGIN = "<!-- last answers: written by `npm run bench` -->\n";
const END = "<!-- end of last answers -->";

/**
 * The README with these answers in place of earlier ones to the same questions; answers to others stay.
 *
 * @param order the names of all questions, in the order in which they stand
 */
export function withAnswers(readme: string, answers: ReadonlyMap<string, string>, order: readonly string[]): string {
  const [before, rest = ""] = readme.split(BEGIN);
  const [section = "", after] = rest.split(END);
  if (after === undefined) throw new Error(`bench/README.md lacks the marks ${BEGIN.trim()} and ${END}`);
  const earlier = section.split(/^(?=### )/m).map((text) => [/^### (.*)$/m.exec(text)?.[1] ?? "", text] as const);
  const all = new Map([...earlier, ...answers]);
  const blocks = order.flatMap((question) => all.get(question)?.trim() ?? []);
  return `${before}${BEGIN}\n${blocks.join("\n\n")}\n\n${END}${after}`;
}

/** What results.json says, goals in the order of their table; those not asked about stay as they were. */
export function withResults(earlier: readonly Result[], measured: readonly Measured[]): Result[] {
  const now = measured.flatMap(({ id, value, unit }) =>
    id ? [{ id, value: Number(value.toPrecision(4)), unit, goal: GOALS[id], holds: holds(id, value) }] : [],
  );
  const all = new Map([...earlier, ...now].map((result) => [result.id, result]));
  return (Object.keys(GOALS) as GoalId[]).flatMap((id) => all.get(id) ?? []);
}
