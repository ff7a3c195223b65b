import { GAP_OF_ALL_MS, type Span } from "../../domain/usage.ts";
import type { Database } from "../database.ts";
import { IMPORT_EPOCH } from "../tables.ts";

/**
 * Times without a daemon, of a pool and of all: where one pool missed more than a moment, there was none for any. Between
 * two imported logs is nobody's time but their pool's.
 */
export async function gapsIn(
  db: Database,
  names: readonly string[],
  { fromMs, untilMs }: { fromMs: number; untilMs: number },
): Promise<Span[]> {
  const rows = await db
    .selectFrom("gaps")
    .select(["at_ms", "lost_ms"])
    .where("kind", "=", "clock")
    .where("at_ms", ">", fromMs)
    .where((where) =>
      where.or([
        where("pool", "in", names),
        where.and([where("lost_ms", ">=", GAP_OF_ALL_MS), where("epoch", "<>", IMPORT_EPOCH)]),
      ]),
    )
    .execute();
  return rows
    .map(({ at_ms, lost_ms }) => ({ fromMs: at_ms - lost_ms, untilMs: at_ms }))
    .filter((gap) => gap.fromMs < untilMs);
}

/** The seats in force as the ledger told of them, in its order. */
export async function recordedSteps(db: Database, names: readonly string[]) {
  return await db
    .selectFrom("capacity_steps")
    .select(["at_ms", "seats"])
    .where("pool", "in", names)
    .orderBy("at_ms")
    .orderBy("epoch")
    .orderBy("number")
    .execute();
}
