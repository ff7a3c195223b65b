import { sql } from "kysely";
import { type IsoDate, wallTime } from "../domain/calendar.ts";
import { NO_POOL } from "../domain/names.ts";
import type { Register } from "../domain/register.ts";
import { keptFromMs } from "../domain/retention.ts";
import type { Database, History } from "./database.ts";
import { replayErasures } from "./erasures.ts";
import { poolNames } from "./pool-names.ts";
import type { Rollups } from "./rollups.ts";
import { ALL_POOLS, staleRows } from "./stale-days.ts";
import { dayAt } from "./swept-days.ts";
import type { RetentionRunRow, Tables } from "./tables.ts";
import { putRows } from "./write.ts";

/** Rows in one transaction: whoever records, or reads, gets a turn after it. */
const BATCH = 1000;

interface Old {
  table: keyof Tables;
  /** What says how old a row is: a moment, or a day. */
  by: string;
  key: readonly string[];
}

const EVENT = ["pool", "epoch", "number"] as const;
/** THE TABLES of what is of a person, pool by pool: it goes when it has been over for so long. */
const OF_PERSONS: readonly Old[] = [
  { table: "sessions", by: "end_ms", key: EVENT },
  { table: "holdings", by: "end_ms", key: EVENT },
  { table: "denials", by: "at_ms", key: EVENT },
  { table: "refusals", by: "last_ms", key: EVENT },
  { table: "changes", by: "at_ms", key: EVENT },
];
/** And of what is of days, or of this work itself. */
const OF_DAYS: readonly Old[] = [
  { table: "pool_days", by: "date", key: ["pool", "date"] },
  { table: "people_counts", by: "until_date", key: ["pool", "from_date", "until_date", "period"] },
  { table: "replays", by: "until_date", key: ["pool", "from_date", "until_date", "seats"] },
  { table: "day_notes", by: "date", key: ["pool", "date", "at_ms"] },
  { table: "decisions", by: "at_ms", key: ["pool", "at_ms"] },
  { table: "retention_runs", by: "at_ms", key: ["at_ms"] },
];
/** What is installed on a computer goes with it, when that has not been heard of for so long. */
const OF_COMPUTERS: Old = { table: "computers", by: "told_ms", key: ["device"] };
/** A backup that is older brings back nothing that is kept. */
const OF_ERASURES: Old = { table: "erasures", by: "at_ms", key: ["id"] };

export interface RetentionRun {
  atMs: number;
  tookMs: number;
  /** The first moment of which anything of a person is there still. */
  oldestMs: number | null;
  /** Rows, by table; those of which some were. */
  deleted: Record<string, number>;
  /** Pools whose days could not be worked out: their launches wait. */
  waiting: string[];
}

export interface RetentionParts {
  history: Pick<History, "db">;
  rollups: Rollups;
  register: () => Register;
  now: () => number;
}

/**
 * Once a day, delete what has been kept for as long as it may be, and finish what erasures could not replace yet. Days of
 * which launches go are worked out before, and stay as they are. Done by whichever daemon works out the days; one that is
 * interrupted is gone on with.
 *
 * @returns undefined where it was done today, or another daemon is at it
 */
export async function deleteOld(parts: RetentionParts): Promise<RetentionRun | undefined> {
  const { history, rollups, register, now } = parts;
  const { db } = history;
  const today = wallTime(now(), register().timezone).date;
  const last = (await retentionRuns(db, 1))[0];
  if (last && dayAt(register(), last.atMs) >= today) return undefined;
  return await rollups.alone(async () => {
    const startedMs = now();
    const { privacy, timezone } = register();
    const sessionsMs = keptFromMs(privacy.keepSessions, startedMs, timezone);
    const daysMs = keptFromMs(privacy.keepDays, startedMs, timezone);
    const deleted: Record<string, number> = {};
    const remove = async (old: Old, before: number | IsoDate, pool?: string) => {
      const rows = await deleteRows(rollups, old, before, pool);
      if (rows > 0) deleted[old.table] = (deleted[old.table] ?? 0) + rows;
    };
    const { ready, waiting } = await poolsBefore(db, register(), sessionsMs);
    for (const names of ready.values()) {
      for (const name of names) for (const old of OF_PERSONS) await remove(old, sessionsMs, name);
    }
    for (const old of OF_DAYS) await remove(old, old.by.endsWith("_ms") ? daysMs : dayAt(register(), daysMs));
    await remove(OF_ERASURES, sessionsMs);
    await remove(OF_COMPUTERS, keptFromMs(privacy.keepInventory, startedMs, timezone));
    const left = await rollups.transaction(removeLeftSoftware);
    if (left > 0) deleted.installed_software = left;
    await rollups.transaction((trx) => replayErasures(trx, startedMs));
    const run = { atMs: startedMs, tookMs: now() - startedMs, oldestMs: await oldestMs(db), deleted, waiting };
    await putRows(db, "retention_runs", [rowOf(run)], ["at_ms"]);
    return run;

    /** Of pools whose days are worked out until then; the days before are marked to stay. */
    async function poolsBefore(db: Database, register: Register, beforeMs: number) {
      const rolled = new Map((await db.selectFrom("rolled_pools").selectAll().execute()).map((row) => [row.pool, row]));
      const stale = (await staleRows(db)).filter(({ from_ms }) => from_ms < beforeMs).map(({ pool }) => pool);
      const ready = new Map([[NO_POOL, [NO_POOL]]]);
      const waiting: string[] = [];
      for (const [pool, names] of await poolNames(db, register)) {
        if (!(await hasOld(db, names, beforeMs))) continue;
        const kept = rolled.get(pool);
        if (!kept || stale.some((name) => name === ALL_POOLS || names.includes(name) || name === pool)) {
          waiting.push(pool);
          continue;
        }
        await rollups.transaction((trx) =>
          trx
            .updateTable("rolled_pools")
            .set({ kept_from_ms: Math.max(kept.kept_from_ms, beforeMs) })
            .where("pool", "=", pool)
            .execute(),
        );
        ready.set(pool, names);
      }
      return { ready, waiting };
    }
  });
}

async function hasOld(db: Database, names: readonly string[], beforeMs: number): Promise<boolean> {
  for (const { table, by } of OF_PERSONS) {
    const row = await db
      .selectFrom(table as "sessions")
      .select("pool")
      .where("pool", "in", names)
      .where(by as "end_ms", "<", beforeMs)
      .limit(1)
      .executeTakeFirst();
    if (row) return true;
  }
  return false;
}

async function deleteRows(rollups: Rollups, { table, by, key }: Old, before: number | IsoDate, pool?: string) {
  const columns = sql.join(key.map((name) => sql.ref(name)));
  const ofPool = pool === undefined ? sql`` : sql` and pool = ${pool}`;
  for (let all = 0; ; ) {
    const rows = await rollups.transaction(async (db) => {
      const { numAffectedRows } = await sql`
        delete from ${sql.table(table)} where (${columns}) in (
          select ${columns} from ${sql.table(table)} where ${sql.ref(by)} < ${before}${ofPool} limit ${BATCH}
        )`.execute(db);
      return Number(numAffectedRows ?? 0);
    });
    all += rows;
    if (rows < BATCH) return all;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Of computers that are gone. */
async function removeLeftSoftware(db: Database): Promise<number> {
  const computers = db.selectFrom("computers").select("device");
  const { numDeletedRows } = await db
    .deleteFrom("installed_software")
    .where("device", "not in", computers)
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

async function oldestMs(db: Database): Promise<number | null> {
  const first = async (table: "sessions" | "denials" | "refusals" | "changes" | "computers", column: string) => {
    const { rows } = await sql<{ ms: number | null }>`
      select min(${sql.ref(column)}) as ms from ${sql.table(table)}`.execute(db);
    return rows[0]?.ms == null ? [] : [Number(rows[0].ms)];
  };
  const moments = [
    ...(await first("sessions", "start_ms")),
    ...(await first("denials", "at_ms")),
    ...(await first("refusals", "first_ms")),
    ...(await first("changes", "at_ms")),
    ...(await first("computers", "told_ms")),
  ];
  return moments.length === 0 ? null : Math.min(...moments);
}

/** The newest first. */
export async function retentionRuns(db: Database, most: number): Promise<RetentionRun[]> {
  const rows = await db.selectFrom("retention_runs").selectAll().orderBy("at_ms", "desc").limit(most).execute();
  return rows.map(({ at_ms, took_ms, oldest_ms, deleted, waiting }) => ({
    ...{ atMs: at_ms, tookMs: took_ms, oldestMs: oldest_ms },
    ...{ deleted: JSON.parse(deleted), waiting: JSON.parse(waiting) },
  }));
}

const rowOf = ({ atMs, tookMs, oldestMs, deleted, waiting }: RetentionRun): RetentionRunRow => ({
  ...{ at_ms: atMs, took_ms: Math.max(0, tookMs), oldest_ms: oldestMs },
  ...{ deleted: JSON.stringify(deleted), waiting: JSON.stringify(waiting) },
});
