import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** What was read from other programs' logs, by pool. */
export const imports: Migration = {
  // biome-ignore lint/suspicious/noExplicitAny: a migration knows the tables of its own time only
  async up(db: Kysely<any>) {
    await db.schema
      .createTable("imports")
      .addColumn("pool", "text", (column) => column.notNull())
      .addColumn("epoch", "text", (column) => column.notNull())
      .addColumn("number", "bigint", (column) => column.notNull())
      .addColumn("id", "text", (column) => column.notNull())
      .addColumn("source", "text", (column) => column.notNull())
      .addColumn("from_ms", "bigint", (column) => column.notNull())
      .addColumn("until_ms", "bigint", (column) => column.notNull())
      .addColumn("at_ms", "bigint", (column) => column.notNull())
      .addColumn("changed_ms", "bigint", (column) => column.notNull())
      .addColumn("launches", "integer", (column) => column.notNull())
      .addColumn("denials", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("imports_key", ["pool", "epoch", "number"])
      .execute();
  },
};
