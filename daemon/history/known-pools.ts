import type { Database } from "./database.ts";
import type { KnownPool } from "./pool-projection.ts";
import { IMPORT_EPOCH, type ProgressRow } from "./tables.ts";

/** Of the gaps, those that a lease which expires now may have slept through. */
const GAPS_READ = 200;

/** How far each pool is recorded, in every epoch there was of it. */
export async function progressOf(db: Database, pools: readonly string[]): Promise<ProgressRow[]> {
  if (pools.length === 0) return [];
  return await db.selectFrom("progress").selectAll().where("pool", "in", pools).execute();
}

/**
 * How far each pool is recorded in its newest epoch, and whether somebody was in, or has a seat borrowed or assigned; without
 * what was imported.
 */
export async function lastRecorded(db: Database, nowMs = Date.now()) {
  const rows = await db
    .selectFrom("progress")
    .select(["pool", "epoch", "number"])
    .where("epoch", "!=", IMPORT_EPOCH)
    .orderBy("epoch")
    .execute();
  const open = await db
    .selectFrom("sessions")
    .select(["pool", "epoch"])
    .distinct()
    .where("end_ms", "is", null)
    .execute();
  // What an older ledger brought along is nobody's open session.
  const borrowed = db
    .selectFrom("sessions")
    .select("pool")
    .where("why", "=", "ledger_reset")
    .where("borrowed_until_ms", ">", nowMs);
  const assigned = db.selectFrom("changes").select("pool").where("kind", "=", "kept").where("word", "like", "hold %");
  const kept = new Set((await borrowed.union(assigned).execute()).map(({ pool }) => pool));
  const held = new Set(open.map(({ pool, epoch }) => `${pool} ${epoch}`));
  const newest = new Map(rows.map((row) => [row.pool, row]));
  return [...newest.values()].map((row) => ({
    ...row,
    isHeld: kept.has(row.pool) || held.has(`${row.pool} ${row.epoch}`),
  }));
}

/** What has to be known of a pool to go on with it. */
export async function knownPool(db: Database, pool: string, epoch: string): Promise<KnownPool> {
  const of = { pool, epoch };
  const progress = await db.selectFrom("progress").selectAll().where("pool", "=", pool).where("epoch", "=", epoch);
  const sessions = await openOnes("sessions");
  const holdings = await openOnes("holdings");
  const left = await db
    .selectFrom("sessions as left")
    .innerJoin("holdings as held", (join) =>
      join
        .onRef("held.pool", "=", "left.pool")
        .onRef("held.epoch", "=", "left.epoch")
        .onRef("held.number", "=", "left.holding"),
    )
    .select((select) => ["held.number as number", select.fn.max("left.end_ms").as("until_ms")])
    .where("left.pool", "=", of.pool)
    .where("left.epoch", "=", of.epoch)
    .where("held.end_ms", "is", null)
    .where("left.end_ms", "is not", null)
    .groupBy("held.number")
    .execute();
  const gaps = await db
    .selectFrom("gaps")
    .select(["virtual_ms", "lost_ms"])
    .where("pool", "=", of.pool)
    .where("epoch", "=", of.epoch)
    .where("kind", "=", "clock")
    .orderBy("number", "desc")
    .limit(GAPS_READ)
    .execute();
  return {
    progress: await progress.executeTakeFirst(),
    sessions: sessions.sort((one, other) => one.number - other.number),
    holdings: holdings.sort((one, other) => one.number - other.number),
    usedUntilMs: new Map(left.map(({ number, until_ms }) => [number, Number(until_ms)])),
    gaps: gaps.reverse(),
  };

  function openOnes<Name extends "sessions" | "holdings">(table: Name) {
    const query = db.selectFrom(table as "sessions").selectAll();
    const open = query.where("pool", "=", of.pool).where("epoch", "=", of.epoch).where("end_ms", "is", null).execute();
    return open as unknown as Promise<
      (Name extends "sessions" ? KnownPool["sessions"] : KnownPool["holdings"])[number][]
    >;
  }
}
