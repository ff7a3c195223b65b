import { sql } from "kysely";
import { SeatmeterError } from "../domain/errors.ts";
import type { Database } from "./database.ts";
import { MIGRATIONS } from "./migrations/migrations.ts";
import { type HistoryPlace, placeInWords } from "./troubles.ts";

/** PostgreSQL's code for it; SQLite has none. */
const NO_SUCH_TABLE = "42P01";

/**
 * Bring the tables to what this version knows. Kysely's Migrator takes a lock, and with SQLite all is one transaction
 * that nobody else may write in, so of two daemons that start at once one migrates and the other finds it done.
 *
 * Errors: settings_invalid where a later version has been here; then nothing is touched
 */
export async function migrate(db: Database, place: HistoryPlace): Promise<void> {
  const executed = await executedMigrations(db);
  const unknown = executed.find((name) => !(name in MIGRATIONS));
  if (unknown !== undefined) {
    throw new SeatmeterError(
      "settings_invalid",
      `the history in ${placeInWords(place)} is of a later version of seatmeter (${unknown}): start that one, or ` +
        "restore a backup from before it",
    );
  }
  if (executed.length === Object.keys(MIGRATIONS).length) return;
  const { Migrator } = await import("kysely/migration");
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}

/** Asked without the Migrator, which would make its own tables first, and which most starts have no use for. */
async function executedMigrations(db: Database): Promise<string[]> {
  try {
    const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
    return rows.map(({ name }) => name);
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === NO_SUCH_TABLE || message.startsWith("no such table")) return [];
    throw error;
  }
}
