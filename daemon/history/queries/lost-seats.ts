import type { Database } from "../database.ts";
import type { SessionRow } from "../tables.ts";
import { type Forgotten, forgottenIn } from "./forgotten.ts";

/** A seat that was borrowed when its ledger was lost, and is due still. */
export interface BorrowedSeat extends SessionRow {
  borrowed_until_ms: number;
  /** Whose it is to give back, where the row must not say so any more. */
  holder: string;
}

/** A seat that was assigned when its ledger was lost, by what it is called there (`name*3`), and its last use. */
export interface AssignedSeat {
  name: string;
  usedMs: number;
}

/** Which pool, in which epoch the ledger began anew, and by whom seats are assigned there, if they are. */
export interface LostPool {
  pool: string;
  epoch: string;
  nowMs: number;
  hold?: { ms: number; by: "person" | "device" } | undefined;
}

const AT_ONCE = 500;

/**
 * What the history knows to have been borrowed and assigned when a pool's ledger was lost. Undefined until the new epoch is
 * recorded: until then something of the old one may not be, or may be thought to last.
 */
export async function lostSeats(db: Database, lost: LostPool) {
  const { pool, epoch } = lost;
  const begun = await db
    .selectFrom("progress")
    .select("number")
    .where("pool", "=", pool)
    .where("epoch", ">=", epoch)
    .executeTakeFirst();
  if (!begun) return undefined;
  const forgotten = await forgottenIn(db);
  return { borrowed: await borrowed(db, lost, forgotten), assigned: await assigned(db, lost, forgotten) };
}

async function borrowed(db: Database, { pool, epoch, nowMs }: LostPool, forgotten: Forgotten): Promise<BorrowedSeat[]> {
  const rows = await db
    .selectFrom("sessions")
    .selectAll()
    .where("pool", "=", pool)
    .where("epoch", "<", epoch)
    .where("why", "=", "ledger_reset")
    .where("borrowed_until_ms", ">", nowMs)
    .orderBy("start_ms")
    .execute();
  const last = await lastOf(
    db,
    pool,
    rows.map((row) => row.lease_id),
  );
  return rows
    .filter((row) => last.get(row.lease_id)?.epoch === row.epoch && last.get(row.lease_id)?.number === row.number)
    .map((row) => ({ ...forgotten.launch(row), borrowed_until_ms: Number(row.borrowed_until_ms) }));
}

/** Of leases that a ledger has, which came back older than it was: those that had ended, and why. */
export async function endedSince(
  db: Database,
  { pool, epoch }: LostPool,
  leaseIds: readonly string[],
): Promise<Map<string, string>> {
  const last = await lastOf(db, pool, leaseIds);
  return new Map(
    [...last].flatMap(([id, row]) =>
      row.epoch < epoch && row.why !== null && row.why !== "ledger_reset" ? [[id, row.why] as const] : [],
    ),
  );
}

type Last = Pick<SessionRow, "lease_id" | "epoch" | "number" | "why">;

async function lastOf(db: Database, pool: string, leaseIds: readonly string[]): Promise<Map<string, Last>> {
  const last = new Map<string, Last>();
  for (let from = 0; from < leaseIds.length; from += AT_ONCE) {
    const rows = await db
      .selectFrom("sessions")
      .select(["lease_id", "epoch", "number", "why"])
      .where("pool", "=", pool)
      .where("lease_id", "in", leaseIds.slice(from, from + AT_ONCE))
      .orderBy("epoch")
      .orderBy("number")
      .execute();
    for (const row of rows) last.set(row.lease_id, row);
  }
  return last;
}

/** Of seats that a ledger has assigned, which came back older than it was: those that had been freed. */
export async function freedSince(db: Database, { pool, epoch }: LostPool, names: readonly string[]): Promise<string[]> {
  const last = await lastAssignments(db, pool);
  return names.filter((name) => {
    const known = last.get(name);
    return known && known.epoch < epoch && known.kind === "freed" && !known.word.endsWith(" taken");
  });
}

interface LastAssignment {
  epoch: string;
  kind: string;
  word: string;
  at_ms: number;
}

/** What was last told of each seat that was ever assigned. */
async function lastAssignments(db: Database, pool: string): Promise<Map<string, LastAssignment>> {
  const ofHolds = db
    .selectFrom("changes")
    .where("pool", "=", pool)
    .where("kind", "in", ["kept", "freed"])
    .where("word", "like", "hold %");
  const groups = await ofHolds
    .select(({ fn }) => ["who", "epoch", fn.max("number").as("number")])
    .groupBy(["who", "epoch"])
    .orderBy("epoch")
    .execute();
  const newest = new Map(groups.map((row) => [row.who, row]));
  const last = new Map<string, LastAssignment>();
  for (const [epoch, rows] of Map.groupBy(newest.values(), (row) => row.epoch)) {
    for (let from = 0; from < rows.length; from += AT_ONCE) {
      const numbers = rows.slice(from, from + AT_ONCE).map(({ number }) => Number(number));
      const told = await ofHolds
        .select(["who", "epoch", "kind", "word", "at_ms"])
        .where("epoch", "=", epoch)
        .where("number", "in", numbers)
        .execute();
      for (const { who, ...row } of told) last.set(who, row);
    }
  }
  return last;
}

async function assigned(
  db: Database,
  { pool, epoch, nowMs, hold }: LostPool,
  forgotten: Forgotten,
): Promise<AssignedSeat[]> {
  if (!hold) return [];
  const found = new Map<string, number>();
  const add = (name: string, usedMs: number) => found.set(name, Math.max(usedMs, found.get(name) ?? 0));
  const last = await lastAssignments(db, pool);
  for (const [name, { kind, epoch: told, at_ms }] of last) if (kind === "kept" && told < epoch) add(name, at_ms);
  const fromMs = nowMs - hold.ms;
  // In use when the ledger was lost; whoever uses it still says so himself.
  for (const { name, told, usedMs } of await inUseWhenLost(db, { pool, epoch, by: hold.by, fromMs })) {
    const since = last.get(name);
    if (!since || since.epoch <= told) add(name, usedMs);
  }
  // A second seat's use keeps the first one for longer, and nothing tells of that.
  const years = [hold.by, `${hold.by}_last_year`] as const;
  const uses = await db
    .selectFrom("holdings")
    .select(({ fn }) => [...years, "seats", fn.max("end_ms").as("end_ms")])
    .where("pool", "=", pool)
    .where("epoch", "<", epoch)
    .where("end_ms", ">=", fromMs)
    .where("outside", "=", "")
    .groupBy([...years, "seats"])
    .execute();
  for (const use of uses) {
    for (const year of years) {
      const name = nameOf(use[year], use.seats);
      if (found.has(name)) add(name, Number(use.end_ms));
    }
  }
  return [...found]
    .map(([name, usedMs]) => ({ name, usedMs }))
    .filter(({ name, usedMs }) => !forgotten.has(name, usedMs));
}

async function inUseWhenLost(
  db: Database,
  { pool, epoch, by, fromMs }: { pool: string; epoch: string; by: "person" | "device"; fromMs: number },
) {
  const rows = await db
    .selectFrom("sessions as used")
    .innerJoin("holdings as held", (join) =>
      join
        .onRef("held.pool", "=", "used.pool")
        .onRef("held.epoch", "=", "used.epoch")
        .onRef("held.number", "=", "used.holding"),
    )
    .select([`held.${by} as whose`, "held.seats as seats", "used.epoch as epoch", "used.end_ms as end_ms"])
    .where("used.pool", "=", pool)
    .where("used.epoch", "<", epoch)
    .where("used.end_ms", ">=", fromMs)
    .where("used.why", "=", "ledger_reset")
    .where("held.outside", "=", "")
    .execute();
  return rows.map((row) => ({ name: nameOf(row.whose, row.seats), told: row.epoch, usedMs: Number(row.end_ms) }));
}

/** As lua/call/30-leases.lua calls an assigned seat. */
const nameOf = (whose: string, seats: number) => (seats === 1 ? whose : `${whose}*${seats}`);
