import { type AssignedUse, assignments, type Unassigned } from "../../domain/assignments.ts";
import { type Holdings, holdingsOf } from "../../domain/holdings.ts";
import type { Register } from "../../domain/register.ts";
import type { Holding, Span } from "../../domain/usage.ts";
import type { Database } from "../database.ts";
import type { HoldingRow } from "../tables.ts";
import { refusalsIn } from "./launches.ts";
import { pagesByEnd } from "./pages.ts";

const COLUMNS = [
  ...(["seats", "department", "outside", "start_ms", "end_ms"] as const),
  ...(["person", "person_last_year", "device", "device_last_year"] as const),
] as const;
type Row = Pick<HoldingRow, (typeof COLUMNS)[number]>;

/**
 * Of a pool whose seats are assigned, how they were: by its launches, and by those who were refused a seat, for each needs
 * one of their own. Undefined for any other pool.
 *
 * @param names of the pool, now and before
 */
export async function assignedIn(
  db: Database,
  register: Register,
  { pool, names }: { pool: string; names: readonly string[] },
  span: Span,
): Promise<Holdings | undefined> {
  const { holdMs, metric } = register.pools[pool] ?? {};
  if (holdMs === undefined) return undefined;
  // What was used last so long before is still somebody's.
  const from = { ...span, fromMs: span.fromMs - holdMs };
  const uses: AssignedUse[] = [];
  const unassigned: Holding[] = [];
  for (const name of names) {
    for await (const rows of pagesByEnd<Row>(db, "holdings", name, from, COLUMNS)) {
      for (const { seats, department, outside, ...row } of rows) {
        const [who, whoLastYear] =
          metric === "device" ? [row.device, row.device_last_year] : [row.person, row.person_last_year];
        const use = { startMs: row.start_ms, endMs: row.end_ms ?? Number.POSITIVE_INFINITY, seats, department };
        if (outside === "") uses.push({ ...use, who, whoLastYear });
        // In use, and nobody's afterwards; what was only observed is no use of what was bought.
        else if (outside !== "observed") unassigned.push({ ...use, grantedAs: "usual" });
      }
    }
  }
  for (const { person, seats, department, firstMs, grantedMs, forSizing } of await refusalsIn(db, names, from)) {
    const use = { startMs: firstMs, endMs: firstMs, seats, department };
    if (forSizing && grantedMs === undefined) uses.push({ ...use, who: person, whoLastYear: "" });
  }
  return holdingsOf([...assignments(uses, holdMs, await endedIn(db, names, from)), ...unassigned]);
}

/** Assignments that an administrator, the wall's clock or a new policy ended, as the ledger told. */
async function endedIn(db: Database, names: readonly string[], { fromMs, untilMs }: Span): Promise<Unassigned[]> {
  const rows = await db
    .selectFrom("changes")
    .select(["who", "at_ms"])
    .where("pool", "in", names)
    .where("kind", "=", "freed")
    .where("word", "like", "hold %")
    // Taken up again by its holder, whose it stays.
    .where("word", "not like", "% taken")
    .where("at_ms", ">=", fromMs)
    .where("at_ms", "<", untilMs)
    .execute();
  // A seat of several is named with their number: `p4x*3`.
  return rows.map(({ who: name, at_ms }) => {
    const [who = "", seats = "1"] = name.split("*");
    return { who, seats: Number(seats), atMs: at_ms };
  });
}
