import { NO_POOL } from "../domain/names.ts";
import type { Register } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import type { Database } from "./database.ts";
import { recordedPools } from "./queries/holdings.ts";
import type { RolledPoolRow } from "./tables.ts";
import { putRows } from "./write.ts";

/** What a pool is called now, by the register in force; a name that it does not know is its own. */
export const presentName = (register: Register, name: string) => indexOf(register).pool(name) ?? name;

/**
 * Every pool of the register, and every one that was recorded, with all names under which it was: a renamed pool keeps
 * its history under its `aliases`.
 */
export async function poolNames(db: Database, register: Register): Promise<Map<string, string[]>> {
  const names = new Map(Object.keys(register.pools).map((pool) => [pool, [pool]]));
  for (const recorded of await recordedPools(db)) {
    if (recorded === NO_POOL) continue;
    const pool = presentName(register, recorded);
    const known = names.get(pool) ?? [];
    if (!known.includes(recorded)) names.set(pool, [...known, recorded]);
  }
  return names;
}

/** The names of one pool. */
export async function namesOf(db: Database, register: Register, pool: string): Promise<string[]> {
  return (await poolNames(db, register)).get(pool) ?? [pool];
}

/** What was kept under an earlier name goes on under the present one; where both have a day, the present one's stays. */
export async function rename(db: Database, before: string, now: string): Promise<void> {
  const theirs = db.selectFrom("pool_days").select("date").where("pool", "=", now);
  await db
    .updateTable("pool_days")
    .set({ pool: now })
    .where("pool", "=", before)
    .where("date", "not in", theirs)
    .execute();
  for (const table of ["day_notes", "decisions"] as const) {
    await db.updateTable(table).set({ pool: now }).where("pool", "=", before).execute();
  }
  const [old, present] = await Promise.all([rolledPool(db, before), rolledPool(db, now)]);
  if (old) {
    const kept_from_ms = Math.max(old.kept_from_ms, present?.kept_from_ms ?? 0);
    // Without a basis all is worked out again, as far as its sessions are kept.
    await putRows(db, "rolled_pools", [{ ...(present ?? old), pool: now, basis: "", kept_from_ms }], ["pool"]);
  }
  for (const table of ["pool_days", "people_counts", "replays", "rolled_pools"] as const) {
    await db.deleteFrom(table).where("pool", "=", before).execute();
  }
}

const rolledPool = (db: Database, pool: string): Promise<RolledPoolRow | undefined> =>
  db.selectFrom("rolled_pools").selectAll().where("pool", "=", pool).executeTakeFirst();
