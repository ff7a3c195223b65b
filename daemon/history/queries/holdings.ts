import { type Holdings, HoldingsBuilder } from "../../domain/holdings.ts";
import type { GrantedAs } from "../../domain/usage.ts";
import type { Database } from "../database.ts";
import type { HoldingRow } from "../tables.ts";
import { pagesByEnd } from "./pages.ts";

type Row = Pick<HoldingRow, "seats" | "department" | "outside" | "overdrawn" | "start_ms" | "end_ms" | "person">;

const COLUMNS = ["seats", "department", "outside", "overdrawn", "start_ms"] as const;

/** Excess and broken glass are in use of what was bought, though nobody asked whether they may. */
const grantedAs = ({ outside, overdrawn }: Pick<Row, "outside" | "overdrawn">): GrantedAs =>
  outside === "observed" || outside === "ungoverned" ? outside : overdrawn ? "overdraft" : "usual";

/**
 * The holdings of a pool that last into a time, numbered 0: for a sweep, or a replay.
 *
 * @param names   of the pool, now and before
 * @param onEach  hears of each one's person, in the order of the columns
 */
export async function holdingsIn(
  db: Database,
  names: readonly string[],
  span: { fromMs: number; untilMs: number },
  onEach?: (person: string, lengthMs: number) => void,
): Promise<Holdings> {
  const builder = new HoldingsBuilder();
  const columns = onEach ? ([...COLUMNS, "person"] as const) : COLUMNS;
  for (const name of names) {
    for await (const rows of pagesByEnd<Row>(db, "holdings", name, span, columns)) {
      for (const row of rows) {
        const { seats, department, start_ms: startMs } = row;
        const endMs = row.end_ms ?? Number.POSITIVE_INFINITY;
        refuseBroken(name, startMs, row.end_ms);
        builder.add(0, { startMs, endMs, seats, department, grantedAs: grantedAs(row) });
        onEach?.(row.person, endMs - startMs);
      }
    }
  }
  return builder.holdings();
}

/** Nobody writes such a row any more (write.ts); the sweep would find its way through none. */
function refuseBroken(pool: string, startMs: number, endMs: number | null): void {
  const broken = [startMs, endMs ?? startMs].find((atMs) => !Number.isSafeInteger(atMs));
  if (broken !== undefined) throw new RangeError(`a holding of ${pool} is told at ${broken}, no whole millisecond`);
}

/** The first moment at which anybody held a seat of a pool; undefined where nobody ever did. */
export async function firstHoldingMs(db: Database, names: readonly string[]): Promise<number | undefined> {
  const row = await db
    .selectFrom("holdings")
    .select((select) => select.fn.min("start_ms").as("first"))
    .where("pool", "in", names)
    .executeTakeFirst();
  return row?.first == null ? undefined : Number(row.first);
}

/** When the last one ended, and whether any lasts still. */
export async function lastHoldingMs(db: Database, name: string): Promise<number> {
  const of = db.selectFrom("holdings").where("pool", "=", name);
  const open = await of.select("number").where("end_ms", "is", null).limit(1).executeTakeFirst();
  if (open) return Number.POSITIVE_INFINITY;
  const last = await of.select((select) => select.fn.max("end_ms").as("last")).executeTakeFirst();
  return Number(last?.last ?? 0);
}

/** Under which names anything was ever recorded, without reading it. */
export async function recordedPools(db: Database): Promise<string[]> {
  const progress = await db.selectFrom("progress").select("pool").distinct().execute();
  const names = new Set(progress.map(({ pool }) => pool));
  for (let after = ""; ; ) {
    const next = await db
      .selectFrom("holdings")
      .select("pool")
      .where("pool", ">", after)
      .orderBy("pool")
      .limit(1)
      .executeTakeFirst();
    if (!next) return [...names].sort();
    names.add(next.pool);
    after = next.pool;
  }
}
