import { sql } from "kysely";
import type { Refusal } from "../../domain/refusals.ts";
import type { Database } from "../database.ts";
import type { SessionRow } from "../tables.ts";
import { pagesByEnd } from "./pages.ts";

/** A launch that joined a seat, or that came from another pool which had been asked first. */
export interface NotableLaunch {
  atMs: number;
  shared: boolean;
  /** Empty: this one was asked first. */
  askedFirst: string;
}

/** Who joined a seat that was only observed would not have had one to join. */
const WHICH = sql<boolean>`(flags like '%shared%' or asked_first <> '') and flags not like '%observed%'`;

/** Those begun in a time. */
export async function* notableLaunches(
  db: Database,
  names: readonly string[],
  span: { fromMs: number; untilMs: number },
): AsyncGenerator<NotableLaunch> {
  type Row = Pick<SessionRow, "start_ms" | "flags" | "asked_first">;
  for (const name of names) {
    const columns = ["start_ms", "flags", "asked_first"] as const;
    for await (const rows of pagesByEnd<Row>(db, "sessions", name, span, columns, WHICH)) {
      for (const { start_ms, flags, asked_first } of rows) {
        const shared = flags.split(",").includes("shared");
        if (start_ms >= span.fromMs) yield { atMs: start_ms, shared, askedFirst: shared ? "" : asked_first };
      }
    }
  }
}

/** People who found no seat, by when they first asked. */
export async function refusalsIn(
  db: Database,
  names: readonly string[],
  { fromMs, untilMs }: { fromMs: number; untilMs: number },
): Promise<Refusal[]> {
  const rows = await db
    .selectFrom("refusals")
    // A refusal has the key of the denial that came first, which says how many seats were wanted.
    .leftJoin("denials", (join) =>
      join
        .onRef("denials.pool", "=", "refusals.pool")
        .onRef("denials.epoch", "=", "refusals.epoch")
        .onRef("denials.number", "=", "refusals.number"),
    )
    .selectAll("refusals")
    .select("denials.seats")
    .where("refusals.pool", "in", names)
    .where("first_ms", ">=", fromMs)
    .where("first_ms", "<", untilMs)
    .orderBy("first_ms")
    .orderBy("refusals.epoch")
    .orderBy("refusals.number")
    .execute();
  return rows.map((row) => ({
    person: row.person,
    product: row.product,
    pool: row.pool,
    seats: row.seats ?? 1,
    department: row.department,
    firstMs: row.first_ms,
    lastMs: row.last_ms,
    ...(row.granted_ms !== null && { grantedMs: row.granted_ms }),
    forSizing: row.sizing_denials > 0,
  }));
}
