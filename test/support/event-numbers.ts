import type { History } from "../../daemon/history/database.ts";

/** Every number of a pool that is somewhere in the history, as often as it is; of one epoch, or of all. */
export async function numbersIn({ db }: History, pool: string, epoch?: string): Promise<number[]> {
  const tables = ["sessions", "denials", "changes", "capacity_steps", "gaps"] as const;
  const begun = await Promise.all(
    tables.map((table) => {
      const rows = db.selectFrom(table).select("number").where("pool", "=", pool);
      return (epoch === undefined ? rows : rows.where("epoch", "=", epoch)).execute();
    }),
  );
  let query = db
    .selectFrom("sessions")
    .select("end_number as number")
    .where("pool", "=", pool)
    .where("end_number", "is not", null)
    // Of a lease that an older ledger brought along its end alone is told in this epoch, and is the row's own number.
    .whereRef("end_number", "<>", "number");
  if (epoch !== undefined) query = query.where("epoch", "=", epoch);
  const ended = await query.execute();
  return [...begun, ended]
    .flatMap((rows) => rows.map(({ number }) => number as number))
    .sort((one, other) => one - other);
}
