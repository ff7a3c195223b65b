import { type ExpressionBuilder, sql } from "kysely";
import { FOLD_MS } from "../domain/refusals.ts";
import { forgetComputers } from "./computers.ts";
import type { Database, History } from "./database.ts";
import { Replacements } from "./replacements.ts";
import { ALL_POOLS, markStale } from "./stale-days.ts";
import type { ErasureRow, Tables } from "./tables.ts";
import { asHistoryError } from "./troubles.ts";
import { takeTurn } from "./turn.ts";

/** Whom to forget: pseudonyms under every key there is, of what began until that moment. */
export interface Erasure {
  id: string;
  atMs: number;
  people: string[];
  devices: string[];
}

export interface Erased {
  /** Rows in which something was replaced. */
  rows: number;
  /** Launches that are not over; theirs is replaced when they are. */
  open: number;
}

const DAY_MS = 86_400_000;
const NAMES_AT_ONCE = 200;
const LAUNCHES = ["sessions", "holdings", "denials"] as const;

/** Computers that nobody else used, by their pseudonyms: of those in the launches of somebody. */
export async function ownDevices(db: Database, people: readonly string[]): Promise<string[]> {
  if (people.length === 0) return [];
  const pairs: string[][] = [];
  for (const table of ["sessions", "denials"] as const) {
    const rows = await db
      .selectFrom(table as "sessions")
      .select(["device", "device_last_year"])
      .distinct()
      .where("person", "in", people)
      .execute();
    for (const { device, device_last_year } of rows) pairs.push([device, device_last_year].filter(Boolean));
  }
  const shared = await usedByOthers(db, people, [...new Set(pairs.flat())]);
  // A computer that somebody else used in one year is no more his own in the next.
  for (let before = -1; before !== shared.size; ) {
    before = shared.size;
    for (const pair of pairs) if (pair.some((name) => shared.has(name))) for (const name of pair) shared.add(name);
  }
  return [...new Set(pairs.flat())].filter((name) => !shared.has(name)).sort();
}

async function usedByOthers(db: Database, people: readonly string[], devices: readonly string[]): Promise<Set<string>> {
  const used = new Set<string>();
  for (let from = 0; from < devices.length; from += NAMES_AT_ONCE) {
    const some = devices.slice(from, from + NAMES_AT_ONCE);
    for (const table of ["sessions", "denials"] as const) {
      const rows = await db
        .selectFrom(table as "sessions")
        .select(["device", "device_last_year"])
        .distinct()
        // Of this year's launches, what it was called last year is there, too.
        .where(({ or, eb }) => or([eb("device", "in", some), eb("device_last_year", "in", some)]))
        .where("person", "not in", people)
        .execute();
      for (const row of rows) used.add(row.device).add(row.device_last_year);
    }
  }
  return used;
}

/**
 * Put other names, made by chance, in place of somebody's. What is not over keeps its names until it is, for its end has to
 * find it; `replayErasures` does that then, and again after a restore. Errors: history_unavailable, settings_invalid.
 */
export async function erase(
  history: History,
  { id, atMs, people, devices }: Erasure,
  { reason, author, nowMs }: { reason: string; author: string; nowMs: number },
): Promise<Erased> {
  try {
    return await history.db.transaction().execute(async (db) => {
      await takeTurn(history, db, "erasure");
      const row: ErasureRow = {
        ...{ id, at_ms: atMs, people: JSON.stringify(people), devices: JSON.stringify(devices) },
        ...{ replacements: null, done_ms: null, rows: 0, reason, author },
      };
      await db
        .insertInto("erasures")
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      return await replay(db, id, nowMs);
    });
  } catch (error) {
    throw asHistoryError(error, history.place);
  }
}

/** Whoever was erased is, in what came back or was told since. In the caller's transaction. */
export async function replayErasures(db: Database, nowMs: number, only: "all" | "unfinished" = "all"): Promise<number> {
  let query = db.selectFrom("erasures").select("id");
  if (only === "unfinished") query = query.where("done_ms", "is", null);
  let replaced = 0;
  for (const { id } of await query.orderBy("at_ms").execute()) replaced += (await replay(db, id, nowMs)).rows;
  return replaced;
}

async function replay(db: Database, id: string, nowMs: number): Promise<Erased> {
  // Held until all is replaced: two daemons would make different names.
  const row = await db
    .updateTable("erasures")
    .set({ rows: sql<number>`rows` })
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirst();
  if (!row) return { rows: 0, open: 0 };
  const people = JSON.parse(row.people) as string[];
  const known = JSON.parse(row.replacements ?? "{}") as Record<string, string>;
  const replacements = new Replacements([...people, ...JSON.parse(row.devices)], known);
  let rows = 0;
  let open = 0;
  if (people.length > 0) {
    // Days that were worked out since the first of it was replaced took what was not for somebody else's.
    const fromMs = row.replacements === null ? undefined : await firstToReplace(db, row, people);
    if (fromMs !== undefined) await markStale(db, ALL_POOLS, fromMs);
    for (const table of LAUNCHES) rows += await replaceIn(db, table, row, people, replacements);
    rows += await replaceInRefusals(db, row, people, replacements, nowMs);
    rows += await replaceWhose(db, row, replacements);
    open = await stillOpen(db, row, people);
  }
  rows += await forgetComputers(db, await toldBefore(db, row));
  const unsure = await refusalsLeft(db, row, people);
  // What happened before may be told for a day: a daemon that was away from the database catches up.
  const isDone = open + unsure === 0 && nowMs - row.at_ms >= DAY_MS;
  await db
    .updateTable("erasures")
    .set({
      rows: sql<number>`rows + ${rows}`,
      replacements: isDone ? null : JSON.stringify(replacements.known),
      done_ms: isDone ? (row.done_ms ?? nowMs) : null,
    })
    .where("id", "=", row.id)
    .execute();
  return { rows, open };
}

/** Computers that only this person used, in so far as they have not told anew: whoever has one now has nothing to do with it. */
async function toldBefore(db: Database, { at_ms, devices }: ErasureRow): Promise<string[]> {
  const own = JSON.parse(devices) as string[];
  if (own.length === 0) return [];
  const told = db.selectFrom("computers").select("device").where("device", "in", own);
  return (await told.where("told_ms", "<=", at_ms).execute()).map(({ device }) => device);
}

async function firstToReplace(db: Database, { at_ms }: ErasureRow, people: readonly string[]) {
  const row = await db
    .selectFrom("holdings")
    .select(({ fn }) => fn.min("start_ms").as("ms"))
    .where("person", "in", people)
    .where("start_ms", "<=", at_ms)
    .where("end_ms", "is not", null)
    .executeTakeFirst();
  return row?.ms == null ? undefined : Number(row.ms);
}

/** `case person when 'a' then 'b' … else person end`, for the names that stand in these rows. */
function replaced(column: string, names: readonly string[], replacements: Replacements) {
  const cases = names.flatMap((name) => {
    const next = replacements.of(name);
    return next === undefined ? [] : [sql`when ${name} then ${next}`];
  });
  if (cases.length === 0) return sql<string>`${sql.ref(column)}`;
  return sql<string>`case ${sql.ref(column)} ${sql.join(cases, sql` `)} else ${sql.ref(column)} end`;
}

type Columns = "person" | "person_last_year" | "device" | "device_last_year";
const COLUMNS: readonly Columns[] = ["person", "person_last_year", "device", "device_last_year"];

async function replaceIn(
  db: Database,
  table: (typeof LAUNCHES)[number],
  { at_ms }: ErasureRow,
  people: readonly string[],
  replacements: Replacements,
): Promise<number> {
  // All three have these columns; only denials are over at once.
  const isOurs = ({ eb, and }: ExpressionBuilder<Tables, "sessions">) =>
    and([
      eb("person", "in", people),
      ...(table === "denials"
        ? [sql<boolean>`at_ms <= ${at_ms}`]
        : [eb("start_ms", "<=", at_ms), eb("end_ms", "is not", null)]),
    ]);
  const of = table as "sessions";
  const found = await db.selectFrom(of).select(COLUMNS).distinct().where(isOurs).execute();
  if (found.length === 0) return 0;
  const names = [...new Set(found.flatMap((row) => COLUMNS.map((column) => row[column])))];
  const set = Object.fromEntries(COLUMNS.map((column) => [column, replaced(column, names, replacements)]));
  const { numUpdatedRows } = await db
    .updateTable(of)
    // What a duty officer wrote is his own.
    .set({ ...set, ...(table === "sessions" && { break_glass_reason: "" }) })
    .where(isOurs)
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

/** One that a further denial may still belong to is found by its person. */
async function replaceInRefusals(
  db: Database,
  { at_ms }: ErasureRow,
  people: readonly string[],
  replacements: Replacements,
  nowMs: number,
): Promise<number> {
  const names = [...people];
  const set = {
    person: replaced("person", names, replacements),
    person_last_year: replaced("person_last_year", names, replacements),
  };
  const { numUpdatedRows } = await db
    .updateTable("refusals")
    .set(set)
    .where("person", "in", people)
    .where("first_ms", "<=", at_ms)
    .where(({ or, eb }) => or([eb("granted_ms", "is not", null), eb("last_ms", "<", nowMs - FOLD_MS)]))
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

async function replaceWhose(db: Database, { at_ms }: ErasureRow, replacements: Replacements): Promise<number> {
  const whose = await db.selectFrom("changes").select("who").distinct().where("who", "<>", "").execute();
  let rows = 0;
  for (const { who } of whose) {
    const next = replacements.ofWhose(who);
    if (next === undefined) continue;
    const update = db.updateTable("changes").set({ who: next }).where("who", "=", who).where("who", "<>", "");
    rows += Number((await update.where("at_ms", "<=", at_ms).executeTakeFirstOrThrow()).numUpdatedRows);
  }
  return rows;
}

async function stillOpen(db: Database, { at_ms }: ErasureRow, people: readonly string[]): Promise<number> {
  let open = 0;
  for (const table of ["sessions", "holdings"] as const) {
    const { n } = await db
      .selectFrom(table as "sessions")
      .select(({ fn }) => fn.countAll().as("n"))
      .where("person", "in", people)
      .where("start_ms", "<=", at_ms)
      .executeTakeFirstOrThrow();
    open = Math.max(open, Number(n));
  }
  return open;
}

async function refusalsLeft(db: Database, { at_ms }: ErasureRow, people: readonly string[]): Promise<number> {
  if (people.length === 0) return 0;
  const { n } = await db
    .selectFrom("refusals")
    .select(({ fn }) => fn.countAll().as("n"))
    .where("person", "in", people)
    .where("first_ms", "<=", at_ms)
    .executeTakeFirstOrThrow();
  return Number(n);
}

/**
 * The list that lies apart from the history, and the history's own: each learns from the other. What the history lacks was
 * done after the backup that it was restored from, and is done again.
 *
 * @param fromMs nothing is kept of what was before, erased or not
 */
export async function agreeErasures(
  history: History,
  listed: readonly Erasure[],
  { fromMs, nowMs }: { fromMs: number; nowMs: number },
): Promise<{ all: Erasure[]; replayed: number }> {
  const own = await history.db.selectFrom("erasures").select(["id", "at_ms", "people", "devices"]).execute();
  const known = new Set(own.map(({ id }) => id));
  const lost = listed.filter(({ id, atMs }) => !known.has(id) && atMs >= fromMs);
  for (const erasure of lost) {
    await erase(history, erasure, { reason: "done again: the history had come back without it", author: "", nowMs });
  }
  const all = own.map(({ id, at_ms, people, devices }) => ({
    ...{ id, atMs: at_ms, people: JSON.parse(people), devices: JSON.parse(devices) },
  }));
  return { all: [...all, ...lost], replayed: lost.length };
}
