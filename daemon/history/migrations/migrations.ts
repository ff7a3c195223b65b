import type { Migration } from "kysely/migration";
import { events } from "./0001-events.ts";
import { rollups } from "./0002-rollups.ts";
import { imports } from "./0003-imports.ts";
import { audit } from "./0004-audit.ts";
import { privacy } from "./0005-privacy.ts";
import { inventory } from "./0006-inventory.ts";

/** In the order of their names, which stand in the database once they have run. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001-events": events,
  "0002-rollups": rollups,
  "0003-imports": imports,
  "0004-audit": audit,
  "0005-privacy": privacy,
  "0006-inventory": inventory,
};
