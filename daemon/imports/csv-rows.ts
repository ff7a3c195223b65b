import { Buffer, isUtf8 } from "node:buffer";
import { SeatmeterError } from "../domain/errors.ts";
import { guarded } from "../domain/formulas.ts";

export interface Row {
  /** On which it begins, from 1. */
  line: number;
  cells: string[];
}

const SEPARATORS = [",", ";", "\t"] as const;
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * The text of a file that a spreadsheet saved: UTF-8, UTF-16 with a byte-order mark, else Windows-1252.
 *
 * Errors: SeatmeterError usage, for a workbook, and for what is no text
 */
export function csvText(bytes: Buffer, file: string): string {
  const wrong = (why: string) => new SeatmeterError("usage", `${file} ${why}.`);
  if (bytes.length > MOST_BYTES) throw wrong(`is larger than ${MOST_BYTES / 1024 / 1024} MB`);
  if (bytes.subarray(0, 4).equals(Buffer.from("PK\u0003\u0004"))) {
    throw wrong("is a workbook, and no CSV: save it as CSV UTF-8");
  }
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString("utf16le").slice(1);
  if (bytes.includes(0)) throw wrong("is no text");
  const text = isUtf8(bytes) ? bytes.toString("utf8") : new TextDecoder("windows-1252").decode(bytes);
  return text.replace(/^\ufeff/, "");
}

/**
 * Rows of comma-separated text (RFC 4180), or with semicolons or tabs, as Excel writes them where a comma is in numbers;
 * blank ones left out, cells trimmed.
 *
 * @returns what broke it, too, and on which line
 */
export function csvRows(text: string): { rows: Row[]; mistake?: { line: number; why: string } } {
  const separator = separatorOf(text);
  const parts = separator.replace(/[^\w\s]/, "\\$&");
  // `sep=;` is Excel's own first line, and says it.
  const body = text.replace(/^sep=.(\r?\n|$)/i, "\n");
  const cell = new RegExp(
    `(?:[ ]*"([^"]*(?:""[^"]*)*)"[ ]*|([^"${parts}\\r\\n][^${parts}\\r\\n]*|))(${parts}|\\r?\\n|\\r|$)`,
    "y",
  );
  const rows: Row[] = [];
  let line = 1;
  let row: Row = { line, cells: [] };
  while (cell.lastIndex < body.length || row.cells.length > 0) {
    const found = cell.exec(body);
    if (!found) return { rows, mistake: { line, why: 'a quote is not closed, or text follows it: write "" for one' } };
    const [whole, quoted, plain = "", end] = found;
    row.cells.push((quoted?.replaceAll('""', '"') ?? plain).trim());
    line += whole.match(/\r?\n|\r/g)?.length ?? 0;
    if (end === separator) continue;
    if (row.cells.some((one) => one !== "")) rows.push(row);
    row = { line, cells: [] };
    if (whole === "" && cell.lastIndex >= body.length) break;
  }
  return { rows };
}

/** The one that stands most often in the first line, outside of quotes. */
function separatorOf(text: string): string {
  const [, told] = /^sep=(.)/i.exec(text) ?? [];
  if (told) return told;
  const first = (text.trimStart().split(/\r?\n|\r/, 1)[0] ?? "").replaceAll(/"[^"]*"/g, "");
  const count = (separator: string) => first.split(separator).length;
  return SEPARATORS.toSorted((one, other) => count(other) - count(one))[0]!;
}

/** One line, in which nothing is a formula. */
export const csvLine = (cells: readonly (string | number)[]) =>
  `${cells
    .map((cell) => (typeof cell === "string" ? guarded(cell) : String(cell)))
    .map((cell) => (/[",;\r\n\t]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(",")}\r\n`;
