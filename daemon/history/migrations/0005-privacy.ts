import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import { type Column, withColumns } from "./columns.ts";

const ERASURES: readonly Column[] = [
  ...(["id text", "at_ms moment", "people text", "devices text", "replacements text?", "done_ms moment?"] as const),
  ...(["rows moment", "reason text", "author text"] as const),
];
const RUNS: readonly Column[] = ["at_ms moment", "took_ms moment", "oldest_ms moment?", "deleted text", "waiting text"];

/** Who was erased, what was deleted because it was old, and ways to find all of one person. */
export const privacy: Migration = {
  // biome-ignore lint/suspicious/noExplicitAny: a migration knows the tables of its own time only
  async up(db: Kysely<any>) {
    await withColumns(db.schema.createTable("erasures"), ERASURES)
      .addPrimaryKeyConstraint("erasures_key", ["id"])
      .execute();
    await withColumns(db.schema.createTable("retention_runs"), RUNS)
      .addPrimaryKeyConstraint("retention_runs_key", ["at_ms"])
      .execute();
    for (const table of ["sessions", "holdings", "refusals"]) {
      await db.schema.createIndex(`${table}_by_person`).on(table).columns(["person"]).execute();
    }
    await db.schema.createIndex("sessions_by_device").on("sessions").columns(["device"]).execute();
    await db.schema
      .createIndex("changes_by_whose")
      .on("changes")
      .columns(["who"])
      .where(sql<boolean>`who <> ''`)
      .execute();
  },
};
