import type { ColumnDataType, CreateTableBuilder } from "kysely";

/** `at_ms moment`; with a question mark it may be null. */
export type Column = `${string} ${"text" | "number" | "moment"}` | `${string} ${"text" | "number" | "moment"}?`;

const TYPES: Record<string, ColumnDataType> = { text: "text", number: "integer", moment: "bigint" };
// biome-ignore lint/suspicious/noExplicitAny: its columns are those that are given
export function withColumns(table: CreateTableBuilder<any, any>, columns: readonly Column[]) {
  let built = table;
  for (const column of columns) {
    const [, name = "", type = "", optional] = /^(\w+) (\w+)(\?)?$/.exec(column) ?? [];
    built = built.addColumn(name, TYPES[type] ?? "text", (made) => (optional ? made : made.notNull()));
  }
  return built;
}
