import { sql } from "kysely";
import { type Database, exchanged, type History, moved } from "./database.ts";

/** So that every recorder finds that somebody else wrote, and reads anew what it remembers. Errors: settings_invalid. */
export async function takeTurn(history: Pick<History, "id" | "place">, db: Database, writer: string): Promise<void> {
  const row = await db
    .updateTable("history")
    .set({ turn: sql<number>`turn + 1`, writer })
    .returning(["id", "moved_ms"])
    .executeTakeFirst();
  if (row?.id !== history.id) throw exchanged();
  if (row.moved_ms !== null) throw moved(history.place, row.moved_ms);
}
