import { z } from "zod";
import type { Mistake } from "../domain/mistake.ts";
import { folded, printable, UserName } from "../domain/names.ts";
import { didYouMean } from "../domain/nearest.ts";
import type { Member } from "../domain/register.ts";
import { parseCsv } from "./csv.ts";
import { LATER_COLUMNS, NOT_YET } from "./later.ts";

const COLUMNS = ["user", "department"];
/** A spreadsheet's cell may run over several lines; the ledger's records, which tell it, may not. */
const Department = z
  .string()
  .overwrite((text) => text.replace(/\s+/g, " ").trim())
  .pipe(z.union([printable(200), z.literal("")]));

/**
 * The people of a group, one a line, from a CSV file whose header is `user,department`; the department may be absent.
 *
 * @returns members with folded names, and every mistake of the file
 */
export function readMembers(csv: string): { members: Member[]; mistakes: Mistake[] } {
  const mistakes: Mistake[] = [];
  const complain = (line: number, message: string) => mistakes.push({ line, column: 1, path: "", message });
  const { rows, mistake } = parseCsv(csv);
  if (mistake) return { members: [], mistakes: [{ ...mistake, column: 1, path: "" }] };

  const [header, ...people] = rows;
  if (!header)
    return {
      members: [],
      mistakes: [{ line: 1, column: 1, path: "", message: "the header is missing: write user,department" }],
    };
  for (const [i, column] of header.cells.entries()) {
    if (LATER_COLUMNS.includes(column)) complain(header.line, `the column ${column} ${NOT_YET}`);
    else if (!COLUMNS.includes(column)) {
      complain(header.line, `"${column}" is no column here${didYouMean(column, [...COLUMNS, ...LATER_COLUMNS])}`);
    } else if (header.cells.indexOf(column) !== i) complain(header.line, `the column ${column} stands here twice`);
  }
  const user = header.cells.indexOf("user");
  const department = header.cells.indexOf("department");
  if (user < 0) complain(header.line, "the column user is missing from the header");
  if (mistakes.length > 0) return { members: [], mistakes };

  const members = people.map(({ line, cells }): Member => {
    if (cells.length > header.cells.length)
      complain(line, "has more cells than the header: text with commas needs quotes");
    const name = UserName.safeParse(cells[user] ?? "");
    if (!name.success)
      complain(
        line,
        cells[user] ? "the user's name is too long or holds invisible characters" : "the user's name is missing",
      );
    const own = Department.safeParse(cells[department] ?? "");
    if (!own.success) complain(line, "the department is too long or holds invisible characters");
    return { user: folded(name.data ?? ""), ...(own.data ? { department: own.data } : {}) };
  });
  return { members, mistakes };
}
