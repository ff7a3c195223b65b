import { z } from "zod";
import { isIsoDate } from "../domain/calendar.ts";
import type { Mistake } from "../domain/mistake.ts";
import { folded, printable, UserName } from "../domain/names.ts";
import { didYouMean } from "../domain/nearest.ts";
import type { Member } from "../domain/register.ts";
import { parseCsv } from "./csv.ts";

const DAYS = ["contractEnds", "from", "until"] as const;
const COLUMNS = ["user", "department", ...DAYS] as const;
type Column = (typeof COLUMNS)[number];

/** A spreadsheet's cell may run over several lines; the ledger's records, which tell it, may not. */
const Department = z
  .string()
  .overwrite((text) => text.replace(/\s+/g, " ").trim())
  .pipe(z.union([printable(200), z.literal("")]));

/**
 * The people of a group, a row for each membership, from a CSV file whose header is
 * `user,department,contractEnds,from,until`: the last four may be absent, and stand in any order.
 *
 * @returns members with folded names, and every mistake of the file
 */
export function readMembers(csv: string): { members: Member[]; mistakes: Mistake[] } {
  const mistakes: Mistake[] = [];
  const complain = (line: number, message: string) => mistakes.push({ line, column: 1, path: "", message });
  const { rows, mistake } = parseCsv(csv);
  if (mistake) return { members: [], mistakes: [{ ...mistake, column: 1, path: "" }] };

  const [header, ...people] = rows;
  if (!header) {
    complain(1, "the header is missing: write user,department");
    return { members: [], mistakes };
  }
  for (const [i, column] of header.cells.entries()) {
    if (!(COLUMNS as readonly string[]).includes(column))
      complain(header.line, `"${column}" is no column here${didYouMean(column, COLUMNS)}`);
    else if (header.cells.indexOf(column) !== i) complain(header.line, `the column ${column} stands here twice`);
  }
  if (!header.cells.includes("user")) complain(header.line, "the column user is missing from the header");
  if (mistakes.length > 0) return { members: [], mistakes };

  const places = new Map(COLUMNS.map((column) => [column, header.cells.indexOf(column)]));
  const members = people.map(({ line, cells }) => {
    if (cells.length > header.cells.length)
      complain(line, "has more cells than the header: text with commas needs quotes");
    return readMember(
      (column) => cells[places.get(column) ?? -1] ?? "",
      (message) => complain(line, message),
    );
  });
  return { members, mistakes };
}

function readMember(cell: (column: Column) => string, complain: (message: string) => void): Member {
  const name = UserName.safeParse(cell("user"));
  if (!name.success)
    complain(cell("user") ? "the user's name is too long or holds invisible characters" : "the user's name is missing");
  const department = Department.safeParse(cell("department"));
  if (!department.success) complain("the department is too long or holds invisible characters");
  for (const column of DAYS) {
    if (cell(column) && !isIsoDate(cell(column)))
      complain(`${column} is no day: one is written 2026-04-01; for none, leave the cell empty`);
  }
  const [from, until] = [cell("from"), cell("until")];
  if (isIsoDate(from) && isIsoDate(until) && until < from) complain(`until is before from, ${from}`);
  const days = DAYS.filter((column) => cell(column) !== "").map((column) => [column, cell(column)]);
  return {
    user: folded(name.data ?? ""),
    ...(department.data ? { department: department.data } : {}),
    ...Object.fromEntries(days),
  };
}

/** The same people as the text of such a file. */
export function membersAsCsv(members: readonly Member[]): string {
  const cell = (text = "") => (/["\s,]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = members.map((member) => COLUMNS.map((column) => cell(member[column])).join(","));
  return `${[COLUMNS.join(","), ...rows].join("\n")}\n`;
}
