import { sql } from "kysely";
import type { Database } from "../database.ts";
import type { DenialRow } from "../tables.ts";

/** Which denials; what is absent is any. */
export interface DenialsAsked {
  /** Names of pools, now and before. */
  pools?: readonly string[] | undefined;
  /** Pseudonyms of a person or a computer, under every key there is. */
  people?: readonly string[] | undefined;
  devices?: readonly string[] | undefined;
  site?: string | undefined;
  reason?: string | undefined;
  fromMs?: number | undefined;
  untilMs?: number | undefined;
  most: number;
  /** Where the page before has ended. */
  cursor?: string | undefined;
}

/** Newest first, page by page. */
export async function denialsAsked(
  db: Database,
  { pools, people, devices, site, reason, fromMs, untilMs, most, cursor }: DenialsAsked,
): Promise<{ items: DenialRow[]; next?: string }> {
  let query = db.selectFrom("denials").selectAll();
  if (pools) query = query.where("pool", "in", pools);
  if (people) query = query.where("person", "in", people);
  if (devices) query = query.where("device", "in", devices);
  if (site !== undefined) query = query.where("site", "=", site);
  if (reason !== undefined) query = query.where("reason", "=", reason);
  if (fromMs !== undefined) query = query.where("at_ms", ">=", fromMs);
  if (untilMs !== undefined) query = query.where("at_ms", "<", untilMs);
  const after = cursor === undefined ? undefined : readCursor(cursor);
  if (after) {
    const { atMs, pool, epoch, number } = after;
    query = query
      .where("at_ms", "<=", atMs)
      .where(sql<boolean>`(at_ms, pool, epoch, number) < (${atMs}, ${pool}, ${epoch}, ${number})`);
  }
  const rows = await query
    .orderBy("at_ms", "desc")
    .orderBy("pool", "desc")
    .orderBy("epoch", "desc")
    .orderBy("number", "desc")
    .limit(most + 1)
    .execute();
  const items = rows.slice(0, most);
  const last = items.at(-1);
  return { items, ...(rows.length > most && last && { next: cursorAfter(last) }) };
}

/** Nothing in it is a name. */
const cursorAfter = ({ at_ms, pool, epoch, number }: DenialRow) => [at_ms, epoch, number, pool].join("_");

function readCursor(cursor: string) {
  const [atMs, epoch = "", number, ...pool] = cursor.split("_");
  return { atMs: Number(atMs), epoch, number: Number(number), pool: pool.join("_") };
}
