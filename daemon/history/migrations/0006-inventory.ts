import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import { type Column, withColumns } from "./columns.ts";

const COMPUTERS: readonly Column[] = [
  ...(["device text", "device_last_year text", "sealed_name text", "site text"] as const),
  ...(["first_ms moment", "told_ms moment", "items number"] as const),
];
const INSTALLED: readonly Column[] = ["device text", "name text", "publisher text", "version text", "since_ms moment"];

/** What computers told of what is installed on them. */
export const inventory: Migration = {
  // biome-ignore lint/suspicious/noExplicitAny: a migration knows the tables of its own time only
  async up(db: Kysely<any>) {
    await withColumns(db.schema.createTable("computers"), COMPUTERS)
      .addPrimaryKeyConstraint("computers_key", ["device"])
      .execute();
    await withColumns(db.schema.createTable("installed_software"), INSTALLED)
      .addPrimaryKeyConstraint("installed_software_key", ["device", "name", "publisher", "version"])
      .execute();
    // What there is at all is read, and then who has some of it.
    await db.schema
      .createIndex("installed_software_by_name")
      .on("installed_software")
      .columns(["name", "publisher", "version"])
      .execute();
  },
};
