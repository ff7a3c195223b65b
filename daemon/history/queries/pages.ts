import { type RawBuilder, sql } from "kysely";
import type { Database } from "../database.ts";
import type { Tables } from "../tables.ts";

const PAGE = 5000;

/**
 * Sessions or holdings of a pool that last into a time, by when they ended and those that last at the end; some thousands
 * at once, however many there are. Between two pages others get a turn.
 *
 * @param pool    as it was called then
 * @param columns what is asked of each row
 * @param only    a condition on it
 */
export async function* pagesByEnd<Row extends object>(
  db: Database,
  table: "sessions" | "holdings",
  pool: string,
  { fromMs, untilMs }: { fromMs: number; untilMs: number },
  columns: readonly (keyof Tables["sessions"] | keyof Tables["holdings"])[],
  only: RawBuilder<boolean> = sql<boolean>`1 = 1`,
): AsyncGenerator<Row[]> {
  type Paged = Row & { end_ms: number; epoch: string; number: number };
  const asked = sql.join([...new Set([...columns, "end_ms", "epoch", "number"])].map((name) => sql.ref(name)));
  const of = sql`from ${sql.table(table)} where pool = ${pool} and start_ms < ${untilMs} and ${only}`;
  let after = { end_ms: fromMs - 1, epoch: "", number: 0 };
  for (;;) {
    const { rows } = await sql<Paged>`
      select ${asked} ${of} and (end_ms, epoch, number) > (${after.end_ms}, ${after.epoch}, ${after.number})
      order by end_ms, epoch, number limit ${PAGE}`.execute(db);
    const last = rows.at(-1);
    if (last) yield rows;
    if (!last || rows.length < PAGE) break;
    after = last;
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { rows } = await sql<Paged>`select ${asked} ${of} and end_ms is null`.execute(db);
  if (rows.length > 0) yield rows;
}
