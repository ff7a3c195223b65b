const SCREEN = 80;
const GAP = "  ";

/** A column: its heading, and whether it holds numbers, which stand at its right. */
export interface Column {
  heading: string;
  number?: boolean;
}

/**
 * Rows as plain text that fits a screen of 80 columns: what is too wide is cut in the widest columns of words, never a
 * number.
 */
export function table(columns: readonly Column[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [columns.map(({ heading }) => heading), ...rows.map((row) => row.map(String))];
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)));
  narrowed(widths, columns);
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, i) => aligned(cell, widths[i]!, columns[i]!))
          .join(GAP)
          .trimEnd()}\n`,
    )
    .join("");
}

function narrowed(widths: number[], columns: readonly Column[]): void {
  const words = columns.flatMap(({ number }, i) => (number ? [] : [i]));
  const total = () => widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1);
  while (total() > SCREEN) {
    const widest = words.reduce((one, other) => (widths[other]! > widths[one]! ? other : one), words[0]!);
    if (widths[widest]! <= columns[widest]!.heading.length) return;
    widths[widest]!--;
  }
}

function aligned(cell: string, width: number, { number }: Column): string {
  if (number) return cell.padStart(width);
  return (cell.length > width ? `${cell.slice(0, width - 1)}…` : cell).padEnd(width);
}
