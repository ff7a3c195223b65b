import { existsSync } from "node:fs";
import { sql } from "kysely";
import { SeatmeterError } from "../domain/errors.ts";
import { connect, type Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import type { HistoryRow } from "./tables.ts";
import { asHistoryError, type HistoryPlace, placeInWords } from "./troubles.ts";
import { putRows } from "./write.ts";

const PAGE = 5000;
/** Their rows never change, so a pool of which all are there is not copied again. */
const WRITTEN_ONCE = ["gaps", "capacity_steps"] as const;
/** Names in them go when somebody is erased. */
const CHANGING = ["denials", "changes", "sessions", "holdings", "refusals", "imports"] as const;
const COPIED = [...WRITTEN_ONCE, ...CHANGING] as const;
type Copied = (typeof COPIED)[number];
/** What follows from these, and what people wrote beside it; each with its key. */
const FOLLOWING = {
  pool_days: ["pool", "date"],
  people_counts: ["pool", "from_date", "until_date", "period"],
  replays: ["pool", "from_date", "until_date", "seats"],
  rolled_pools: ["pool"],
  stale_days: ["pool"],
  day_notes: ["pool", "date", "at_ms"],
  decisions: ["pool", "at_ms"],
  audit: ["seq"],
  audit_head: ["name"],
  erasures: ["id"],
  retention_runs: ["at_ms"],
  computers: ["device"],
  installed_software: ["device", "name", "publisher", "version"],
} as const;

export type Told = (line: string) => void;

/** Where it is written down that it is copied: before, in what is copied; and after that, in the copy. */
export interface CopyNoted {
  begins(source: Database): Promise<void>;
  done(target: Database): Promise<void>;
}

/**
 * Copy a history of SQLite's to PostgreSQL, where it goes on. While it is copied nobody writes to it; when every row is
 * there it is marked, and no daemon takes it up again. One that broke off is done again, as often as need be: what is
 * there already is written over with the same.
 *
 * Errors: settings_invalid (no history there, a target that holds another one), history_unavailable
 */
export async function copyHistory(file: string, url: string, tell: Told, noted?: CopyNoted): Promise<void> {
  if (!existsSync(file)) throw new SeatmeterError("settings_invalid", `there is no history in ${file}`);
  const from = { file };
  const to = { url };
  const source = await connect(from);
  try {
    const target = await connect(to);
    try {
      await inWordsOf(from, () => migrate(source.db, from));
      await inWordsOf(to, () => migrate(target.db, to));
      await copyInto(source.db, target.db, to, tell, noted).catch((error) => {
        throw asHistoryError(error, "errcode" in error ? from : to);
      });
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function copyInto(
  source: Database,
  target: Database,
  to: HistoryPlace,
  tell: Told,
  noted?: CopyNoted,
): Promise<void> {
  const isDone = await wasCopied(source, target);
  if (!isDone) await noted?.begins(source);
  await source.transaction().execute(async (from) => {
    const ours = await historyRow(from);
    const theirs = await historyRow(target);
    if (theirs.id !== ours.id) await claim(target, theirs, ours, to);
    else if (theirs.copying_from === null) {
      if (ours.moved_ms === null) throw otherData(to);
      return tell(`it was copied on ${new Date(ours.moved_ms).toISOString()} already`);
    }
    for (const table of COPIED) await copyTable(from, target, table, tell);
    await putRows(target, "progress", await from.selectFrom("progress").selectAll().execute(), ["pool", "epoch"]);
    for (const [table, key] of Object.entries(FOLLOWING)) {
      await copyWhole(from, target, table as keyof typeof FOLLOWING, key);
    }
    await verify(from, target);
    const atMs = ours.moved_ms ?? Date.now();
    await from.updateTable("history").set({ moved_ms: atMs }).execute();
  });
  if (!isDone) await noted?.done(target);
  // Only now may a daemon take it up: the other one has been given up for good.
  await target.updateTable("history").set({ copying_from: null }).execute();
  tell("done: set DATABASE_URL for every daemon on this ledger, and start them");
}

async function wasCopied(source: Database, target: Database): Promise<boolean> {
  const [ours, theirs] = [await historyRow(source), await historyRow(target)];
  return ours.moved_ms !== null && theirs.id === ours.id && theirs.copying_from === null;
}

const historyRow = (db: Database) => db.selectFrom("history").selectAll().executeTakeFirstOrThrow();

/** An empty database becomes this history, or the part of it that is there so far. */
async function claim(target: Database, theirs: HistoryRow, ours: HistoryRow, to: HistoryPlace) {
  const { rows } = await sql<{ n: number }>`select count(*) as n from progress`.execute(target);
  if (theirs.turn > 0 || theirs.copying_from !== null || Number(rows[0]?.n) > 0) throw otherData(to);
  await target.updateTable("history").set({ id: ours.id, made_ms: ours.made_ms, copying_from: ours.id }).execute();
}

async function copyTable(from: Database, target: Database, table: Copied, tell: Told): Promise<void> {
  const counts = await countsOf(from, table);
  const there = (WRITTEN_ONCE as readonly string[]).includes(table) ? await countsOf(target, table) : new Map();
  const all = [...counts.values()].reduce((sum, { rows }) => sum + rows, 0);
  let done = 0;
  for (const [name, { pool, epoch, rows: expected, sum }] of counts) {
    const known = there.get(name);
    if (known?.rows === expected && known.sum === sum) {
      done += expected;
      continue;
    }
    for (let after = -1; ; ) {
      const rows = await from
        .selectFrom(table as "denials")
        .selectAll()
        .where("pool", "=", pool)
        .where("epoch", "=", epoch)
        .where("number", ">", after)
        .orderBy("number")
        .limit(PAGE)
        .execute();
      const last = rows.at(-1);
      if (!last) break;
      await target.transaction().execute((trx) => putRows(trx, table as "denials", rows));
      after = last.number;
      done += rows.length;
      tell(`${table}: ${done} of ${all}`);
    }
  }
}

/** Of a table that is small; what the target has beside it goes. */
async function copyWhole(from: Database, target: Database, table: keyof typeof FOLLOWING, key: readonly string[]) {
  await target.transaction().execute(async (trx) => {
    await trx.deleteFrom(table).execute();
    for (let offset = 0; ; offset += PAGE) {
      let page = from.selectFrom(table as "pool_days").selectAll();
      for (const column of key) page = page.orderBy(column as "pool");
      const rows = await page.limit(PAGE).offset(offset).execute();
      await putRows(trx, table as "pool_days", rows, key);
      if (rows.length < PAGE) return;
    }
  });
}

interface Count {
  pool: string;
  epoch: string;
  rows: number;
  sum: number;
}

/** By pool and epoch, how many rows there are, and the sum of their numbers. */
async function countsOf(db: Database, table: Copied | "progress"): Promise<Map<string, Count>> {
  const { rows } = await sql<Count>`
    select pool, epoch, count(*) as rows, cast(sum(number) as bigint) as sum from ${sql.table(table)} group by pool, epoch
  `.execute(db);
  return new Map(rows.map((row) => [`${row.pool} ${row.epoch}`, row]));
}

async function verify(from: Database, target: Database): Promise<void> {
  for (const table of [...COPIED, "progress"] as const) {
    const ours = await countsOf(from, table);
    const theirs = await countsOf(target, table);
    const missing = [...ours].find(([name, { rows, sum }]) => {
      const copied = theirs.get(name);
      return copied?.rows !== rows || copied.sum !== sum;
    });
    if (missing || theirs.size !== ours.size) {
      const what = `${table}${missing ? ` of the pool ${missing[1].pool}` : ""}`;
      throw new SeatmeterError("internal", `what was copied is not what was there (${what}); copy it again`);
    }
  }
}

const otherData = (to: HistoryPlace) =>
  new SeatmeterError(
    "settings_invalid",
    `${placeInWords(to)} holds another history, or one that daemons write to: name an empty database`,
  );

async function inWordsOf(place: HistoryPlace, work: () => Promise<void>): Promise<void> {
  await work().catch((error) => {
    throw asHistoryError(error, place);
  });
}
