import type { Database } from "./database.ts";

/** One thing that is written down of somebody. */
export interface PersonRow {
  fromMs: number;
  /** Null: it is not over; of what has no length the moment itself. */
  untilMs: number | null;
  pool: string;
  product: string;
  department: string;
  site: string;
  version: string;
  seats: number;
  /** How it ended, why it was refused, what became of it. */
  outcome: string;
  /** What the person wrote. */
  words: string;
}

export interface PersonInHistory {
  launches: PersonRow[];
  denials: PersonRow[];
  refusals: PersonRow[];
  assignments: PersonRow[];
}

const EMPTY = { department: "", site: "", version: "", seats: 1, words: "" };

/** Everything that is written down under these pseudonyms of one person, the oldest first. */
export async function personInHistory(db: Database, people: readonly string[]): Promise<PersonInHistory> {
  if (people.length === 0) return { launches: [], denials: [], refusals: [], assignments: [] };
  const sessions = await db.selectFrom("sessions").selectAll().where("person", "in", people).execute();
  const denials = await db.selectFrom("denials").selectAll().where("person", "in", people).execute();
  const refusals = await db.selectFrom("refusals").selectAll().where("person", "in", people).execute();
  return {
    launches: inOrder(
      sessions.map((row) => ({
        ...{ fromMs: row.start_ms, untilMs: row.end_ms, pool: row.pool, product: row.product },
        ...{ department: row.department, site: row.site, version: row.version, seats: row.seats },
        ...{ outcome: row.why ?? "", words: row.break_glass_reason },
      })),
    ),
    denials: inOrder(
      denials.map((row) => ({
        ...{ fromMs: row.at_ms, untilMs: row.at_ms, pool: row.pool, product: row.product, words: "" },
        ...{ department: row.department, site: row.site, version: row.version, seats: row.seats, outcome: row.reason },
      })),
    ),
    refusals: inOrder(
      refusals.map((row) => ({
        ...{ ...EMPTY, fromMs: row.first_ms, untilMs: row.last_ms, pool: row.pool, product: row.product },
        ...{ department: row.department, outcome: row.granted_ms === null ? "turned_away" : "kept_waiting" },
      })),
    ),
    assignments: inOrder(await assignmentsOf(db, people)),
  };
}

async function assignmentsOf(db: Database, people: readonly string[]): Promise<PersonRow[]> {
  const names = new Set(people);
  const whose = await db.selectFrom("changes").select("who").distinct().where("who", "<>", "").execute();
  const theirs = whose.map(({ who }) => who).filter((who) => names.has(who.replace(/\*\d+$/, "").split(":")[0]!));
  if (theirs.length === 0) return [];
  const rows = await db.selectFrom("changes").selectAll().where("who", "in", theirs).where("who", "<>", "").execute();
  return rows.map(({ pool, product, at_ms, kind, word }) => ({
    ...{ ...EMPTY, fromMs: at_ms, untilMs: at_ms, pool, product, outcome: `${kind} ${word}` },
  }));
}

const inOrder = (rows: PersonRow[]) => rows.sort((one, other) => one.fromMs - other.fromMs);
