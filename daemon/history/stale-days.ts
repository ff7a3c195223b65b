import { sql } from "kysely";
import { GAP_OF_ALL_MS } from "../domain/usage.ts";
import type { Database } from "./database.ts";
import type { PoolRows } from "./pool-projection.ts";
import { IMPORT_EPOCH, type RefusalRow, type StaleRow } from "./tables.ts";

/** Stands for all pools: what was a time without a daemon for one, was one for each. */
export const ALL_POOLS = "";

/**
 * Days from this moment on have to be worked out again. Said in the transaction that wrote what they depend on, by
 * everybody who writes to the history.
 */
export async function markStale(db: Database, pool: string, fromMs: number): Promise<void> {
  await db
    .insertInto("stale_days")
    .values({ pool, from_ms: fromMs, marks: 1 })
    .onConflict((conflict) =>
      conflict.column("pool").doUpdateSet({
        from_ms: sql`case when stale_days.from_ms < excluded.from_ms then stale_days.from_ms else excluded.from_ms end`,
        marks: sql`stale_days.marks + 1`,
      }),
    )
    .execute();
}

/** What of these rows has changed days, by pool. */
export function staleFrom(all: readonly PoolRows[], refusals: readonly RefusalRow[]): Map<string, number> {
  const stale = new Map<string, number>();
  const add = (pool: string, fromMs: number) => stale.set(pool, Math.min(fromMs, stale.get(pool) ?? fromMs));
  for (const { sessions, holdings, capacity_steps, gaps, newFrom } of all) {
    for (const { pool, number, start_ms, end_ms } of [...sessions, ...holdings]) {
      if (number > newFrom) add(pool, start_ms);
      // It was counted until now: from its end on the days are others. What else becomes of it changes none.
      else if (end_ms !== null) add(pool, end_ms);
    }
    for (const { pool, at_ms } of capacity_steps) add(pool, at_ms);
    for (const { pool, epoch, at_ms, lost_ms } of gaps) {
      add(pool, at_ms - lost_ms);
      if (lost_ms >= GAP_OF_ALL_MS && epoch !== IMPORT_EPOCH) add(ALL_POOLS, at_ms - lost_ms);
    }
  }
  for (const { pool, first_ms } of refusals) add(pool, first_ms);
  return stale;
}

export const staleRows = (db: Database): Promise<StaleRow[]> => db.selectFrom("stale_days").selectAll().execute();

/** Worked out, unless anything came since the rows were read. */
export async function noLongerStale(db: Database, rows: readonly StaleRow[]): Promise<void> {
  for (const { pool, marks } of rows) {
    await db.deleteFrom("stale_days").where("pool", "=", pool).where("marks", "=", marks).execute();
  }
}
