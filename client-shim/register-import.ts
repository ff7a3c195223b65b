import { readFileSync } from "node:fs";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import { csvRows, csvText } from "../daemon/imports/csv-rows.ts";
import { mergedWith } from "../daemon/imports/options-merge.ts";
import { registerDraft } from "../daemon/imports/register-draft.ts";
import { type AssetRow, type AssetRows, assetRows, type NotTaken } from "../daemon/imports/register-rows.ts";
import { only, parsed } from "./arguments.ts";
import { checkMerged, mistakesIn, registerToMerge } from "./import-register.ts";
import { print } from "./print.ts";
import { printableName } from "./replay-register.ts";

const OPTIONS = { merge: { type: "string" }, owner: { type: "string", default: "to be named" } } as const;

/** `seatmeter register import FILE.csv`; what it does is in register.ts. Errors: usage, register_invalid. */
export async function importRegister(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, OPTIONS);
  const file = only(positionals, "FILE.csv");
  const named = printableName(file, 1_000);
  const { rows, mistake } = csvRows(csvText(bytesOf(file), named));
  if (mistake) throw new SeatmeterError("usage", `${named}:${mistake.line}: ${mistake.why}.`);
  if (rows.length === 0) throw new SeatmeterError("usage", `${named} is empty.`);
  const known = values.merge === undefined ? undefined : registerToMerge(values.merge);
  const read = soundRows(assetRows(rows), values.owner);
  const draft = registerDraft(read.rows, known?.register, values.owner);
  const notTaken = [...read.notTaken, ...draft.notTaken].sort((one, other) => one.line - other.line);
  if (read.rows.length === 0) {
    tellNotTaken(named, notTaken, read.unknown);
    throw new SeatmeterError("usage", `${named}: no row of it can be taken.`);
  }
  const merged = mergedWith(known?.text ?? "organisation: to be named\n", draft.entries);
  checkMerged(merged, known);
  print(merged);
  tellNotTaken(named, notTaken, read.unknown);
  const all = rows.length - 1;
  const kept = draft.known > 0 ? `, ${draft.known} there already` : "";
  const left = count(all - read.rows.length, "row");
  print(`${count(all, "row")} read: ${count(draft.added, "entitlement")}${kept}, ${left} not taken.\n`, process.stderr);
  return 0;
}

/**
 * Rows that the register would take. Only where all of them together are not sound is each looked at by itself, which
 * takes a millisecond a row.
 */
function soundRows(read: AssetRows, owner: string): AssetRows {
  const asRegister = (rows: readonly AssetRow[]) =>
    mergedWith("organisation: to be named\n", registerDraft(rows, undefined, owner).entries);
  if (mistakesIn(asRegister(read.rows)).length === 0) return read;
  const notTaken = [...read.notTaken];
  const rows = read.rows.filter((row) => {
    const mistakes = mistakesIn(asRegister([row]));
    if (mistakes.length > 0) notTaken.push({ line: row.line, why: `not taken: ${mistakes.join("; ")}` });
    return mistakes.length === 0;
  });
  return { ...read, rows, notTaken };
}

function tellNotTaken(file: string, notTaken: readonly NotTaken[], unknown: readonly string[]): void {
  const lines = notTaken.map(({ line, why }) => `${file}:${line}: ${printableName(why, 500)}\n`);
  if (unknown.length > 0) {
    const headings = unknown.map((heading) => printableName(heading, 60)).join(", ");
    lines.unshift(`${file}:1: columns that are left out: ${headings}\n`);
  }
  print(lines.join(""), process.stderr);
}

function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new SeatmeterError("usage", `${file} cannot be read: ${(cause as Error).message}.`, { cause });
  }
}

const count = (amount: number, what: string) => `${amount} ${what}${amount === 1 ? "" : "s"}`;
