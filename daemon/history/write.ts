import { CompiledQuery } from "kysely";
import { SeatmeterError } from "../domain/errors.ts";
import type { Database } from "./database.ts";
import type { Tables } from "./tables.ts";

/** Rows in one statement: many where there are many, so that few texts are prepared. */
const CHUNKS = [128, 16, 1];
const KEY = ["pool", "epoch", "number"] as const;
const texts = new Map<string, string>();

/**
 * Write rows down, everybody's one way to do it, in place of those with the same key. The text of a statement is made by Kysely once for each table and
 * number of rows: making it for each batch took longer than SQLite takes to do it.
 *
 * Errors: internal (a moment that is no whole millisecond: SQLite would keep it, and no day could be worked out of it)
 */
export async function putRows<Name extends keyof Tables>(
  db: Database,
  table: Name,
  rows: readonly Tables[Name][],
  key: readonly string[] = KEY,
): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const columns = Object.keys(first).sort() as (keyof Tables[Name])[];
  const moments = columns.filter((column) => String(column).endsWith("_ms"));
  for (const row of rows) refuseBroken(table, row, moments);
  for (let from = 0; from < rows.length; ) {
    const size = CHUNKS.find((chunk) => chunk <= rows.length - from) ?? 1;
    const values: unknown[] = [];
    for (const row of rows.slice(from, from + size)) for (const column of columns) values.push(row[column]);
    await db.executeQuery(CompiledQuery.raw(textFor(db, table, columns as string[], size, key), values));
    from += size;
  }
}

function refuseBroken<Row extends object>(table: keyof Tables, row: Row, moments: readonly (keyof Row)[]): void {
  for (const column of moments) {
    const atMs = row[column];
    if (atMs === null || Number.isSafeInteger(atMs)) continue;
    const { pool, epoch, number } = row as { pool?: string; epoch?: string; number?: number };
    const which = [
      ...(pool === undefined ? [] : [`pool ${pool}`]),
      ...(epoch === undefined ? [] : [`epoch ${epoch}`]),
      ...(number === undefined ? [] : [`number ${number}`]),
    ].join(", ");
    throw new SeatmeterError(
      "internal",
      `not written to the history: ${String(column)} of ${table} (${which}) is ${atMs}, which is no whole millisecond; ` +
        "whatever made this row has to round it",
    );
  }
}

function textFor(db: Database, table: keyof Tables, columns: readonly string[], size: number, key: readonly string[]) {
  const name = `${db.getExecutor().adapter.constructor.name} ${table} ${size} ${columns.length} ${key.length}`;
  const known = texts.get(name);
  if (known !== undefined) return known;
  const row = Object.fromEntries(columns.map((column) => [column, ""]));
  const changed = columns.filter((column) => !key.includes(column));
  const text = db
    .insertInto(table)
    .values(Array.from({ length: size }, () => row) as never)
    .onConflict((conflict) =>
      conflict
        .columns(key as never)
        .doUpdateSet((build) =>
          Object.fromEntries(changed.map((column) => [column, build.ref(`excluded.${column}` as never)])),
        ),
    )
    .compile().sql;
  texts.set(name, text);
  return text;
}
