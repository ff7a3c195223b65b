import type { History } from "../../daemon/history/database.ts";

/** Every number of a pool that is somewhere in the history, as often as it is. */
export async function numbersIn({ db }: History, pool: string): Promise<number[]> {
  const tables = ["sessions", "denials", "changes", "capacity_steps", "gaps"] as const;
  const begun = await Promise.all(
    tables.map((table) => db.selectFrom(table).select("number").where("pool", "=", pool).execute()),
  );
  const ended = await db
    .selectFrom("sessions")
    .select("end_number as number")
    .where("pool", "=", pool)
    .where("end_number", "is not", null)
    .execute();
  return [...begun, ended]
    .flatMap((rows) => rows.map(({ number }) => number as number))
    .sort((one, other) => one - other);
}
