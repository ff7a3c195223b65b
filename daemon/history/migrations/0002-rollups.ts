import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import { type Column, withColumns } from "./columns.ts";

const PERIOD: readonly Column[] = ["pool text", "from_date text", "until_date text"];

/** Columns, and which of them are the key. */
const TABLES: Record<string, { columns: readonly Column[]; key: readonly string[] }> = {
  pool_days: {
    columns: ["pool text", "date text", "start_ms moment", "end_ms moment", "day text", "demand text?"],
    key: ["pool", "date"],
  },
  people_counts: {
    columns: [...PERIOD, "period text", "people number", "seat_keys number", "by_department text"],
    key: ["pool", "from_date", "until_date", "period"],
  },
  replays: {
    columns: [
      ...PERIOD,
      ...([
        "seats number",
        "launches moment",
        "turned_away moment",
        "kept_waiting moment",
        "waited_ms moment",
      ] as const),
    ],
    key: ["pool", "from_date", "until_date", "seats"],
  },
  rolled_pools: {
    columns: [
      ...(["pool text", "basis text", "capacity text", "first_ms moment", "until_ms moment"] as const),
      ...([
        "version moment",
        "past_version moment",
        "kept_from_ms moment",
        "people_from text?",
        "nightly text",
      ] as const),
    ],
    key: ["pool"],
  },
  stale_days: { columns: ["pool text", "from_ms moment", "marks moment"], key: ["pool"] },
  locks: {
    columns: ["name text", "holder text", "until_ms moment", "last_success_ms moment"],
    key: ["name"],
  },
  day_notes: {
    columns: ["pool text", "date text", "at_ms moment", "note text", "author text"],
    key: ["pool", "date", "at_ms"],
  },
  decisions: {
    columns: [
      ...(["pool text", "at_ms moment", "kind text", "seats number?", "name text"] as const),
      ...(["reason text", "author text", "reference text", "ends text"] as const),
    ],
    key: ["pool", "at_ms"],
  },
};

/** What follows from what happened, day by day; and what people write beside it. */
export const rollups: Migration = {
  // biome-ignore lint/suspicious/noExplicitAny: a migration knows the tables of its own time only
  async up(db: Kysely<any>) {
    for (const [name, { columns, key }] of Object.entries(TABLES)) {
      const table = withColumns(db.schema.createTable(name), columns);
      await table.addPrimaryKeyConstraint(`${name}_key`, key as never).execute();
    }
    await db.insertInto("locks").values({ name: "rollups", holder: "", until_ms: 0, last_success_ms: 0 }).execute();
    // Whatever was recorded before there were days.
    await db.insertInto("stale_days").values({ pool: "", from_ms: 0, marks: 0 }).execute();
    await db.schema.createIndex("refusals_by_first").on("refusals").columns(["pool", "first_ms"]).execute();
    await db.schema.createIndex("denials_by_person").on("denials").columns(["person"]).execute();
    await db.schema.createIndex("denials_by_device").on("denials").columns(["device"]).execute();
  },
};
