import { GAP_OF_ALL_MS, type Span } from "../../domain/usage.ts";
import type { Database } from "../database.ts";
import { IMPORT_EPOCH } from "../tables.ts";

/** Between two logs, or a log and a daemon, a server may have been silent for so long without having been away. */
export const SILENT_MS = 86_400_000;

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
  return [
    ...rows.map((gap) => ({ fromMs: gap.at_ms - gap.lost_ms, untilMs: gap.at_ms })),
    ...(await beforeDaemon(db, names)),
  ].filter((gap) => gap.fromMs < untilMs && gap.untilMs > fromMs);
}

/**
 * From where the imported logs of a pool end to when a daemon first counted it: nobody knows of that time. Without it an
 * old log would be followed by years in which nobody wanted a seat.
 */
async function beforeDaemon(db: Database, names: readonly string[]): Promise<Span[]> {
  const log = await db
    .selectFrom("imports")
    .select(({ fn }) => fn.max("until_ms").as("ms"))
    .where("pool", "in", names)
    .executeTakeFirst();
  if (log?.ms == null) return [];
  const daemon = await db
    .selectFrom("capacity_steps")
    .select(({ fn }) => fn.min("at_ms").as("ms"))
    .where("pool", "in", names)
    .where("epoch", "<>", IMPORT_EPOCH)
    .executeTakeFirst();
  const span = { fromMs: Number(log.ms), untilMs: Number(daemon?.ms ?? Number.POSITIVE_INFINITY) };
  return span.untilMs - span.fromMs > SILENT_MS ? [span] : [];
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
