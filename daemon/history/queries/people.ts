import type { IsoDate } from "../../domain/calendar.ts";
import type { PeopleCount } from "../../domain/usage.ts";
import type { Database } from "../database.ts";
import type { PeopleCountRow } from "../tables.ts";

/** The people of exactly these days, where they were counted. */
export async function keptPeople(
  db: Database,
  pool: string,
  from: IsoDate,
  until: IsoDate,
): Promise<PeopleCount | undefined> {
  const row = await db
    .selectFrom("people_counts")
    .selectAll()
    .where("pool", "=", pool)
    .where("from_date", "=", from)
    .where("until_date", "=", until)
    .executeTakeFirst();
  return row && countOf(row);
}

/** Every count of a pool that was made of whole days or months, from one day to another. */
export async function peopleBy(
  db: Database,
  pool: string,
  period: "day" | "month",
  from: IsoDate,
  until: IsoDate,
): Promise<PeopleCount[]> {
  const rows = await db
    .selectFrom("people_counts")
    .selectAll()
    .where("pool", "=", pool)
    .where("period", "=", period)
    .where("from_date", ">=", from)
    .where("until_date", "<=", until)
    .orderBy("from_date")
    .execute();
  return rows.map(countOf);
}

/** By pool: who used it in the 90 days before the last night. */
export async function peopleOf90Days(db: Database): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom("people_counts")
    .select(["pool", "people"])
    .where("period", "=", "90 days")
    .execute();
  return new Map(rows.map(({ pool, people }) => [pool, people]));
}

const countOf = ({ pool, from_date, until_date, people, seat_keys, by_department }: PeopleCountRow): PeopleCount => ({
  ...{ pool, from: from_date, until: until_date, people, seatKeys: seat_keys },
  byDepartment: JSON.parse(by_department) as Record<string, number>,
});
