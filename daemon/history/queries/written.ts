import type { IsoDate } from "../../domain/calendar.ts";
import type { Database } from "../database.ts";
import type { DayNoteRow, DecisionRow, ReplayRow } from "../tables.ts";
import { putRows } from "../write.ts";

/* What people write beside the figures, and what was played through for them. */

/** Of these days, by date. */
export const dayNotes = (db: Database, pool: string, from: IsoDate, until: IsoDate): Promise<DayNoteRow[]> =>
  db
    .selectFrom("day_notes")
    .selectAll()
    .where("pool", "=", pool)
    .where("date", ">=", from)
    .where("date", "<=", until)
    .orderBy("date")
    .orderBy("at_ms")
    .execute();

/** The newest first; of one pool or all. */
export async function decisions(db: Database, pool?: string): Promise<DecisionRow[]> {
  const all = db.selectFrom("decisions").selectAll().orderBy("at_ms", "desc");
  return await (pool === undefined ? all : all.where("pool", "=", pool)).execute();
}

/** Two of one moment are both kept. */
export async function putNote(db: Database, note: DayNoteRow): Promise<DayNoteRow> {
  return await inNextFree(note, (row) =>
    db
      .insertInto("day_notes")
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .returning("at_ms")
      .executeTakeFirst(),
  );
}

export async function putDecision(db: Database, decision: DecisionRow): Promise<DecisionRow> {
  return await inNextFree(decision, (row) =>
    db
      .insertInto("decisions")
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .returning("at_ms")
      .executeTakeFirst(),
  );
}

async function inNextFree<Row extends { at_ms: number }>(row: Row, put: (row: Row) => Promise<unknown>): Promise<Row> {
  for (let written = row; ; written = { ...written, at_ms: written.at_ms + 1 }) if (await put(written)) return written;
}

export const keptReplays = (db: Database, pool: string, from: IsoDate, until: IsoDate): Promise<ReplayRow[]> =>
  db
    .selectFrom("replays")
    .selectAll()
    .where("pool", "=", pool)
    .where("from_date", "=", from)
    .where("until_date", "=", until)
    .execute();

export const putReplays = (db: Database, rows: readonly ReplayRow[]): Promise<void> =>
  putRows(db, "replays", rows, ["pool", "from_date", "until_date", "seats"]);
