import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import { withColumns } from "./columns.ts";

/** What administrators did, each row chained to the one before. */
export const audit: Migration = {
  // biome-ignore lint/suspicious/noExplicitAny: a migration knows the tables of its own time only
  async up(db: Kysely<any>) {
    await withColumns(db.schema.createTable("audit"), [
      ...(["seq moment", "at_ms moment", "who text", "role text", "site text", "act text", "about text"] as const),
      ...(["subject text", "subject_salt text", "subject_hash text", "reason text"] as const),
      ...(["phase text", "outcome text", "intent moment?", "prev_hash text", "hash text"] as const),
    ])
      .addPrimaryKeyConstraint("audit_key", ["seq"])
      .execute();
    await db.schema.createIndex("audit_by_moment").on("audit").columns(["at_ms"]).execute();
    await db.schema.createIndex("audit_by_subject").on("audit").columns(["subject"]).execute();
    await withColumns(db.schema.createTable("audit_head"), ["name text", "seq moment", "hash text", "at_ms moment"])
      .addPrimaryKeyConstraint("audit_head_key", ["name"])
      .execute();
    await db
      .insertInto("audit_head")
      .values({ name: "head", seq: 0, hash: "0".repeat(64), at_ms: 0 })
      .execute();
  },
};
