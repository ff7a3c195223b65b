import type { History } from "../../daemon/history/database.ts";

/** Every number of a pool that is somewhere in the history, as often as it is. */
export async function numbersIn({ db }: History, pool: string): Promise<number[]> {
  const numbers: number[] = [];
  for (const table of ["sessions", "denials", "changes", "capacity_steps", "gaps"] as const) {
    const rows = await db.selectFrom(table).select("number").where("pool", "=", pool).execute();
    numbers.push(...rows.map(({ number }) => number));
  }
  const ends = db
    .selectFrom("sessions")
    .select("end_number")
    .where("pool", "=", pool)
    .where("end_number", "is not", null);
  numbers.push(...(await ends.execute()).map(({ end_number }) => end_number as number));
  return numbers.sort((one, other) => one - other);
}
