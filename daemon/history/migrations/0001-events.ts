import { randomUUID } from "node:crypto";
import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import { type Column, withColumns } from "./columns.ts";

const KEY: readonly Column[] = ["pool text", "epoch text", "number moment"];
const LAUNCH: readonly Column[] = [
  ...(["product text", "person text", "person_last_year text", "device text", "device_last_year text"] as const),
  ...(["department text", "site text"] as const),
];

const TABLES: Record<string, readonly Column[]> = {
  sessions: [
    ...KEY,
    ...LAUNCH,
    ...(["lease_id text", "version text", "asked_first text", "attempt_id text", "attested number"] as const),
    ...(["seats number", "flags text", "reason text", "break_glass_reason text", "holding moment?"] as const),
    ...(["start_ms moment", "level number", "end_ms moment?", "end_number moment?", "why text?"] as const),
    ...(["borrowed_until_ms moment?", "seated_ms moment?"] as const),
  ],
  holdings: [
    ...KEY,
    ...LAUNCH,
    ...(["seats number", "outside text", "overdrawn number", "start_ms moment", "end_ms moment?"] as const),
  ],
  denials: [
    ...KEY,
    ...LAUNCH,
    ...(["lease_id text", "at_ms moment", "reason text", "version text", "asked_first text"] as const),
    ...(["attempt_id text", "seats number", "level number"] as const),
  ],
  refusals: [
    ...KEY,
    ...(["product text", "person text", "person_last_year text", "department text", "attempt_id text"] as const),
    ...(["first_ms moment", "last_ms moment", "denials number", "sizing_denials number"] as const),
    ...(["granted_ms moment?", "granted_pool text?"] as const),
  ],
  capacity_steps: [...KEY, "at_ms moment", "seats number", "reserved text"],
  gaps: [...KEY, "kind text", "at_ms moment", "virtual_ms moment", "lost_ms moment", "lost_events moment"],
  changes: [
    ...KEY,
    ...(["kind text", "lease_id text", "at_ms moment", "product text", "site text", "word text", "who text"] as const),
  ],
};

/** What happened, from the ledger's events. */
export const events: Migration = {
  // biome-ignore lint/suspicious/noExplicitAny: a migration knows the tables of its own time only
  async up(db: Kysely<any>) {
    for (const [name, columns] of Object.entries(TABLES)) {
      const table = withColumns(db.schema.createTable(name), columns);
      await table.addPrimaryKeyConstraint(`${name}_key`, ["pool", "epoch", "number"]).execute();
    }
    await withColumns(db.schema.createTable("progress"), [
      ...KEY,
      ...(["at_ms moment", "virtual_ms moment", "level number"] as const),
    ])
      .addPrimaryKeyConstraint("progress_key", ["pool", "epoch"])
      .execute();
    // Days are read by when use ended; what is open is read when a daemon takes up a pool.
    for (const table of ["sessions", "holdings"]) {
      await db.schema.createIndex(`${table}_by_end`).on(table).columns(["pool", "end_ms"]).execute();
    }
    await db.schema.createIndex("denials_by_moment").on("denials").columns(["at_ms"]).execute();
    await db.schema.createIndex("refusals_by_last").on("refusals").columns(["last_ms"]).execute();
    await withColumns(db.schema.createTable("history"), [
      ...([
        "id text",
        "made_ms moment",
        "turn moment",
        "writer text",
        "copying_from text?",
        "moved_ms moment?",
      ] as const),
    ]).execute();
    await db
      .insertInto("history")
      .values({ id: randomUUID(), made_ms: Date.now(), turn: 0, writer: "", copying_from: null, moved_ms: null })
      .execute();
  },
};
