import { sql } from "kysely";
import type { PastLog } from "../domain/past.ts";
import type { SeatPart } from "../domain/register.ts";
import type { Database, History } from "./database.ts";
import { replayErasures } from "./erasures.ts";
import { KnownPast, pastEvents } from "./past-rows.ts";
import { PoolProjection } from "./pool-projection.ts";
import { Refusals } from "./refusals.ts";
import { markStale } from "./stale-days.ts";
import { IMPORT_EPOCH, type ImportRow } from "./tables.ts";
import { asHistoryError } from "./troubles.ts";
import { takeTurn } from "./turn.ts";
import { putRows } from "./write.ts";
import { putAll } from "./writer.ts";

/** What became of a log's part in a pool. */
export interface ImportedPool {
  pool: string;
  /** New launches, and those of which it told more: how they ended. */
  launches: number;
  completed: number;
  denials: number;
  /** Which another pool had: the register counts them here now. */
  moved: number;
  /** Left out, since a daemon counted the pool itself by then; and from when on. */
  countedAlready: number;
  countedFromMs?: number;
  /** Left out, since they are older than what is kept of it. */
  tooOld: number;
}

export interface PastParts {
  source: string;
  /** Of the pool that is asked about. */
  seatFor: (pool: string) => readonly SeatPart[];
  /** Also what a daemon has counted in the same time. */
  overlapping: boolean;
  nowMs?: number;
}

const PATIENCE = "10min";
const REWRITTEN = ["sessions", "holdings", "denials", "refusals", "gaps", "changes"] as const;

/**
 * Write down what a log tells of the past, in one transaction: all of it or nothing. Each launch is known by what it is,
 * so what was told before is told again without effect. A pool's past is a stream of events of its own, made anew from all
 * that is known of it, for a log may tell of what lies between what others told.
 *
 * Errors: history_unavailable, settings_invalid; then nothing of the log is there
 */
export async function importPast(history: History, log: PastLog, parts: PastParts): Promise<ImportedPool[]> {
  try {
    return await history.db.transaction().execute(async (db) => {
      // Between its queries there is much to work out, longer than a frozen daemon may keep the others out.
      if ("url" in history.place)
        await sql`set local idle_in_transaction_session_timeout = ${sql.lit(PATIENCE)}`.execute(db);
      await takeTurn(history, db, "import");
      const elsewhere = await poolsWith(db, log);
      const pools = new Set([...log.launches, ...log.denials, ...log.ends].map(({ pool }) => pool));
      const imported: ImportedPool[] = [];
      for (const pool of [...pools].sort()) imported.push(await importPool(db, pool, log, parts, elsewhere));
      for (const [pool, leaseIds] of elsewhere) await withoutThem(db, pool, leaseIds, parts);
      // A log tells of everybody who is in it, and of those who were erased since.
      await replayErasures(db, parts.nowMs ?? Date.now());
      return imported;
    });
  } catch (error) {
    throw asHistoryError(error, history.place);
  }
}

async function importPool(
  db: Database,
  pool: string,
  log: PastLog,
  parts: PastParts,
  elsewhere: Map<string, Set<string>>,
): Promise<ImportedPool> {
  const past = await knownPast(db, pool);
  const countedFromMs = parts.overlapping ? undefined : await countedFrom(db, pool);
  const imported: ImportedPool = {
    pool,
    launches: 0,
    completed: 0,
    denials: 0,
    moved: 0,
    countedAlready: 0,
    tooOld: 0,
  };
  const keptFromMs = await keptFrom(db, pool);
  const isCounted = (atMs: number) => countedFromMs !== undefined && atMs >= countedFromMs;
  const isElsewhere = (leaseId: string) => [...elsewhere].some(([name, ids]) => name !== pool && ids.has(leaseId));
  for (const launch of log.launches) {
    if (launch.pool !== pool) continue;
    if (launch.untilMs < keptFromMs) imported.tooOld += 1;
    else if (isCounted(launch.fromMs)) imported.countedAlready += 1;
    else {
      const learnt = past.learn(launch);
      if (learnt === "more") imported.completed += 1;
      else if (learnt === "new") imported[isElsewhere(launch.leaseId) ? "moved" : "launches"] += 1;
    }
  }
  for (const denial of log.denials) {
    if (denial.pool !== pool) continue;
    if (denial.atMs < keptFromMs) imported.tooOld += 1;
    else if (isCounted(denial.atMs)) imported.countedAlready += 1;
    else if (past.learnDenial(denial)) imported.denials += 1;
  }
  for (const end of log.ends) if (end.pool === pool && past.learnEnd(end)) imported.completed += 1;
  if (imported.countedAlready > 0 && countedFromMs !== undefined) imported.countedFromMs = countedFromMs;

  const imports = await importsOf(db, pool);
  const isKnown = imports.some(({ id }) => id === log.id);
  const { launches, denials } = imported;
  if (launches + denials + imported.completed + imported.moved === 0 && isKnown) return imported;
  if (!isKnown) {
    const number = (imports.at(-1)?.number ?? 0) + 1;
    const key = { pool, epoch: IMPORT_EPOCH, number };
    const nowMs = parts.nowMs ?? Date.now();
    const told = { from_ms: log.fromMs, until_ms: log.untilMs, at_ms: nowMs, changed_ms: nowMs };
    const row: ImportRow = { ...key, id: log.id, source: parts.source, ...told, launches, denials };
    await putRows(db, "imports", [row]);
    imports.push(row);
  }
  await rewrite(db, pool, past, imports, parts);
  return imported;
}

/** What another pool has now is no longer this one's. */
async function withoutThem(db: Database, pool: string, leaseIds: ReadonlySet<string>, parts: PastParts) {
  const past = await knownPast(db, pool);
  for (const leaseId of leaseIds) {
    past.launches.delete(leaseId);
    past.denials.delete(leaseId);
  }
  await rewrite(db, pool, past, await importsOf(db, pool), parts);
}

async function rewrite(db: Database, pool: string, past: KnownPast, imports: readonly ImportRow[], parts: PastParts) {
  const before = await db
    .selectFrom("sessions")
    .select(({ fn }) => fn.min("start_ms").as("fromMs"))
    .where("pool", "=", pool)
    .where("epoch", "=", IMPORT_EPOCH)
    .executeTakeFirst();
  // What may be in another pool from now on was in days of this one.
  if (before?.fromMs != null) await markStale(db, pool, Number(before.fromMs));
  for (const table of REWRITTEN) {
    await db
      .deleteFrom(table as "sessions")
      .where("pool", "=", pool)
      .where("epoch", "=", IMPORT_EPOCH)
      .execute();
  }
  const known = { progress: undefined, sessions: [], holdings: [], usedUntilMs: new Map(), gaps: [] };
  const projection = new PoolProjection(pool, IMPORT_EPOCH, known);
  const refusals = new Refusals([]);
  const spans = imports.map(({ from_ms, until_ms }) => ({ fromMs: from_ms, untilMs: until_ms }));
  const events = pastEvents(pool, past, spans, parts.seatFor(pool)).take();
  for (const event of events) {
    projection.apply(event);
    refusals.apply(event);
  }
  await db
    .updateTable("imports")
    .set({ changed_ms: parts.nowMs ?? Date.now() })
    .where("pool", "=", pool)
    .where("epoch", "=", IMPORT_EPOCH)
    .execute();
  // Without a moment nothing is forgotten before it is taken.
  await putAll(db, [projection.take()], refusals.take(0));
}

async function knownPast(db: Database, pool: string): Promise<KnownPast> {
  const of = <Name extends "sessions" | "denials">(table: Name) =>
    db
      .selectFrom(table as "sessions")
      .selectAll()
      .where("pool", "=", pool)
      .where("epoch", "=", IMPORT_EPOCH)
      .execute();
  return new KnownPast(await of("sessions"), (await of("denials")) as never);
}

const importsOf = (db: Database, pool: string) =>
  db
    .selectFrom("imports")
    .selectAll()
    .where("pool", "=", pool)
    .where("epoch", "=", IMPORT_EPOCH)
    .orderBy("number")
    .execute();

/** What ended before in the pool was deleted, and its days stay as they are. */
async function keptFrom(db: Database, pool: string): Promise<number> {
  const row = await db.selectFrom("rolled_pools").select("kept_from_ms").where("pool", "=", pool).executeTakeFirst();
  return row?.kept_from_ms ?? 0;
}

/** When a daemon first counted a launch in the pool by itself. */
async function countedFrom(db: Database, pool: string): Promise<number | undefined> {
  const first = async (table: "sessions" | "denials", column: "start_ms" | "at_ms") => {
    const query = db.selectFrom(table as "sessions").select((select) => select.fn.min(column as "start_ms").as("ms"));
    const row = await query.where("pool", "=", pool).where("epoch", "<>", IMPORT_EPOCH).executeTakeFirst();
    return row?.ms === null || row?.ms === undefined ? [] : [Number(row.ms)];
  };
  const moments = [...(await first("sessions", "start_ms")), ...(await first("denials", "at_ms"))];
  return moments.length === 0 ? undefined : Math.min(...moments);
}

/** Pools that have launches of the log which belong to another one now, with those. */
async function poolsWith(db: Database, log: PastLog): Promise<Map<string, Set<string>>> {
  const target = new Map([...log.launches, ...log.denials].map(({ leaseId, pool }) => [leaseId, pool]));
  const pools = new Map<string, Set<string>>();
  for (const { pool } of await db.selectFrom("imports").select("pool").distinct().orderBy("pool").execute()) {
    for (const table of ["sessions", "denials"] as const) {
      const query = db
        .selectFrom(table as "sessions")
        .select("lease_id")
        .where("pool", "=", pool);
      for (const { lease_id } of await query.where("epoch", "=", IMPORT_EPOCH).execute()) {
        if ((target.get(lease_id) ?? pool) !== pool) pools.set(pool, (pools.get(pool) ?? new Set()).add(lease_id));
      }
    }
  }
  return pools;
}
