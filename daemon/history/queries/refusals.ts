import type { Database } from "../database.ts";

/** How people who found no seat fared, by the pool that refused them first. */
export interface RefusedInPool {
  pool: string;
  people: number;
  turnedAway: number;
  keptWaiting: number;
}

/** Of refusals that began in a time; of these pools. */
export async function refusedPeople(
  db: Database,
  pools: readonly string[],
  { fromMs, untilMs }: { fromMs: number; untilMs: number },
): Promise<RefusedInPool[]> {
  if (pools.length === 0) return [];
  const rows = await db
    .selectFrom("refusals")
    .select(({ fn }) => [
      "pool",
      fn.count("person").distinct().as("people"),
      fn.countAll().as("refusals"),
      fn.count("granted_ms").as("granted"),
    ])
    .where("pool", "in", pools)
    .where("first_ms", ">=", fromMs)
    .where("first_ms", "<", untilMs)
    .groupBy("pool")
    .execute();
  return rows.map(({ pool, people, refusals, granted }) => ({
    ...{ pool, people: Number(people), keptWaiting: Number(granted) },
    turnedAway: Number(refusals) - Number(granted),
  }));
}
