import { sql } from "kysely";
import { keyOf, type Software } from "../domain/inventory.ts";
import type { Database } from "./database.ts";
import type { ComputerRow, InstalledRow } from "./tables.ts";
import { putRows } from "./write.ts";

/** A computer, as it tells what is installed on it. */
export interface ComputerTold {
  /** Pseudonyms under this year's key, and under last year's. */
  device: string;
  deviceLastYear: string;
  sealedName: string;
  site: string;
  atMs: number;
}

const KEY = ["device", "name", "publisher", "version"] as const;
const AT_ONCE = 100;

/**
 * Put what a computer tells in place of what it told before, all at once. What stays keeps the moment since when it is
 * there. One that told last before New Year is found by last year's pseudonym.
 */
export async function keepInventory(db: Database, told: ComputerTold, software: readonly Software[]): Promise<void> {
  const { device, deviceLastYear, atMs } = told;
  await db.transaction().execute(async (trx) => {
    const known = await trx
      .selectFrom("computers")
      .selectAll()
      .where("device", "in", [device, deviceLastYear])
      .execute();
    const row: ComputerRow = {
      ...{ device, device_last_year: deviceLastYear, sealed_name: told.sealedName, site: told.site },
      ...{ first_ms: Math.min(atMs, ...known.map(({ first_ms }) => first_ms)), told_ms: atMs, items: software.length },
    };
    // Before all else: who comes at the same time waits here.
    await putRows(trx, "computers", [row], ["device"]);
    if (known.some((one) => one.device === deviceLastYear)) {
      if (!known.some((one) => one.device === device)) {
        await trx.updateTable("installed_software").set({ device }).where("device", "=", deviceLastYear).execute();
      }
      await forgetComputers(trx, [deviceLastYear]);
    }
    const before = await trx.selectFrom("installed_software").selectAll().where("device", "=", device).execute();
    await removeRows(trx, device, missingIn(before, software));
    const isNew = missingIn(software, before);
    await putRows(
      trx,
      "installed_software",
      isNew.map((one): InstalledRow => ({ device, ...one, since_ms: atMs })),
      KEY,
    );
  });
}

function missingIn(some: readonly Software[], others: readonly Software[]): Software[] {
  const known = new Set(others.map(keyOf));
  return some
    .filter((one) => !known.has(keyOf(one)))
    .map(({ name, publisher, version }) => ({ name, publisher, version }));
}

async function removeRows(db: Database, device: string, software: readonly Software[]): Promise<void> {
  for (let from = 0; from < software.length; from += AT_ONCE) {
    const some = software.slice(from, from + AT_ONCE);
    const rows = some.map(({ name, publisher, version }) => sql`(${name}, ${publisher}, ${version})`);
    await sql`
      delete from installed_software where device = ${device} and (name, publisher, version) in (values ${sql.join(rows)})
    `.execute(db);
  }
}

/** @returns rows that are gone */
export async function forgetComputers(db: Database, devices: readonly string[]): Promise<number> {
  let rows = 0;
  for (let from = 0; from < devices.length; from += AT_ONCE) {
    const some = devices.slice(from, from + AT_ONCE);
    for (const table of ["installed_software", "computers"] as const) {
      const { numDeletedRows } = await db.deleteFrom(table).where("device", "in", some).executeTakeFirstOrThrow();
      rows += Number(numDeletedRows);
    }
  }
  return rows;
}

/** Those that told last are first. */
export const computerRows = (db: Database): Promise<ComputerRow[]> =>
  db.selectFrom("computers").selectAll().orderBy("told_ms", "desc").orderBy("device").execute();

/** What is installed on these computers, by computer and name. */
export const installedOn = (db: Database, devices: readonly string[]): Promise<InstalledRow[]> =>
  devices.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom("installed_software")
        .selectAll()
        .where("device", "in", devices)
        .orderBy("device")
        .orderBy("name")
        .execute();

/** Everything that is installed anywhere but on these, on how many computers, and since when. */
export async function installedTitles(
  db: Database,
  gone: readonly string[] = [],
): Promise<(Software & { computers: number; sinceMs: number })[]> {
  const rows = await db
    .selectFrom("installed_software")
    .$if(gone.length > 0, (query) => query.where("device", "not in", gone))
    .select(({ fn }) => [
      "name",
      "publisher",
      "version",
      fn.countAll().as("computers"),
      fn.min("since_ms").as("since_ms"),
    ])
    .groupBy(["name", "publisher", "version"])
    .orderBy("name")
    .orderBy("publisher")
    .orderBy("version")
    .execute();
  return rows.map(({ name, publisher, version, computers, since_ms }) => ({
    ...{ name, publisher, version, computers: Number(computers), sinceMs: Number(since_ms) },
  }));
}

/** On which computers something of these names is installed. */
export async function installsOf(db: Database, names: readonly string[]): Promise<InstalledRow[]> {
  const rows: InstalledRow[] = [];
  for (let from = 0; from < names.length; from += AT_ONCE) {
    const some = names.slice(from, from + AT_ONCE);
    rows.push(...(await db.selectFrom("installed_software").selectAll().where("name", "in", some).execute()));
  }
  return rows;
}

/** When each product was last used on each computer, where that was since that moment. */
export async function lastUses(db: Database, sinceMs: number, nowMs: number) {
  const rows = await db
    .selectFrom("sessions")
    .select(({ fn }) => [
      ...(["product", "device", "device_last_year"] as const),
      fn.max(fn.coalesce("end_ms", sql<number>`cast(${nowMs} as bigint)`)).as("last_ms"),
    ])
    .where(({ or, eb }) => or([eb("end_ms", "is", null), eb("end_ms", ">=", sinceMs)]))
    .groupBy(["product", "device", "device_last_year"])
    .execute();
  return rows.map(({ product, device, device_last_year, last_ms }) => ({
    ...{ product, device, deviceLastYear: device_last_year, lastMs: Number(last_ms) },
  }));
}

/** By computer, when it was last refused because it is retired. */
export async function refusedRetired(db: Database): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom("denials")
    .select(({ fn }) => ["device", fn.max("at_ms").as("at_ms")])
    .where("reason", "=", "device_retired")
    .groupBy("device")
    .execute();
  return new Map(rows.map(({ device, at_ms }) => [device, Number(at_ms)]));
}
