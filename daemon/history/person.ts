import { ACTS, type ActName } from "../domain/acts.ts";
import type { HeldItem } from "../domain/held.ts";
import { folded } from "../domain/names.ts";
import type { Database } from "./database.ts";
import { ownDevices } from "./erasures.ts";
import type { AuditRow } from "./tables.ts";

/** THE LIST of what may be written down of somebody. */
const PARTS = ["launches", "denials", "refusals", "assignments", "looks", "acts", "erasures"] as const;
export type PersonInHistory = Record<(typeof PARTS)[number], HeldItem[]>;

/**
 * Everything that is written down of one person, the oldest first.
 *
 * @param people pseudonyms under every key there is
 * @param user   folded: under this name somebody who looks after licences has acted
 */
export async function personInHistory(db: Database, people: readonly string[], user: string): Promise<PersonInHistory> {
  const read: { [Part in keyof PersonInHistory]: () => Promise<HeldItem[]> } = {
    launches: () => launchesOf(db, people),
    denials: () => denialsOf(db, people),
    refusals: () => refusalsOf(db, people),
    assignments: () => assignmentsOf(db, people),
    looks: () => looksAt(db, people),
    acts: () => actsBy(db, user),
    erasures: () => erasuresOf(db, people),
  };
  const found = await Promise.all(PARTS.map(async (part) => [part, inOrder(await read[part]())] as const));
  return Object.fromEntries(found) as PersonInHistory;
}

const launchesOf = async (db: Database, people: readonly string[]): Promise<HeldItem[]> =>
  (await db.selectFrom("sessions").selectAll().where("person", "in", people).execute()).map((row) => ({
    ...{ fromMs: row.start_ms, untilMs: row.end_ms, pool: row.pool, product: row.product },
    ...{ department: row.department, site: row.site, version: row.version, seats: row.seats },
    ...{ outcome: row.why ?? "", words: row.break_glass_reason },
  }));

const denialsOf = async (db: Database, people: readonly string[]): Promise<HeldItem[]> =>
  (await db.selectFrom("denials").selectAll().where("person", "in", people).execute()).map((row) => ({
    ...{ ...at(row.at_ms), pool: row.pool, product: row.product, department: row.department },
    ...{ site: row.site, version: row.version, seats: row.seats, outcome: row.reason },
  }));

const refusalsOf = async (db: Database, people: readonly string[]): Promise<HeldItem[]> =>
  (await db.selectFrom("refusals").selectAll().where("person", "in", people).execute()).map((row) => ({
    ...{ fromMs: row.first_ms, untilMs: row.last_ms, pool: row.pool, product: row.product },
    ...{ department: row.department, outcome: row.granted_ms === null ? "turned_away" : "kept_waiting" },
  }));

async function assignmentsOf(db: Database, people: readonly string[]): Promise<HeldItem[]> {
  const names = new Set(people);
  const whose = await db.selectFrom("changes").select("who").distinct().where("who", "<>", "").execute();
  const theirs = whose.map(({ who }) => who).filter((who) => names.has(who.replace(/\*\d+$/, "").split(":")[0]!));
  if (theirs.length === 0) return [];
  const rows = await db.selectFrom("changes").selectAll().where("who", "in", theirs).where("who", "<>", "").execute();
  return rows.map(({ pool, product, at_ms, kind, word }) => ({
    ...at(at_ms),
    pool,
    product,
    outcome: `${kind} ${word}`,
  }));
}

/** What others did about somebody, or about a computer that nobody else used; by role, for who it was is another's to know. */
async function looksAt(db: Database, people: readonly string[]): Promise<HeldItem[]> {
  const subjects = [...people, ...(await ownDevices(db, people))];
  const rows = await db
    .selectFrom("audit")
    .selectAll()
    .where("subject", "in", subjects)
    .where("phase", "=", "intent")
    .execute();
  return rows.map((row) => ({ ...at(row.at_ms), site: row.site, outcome: inWords(row, ["role", "reason"]) }));
}

/** What somebody did, and wrote, under the name that he signs in with. */
async function actsBy(db: Database, user: string): Promise<HeldItem[]> {
  const isTheirs = ({ author }: { author: string }) => folded(author) === user;
  const decisions = (await db.selectFrom("decisions").selectAll().execute()).filter(isTheirs);
  const notes = (await db.selectFrom("day_notes").selectAll().execute()).filter(isTheirs);
  return [
    ...(await auditedBy(db, user)),
    ...decisions.map(({ at_ms, pool, kind, reason, seats }) => ({
      ...{ ...at(at_ms), pool, outcome: kind, words: reason },
      ...(seats !== null && { seats }),
    })),
    ...notes.map(({ at_ms, pool, note }) => ({ ...at(at_ms), pool, outcome: "note", words: note })),
  ];
}

async function auditedBy(db: Database, user: string): Promise<HeldItem[]> {
  const names = await db.selectFrom("audit").select("who").distinct().execute();
  const theirs = names.map(({ who }) => who).filter((who) => folded(who) === user);
  if (theirs.length === 0) return [];
  const rows = await db
    .selectFrom("audit")
    .selectAll()
    .where("who", "in", theirs)
    .where("phase", "=", "intent")
    .execute();
  return rows.map((row) => ({ ...at(row.at_ms), site: row.site, outcome: inWords(row, ["about"]), words: row.reason }));
}

async function erasuresOf(db: Database, people: readonly string[]): Promise<HeldItem[]> {
  const names = new Set(people);
  const all = await db.selectFrom("erasures").select(["at_ms", "people"]).execute();
  return all
    .filter((row) => (JSON.parse(row.people) as string[]).some((name) => names.has(name)))
    .map(({ at_ms }) => at(at_ms));
}

const inWords = (row: AuditRow, beside: readonly ("role" | "about" | "reason")[]) =>
  [ACTS[row.act as ActName] ?? row.act, ...beside.map((column) => row[column])]
    .filter((word) => word !== "")
    .join(", ");

const at = (atMs: number) => ({ fromMs: atMs, untilMs: atMs });
const inOrder = (items: HeldItem[]) => items.sort((one, other) => one.fromMs! - other.fromMs!);
