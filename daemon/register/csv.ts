export interface CsvRow {
  /** On which it begins, from 1. */
  line: number;
  cells: string[];
}

/** A cell with its quotes or without them, and what ends it. */
const CELL = /(?:[ \t]*"([^"]*(?:""[^"]*)*)"[ \t]*|([^",\r\n]*))(,|\r?\n|\r|$)/y;

/**
 * Rows of comma-separated text (RFC 4180), blank lines left out, cells trimmed unless they are quoted.
 *
 * @returns the rows, or what broke them and on which line
 */
export function parseCsv(text: string): { rows: CsvRow[]; mistake?: { line: number; message: string } } {
  const rows: CsvRow[] = [];
  const cell = new RegExp(CELL);
  let line = 1;
  let row: CsvRow = { line, cells: [] };
  cell.lastIndex = text.startsWith("\ufeff") ? 1 : 0;
  while (cell.lastIndex < text.length || row.cells.length > 0) {
    const found = cell.exec(text);
    if (!found)
      return { rows, mistake: { line, message: 'a quote is not closed, or stands inside a cell: write "" for one' } };
    const [whole, quoted, plain = "", end] = found;
    row.cells.push(quoted?.replaceAll('""', '"') ?? plain.trim());
    line += whole.match(/\r?\n|\r/g)?.length ?? 0;
    if (end === ",") continue;
    if (row.cells.some((text) => text !== "")) rows.push(row);
    row = { line, cells: [] };
  }
  return { rows };
}
