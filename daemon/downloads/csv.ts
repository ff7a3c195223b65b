import { stringify } from "csv-stringify/sync";
import { guarded } from "../domain/formulas.ts";
import type { Cell, Sheet } from "./sheet.ts";

/** Without it Excel reads UTF-8 as something else, and a pound sign is two letters. */
const BYTE_ORDER_MARK = "\uFEFF";

/**
 * A table as RFC 4180 has it. A text that a spreadsheet would take for a formula begins with an apostrophe: names and
 * reasons are other people's words.
 */
export function csvOf({ columns, rows }: Sheet): string {
  const lines = [columns, ...rows.map((row) => row.map(plain))];
  return (
    BYTE_ORDER_MARK +
    stringify(
      lines.map((line) => line.map((cell) => (typeof cell === "string" ? guarded(cell) : cell))),
      // With lines that end as Windows writes them, a single line feed would otherwise stand bare.
      { record_delimiter: "windows", quoted_match: /[\r\n]/ },
    )
  );
}

/** Days as programs write them, money as a number: its currency stands in the column's name or in one of its own. */
function plain(cell: Cell): string | number | null {
  if (cell === null || typeof cell !== "object") return cell;
  return "day" in cell ? cell.day : cell.money;
}
