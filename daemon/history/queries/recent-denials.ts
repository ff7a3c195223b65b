import type { LedgerEvent } from "../../domain/events.ts";
import type { Database } from "../database.ts";

/** The newest denials of these pools, newest first, as their events told them. */
export async function recentDenials(db: Database, pools: readonly string[], most: number): Promise<LedgerEvent[]> {
  if (pools.length === 0) return [];
  const rows = await db
    .selectFrom("denials")
    .selectAll()
    .where("pool", "in", pools)
    .orderBy("at_ms", "desc")
    .orderBy("number", "desc")
    .limit(most)
    .execute();
  return rows.map((row) => ({
    ...{ pool: row.pool, epoch: row.epoch, number: row.number, atMs: row.at_ms, virtualMs: 0, kind: "denied" },
    ...{ leaseId: row.lease_id, seatsMoved: 0, level: row.level, word: row.reason, details: [], sinceMs: row.at_ms },
    ...{ seats: row.seats, draws: `site:${row.site}`, flags: [], silentMs: 0 },
    facts: {
      ...{ product: row.product, site: row.site, version: row.version, askedFirst: row.asked_first },
      ...{ user: row.person, userLastYear: row.person_last_year, device: row.device },
      ...{ deviceLastYear: row.device_last_year, department: row.department, attemptId: row.attempt_id },
      ...{ attested: "", breakGlassReason: "" },
    },
  }));
}

/** Each once, newest first: what was just recorded may still be in the stream. */
export function newest(events: readonly LedgerEvent[], most: number): LedgerEvent[] {
  const once = new Map(events.map((event) => [`${event.pool} ${event.epoch} ${event.number}`, event]));
  return [...once.values()].sort((one, other) => other.atMs - one.atMs || other.number - one.number).slice(0, most);
}
