import { sql } from "kysely";
import type { LedgerEvent } from "../domain/events.ts";
import { FOLD_MS } from "../domain/refusals.ts";
import type { Span } from "../domain/usage.ts";
import { exchanged, type History, moved } from "./database.ts";
import { knownPool, progressOf } from "./known-pools.ts";
import { beganMs, PoolProjection, type PoolRows } from "./pool-projection.ts";
import { Refusals } from "./refusals.ts";
import { ALL_POOLS, markStale, staleFrom } from "./stale-days.ts";
import type { GapRow, RefusalRow } from "./tables.ts";
import { putRows } from "./write.ts";

/** What became of a pool's events: all recorded, or some before them are not, and might still come. */
export interface Recorded {
  /** The last event that is recorded, by pool. */
  numbers: Map<string, { epoch: string; number: number }>;
  /** Pools whose events do not follow on what is recorded: nothing of them was done. */
  missing: string[];
}

/**
 * Writes events down, each once: a pool's progress says up to which number it is recorded, in the same transaction as the
 * rows. Transactions come one after the other, whichever daemon's, for each begins by taking the next turn; who finds
 * that the last turn was his own knows that what he remembers of the database still holds.
 */
export class Writer {
  readonly #history: History;
  readonly #me: string;
  /** The last one that was ours. */
  #turn = -1;
  readonly #pools = new Map<string, PoolProjection>();
  /** Epochs of each pool that is known, the newest last. */
  readonly #epochs = new Map<string, string[]>();
  /** Rows of epochs that the ledger lost. */
  #left: PoolRows[] = [];
  #refusals = new Refusals([]);
  /** From when on refusals are at hand. */
  #refusalsSinceMs = Number.POSITIVE_INFINITY;

  constructor(history: History, me: string) {
    this.#history = history;
    this.#me = me;
  }

  /**
   * One transaction.
   *
   * @param events      of each pool in their order; what is recorded already may be among them
   * @param acceptsGaps pools of which it is certain that what lies before is lost
   */
  async write(
    events: ReadonlyMap<string, readonly LedgerEvent[]>,
    acceptsGaps: ReadonlySet<string> = new Set(),
  ): Promise<Recorded> {
    try {
      return await this.#write(events, acceptsGaps);
    } catch (error) {
      // What is remembered went on with events that are not written down.
      this.#forget();
      throw error;
    }
  }

  /** Times in which no daemon ran: every pool's. Told again they are the same rows. */
  async writeGaps(gaps: readonly Span[]): Promise<void> {
    const turn = await this.#history.db.transaction().execute(async (db) => {
      const taken = await this.#takeTurn(db);
      await putRows(db, "gaps", gaps.map(gapOfAll));
      await markStale(db, ALL_POOLS, Math.min(...gaps.map(({ fromMs }) => fromMs)));
      return taken;
    });
    // What is remembered of the pools still holds, unless somebody else had written before.
    if (turn === this.#turn + 1) this.#turn = turn;
  }

  #write(events: ReadonlyMap<string, readonly LedgerEvent[]>, acceptsGaps: ReadonlySet<string>) {
    const pools = [...events.keys()].sort();
    let turn = -1;
    return this.#history.db
      .transaction()
      .execute(async (db) => {
        turn = await this.#takeTurn(db);
        if (turn !== this.#turn + 1) await this.#learn(db);
        await this.#meet(db, pools, events);
        const missing: string[] = [];
        const applied: LedgerEvent[] = [];
        for (const pool of pools) {
          const isComplete = await this.#apply(db, pool, events.get(pool) ?? [], acceptsGaps.has(pool), applied);
          if (!isComplete) missing.push(pool);
        }
        const rows = pools.flatMap((pool) => this.#pools.get(pool)?.take() ?? []);
        await putAll(db, [...this.#left.splice(0), ...rows], await this.#fold(db, applied));
        return { missing, numbers: this.#numbers(pools) };
      })
      .then((recorded) => {
        this.#turn = turn;
        return recorded;
      });
  }

  async #takeTurn(db: History["db"]): Promise<number> {
    const row = await db
      .updateTable("history")
      .set({ turn: sql<number>`turn + 1`, writer: this.#me })
      .returning(["turn", "id", "moved_ms"])
      .executeTakeFirst();
    if (!row || row.id !== this.#history.id) throw exchanged();
    if (row.moved_ms !== null) throw moved(this.#history.place, row.moved_ms);
    return row.turn;
  }

  /** Somebody else wrote: what he has been at is read anew. */
  async #learn(db: History["db"]): Promise<void> {
    const progress = await progressOf(db, [...this.#pools.keys()]);
    for (const [pool, { epoch, number }] of this.#pools) {
      if (progress.some((row) => row.pool === pool && row.epoch === epoch && row.number === number)) continue;
      this.#pools.delete(pool);
    }
    this.#epochs.clear();
    this.#refusalsSinceMs = Number.POSITIVE_INFINITY;
  }

  #forget() {
    this.#turn = -1;
    this.#pools.clear();
    this.#left = [];
    this.#epochs.clear();
    this.#refusalsSinceMs = Number.POSITIVE_INFINITY;
  }

  #noteEpoch(pool: string, epoch: string) {
    const known = this.#epochs.get(pool) ?? [];
    if (!known.includes(epoch)) this.#epochs.set(pool, [...known, epoch].sort());
  }

  async #meet(db: History["db"], pools: readonly string[], events: ReadonlyMap<string, readonly LedgerEvent[]>) {
    const strangers = pools.filter((pool) => !this.#epochs.has(pool));
    for (const pool of strangers) this.#epochs.set(pool, []);
    for (const row of await progressOf(db, strangers)) this.#noteEpoch(row.pool, row.epoch);
    const first = Math.min(...[...events.values()].flatMap(([event]) => (event ? [event.atMs] : [])));
    const sinceMs = first - FOLD_MS;
    if (sinceMs < this.#refusalsSinceMs) {
      const rows = db.selectFrom("refusals").selectAll().where("last_ms", ">=", sinceMs);
      this.#refusals = new Refusals(await rows.orderBy("last_ms").execute());
      this.#refusalsSinceMs = sinceMs;
    }
  }

  async #apply(
    db: History["db"],
    pool: string,
    events: readonly LedgerEvent[],
    acceptsGap: boolean,
    applied: LedgerEvent[],
  ): Promise<boolean> {
    for (const event of events) {
      const projection = await this.#projection(db, pool, event.epoch);
      if (event.number <= projection.number) continue;
      // The first of all may be any: a history may be younger than its ledger.
      if (event.number > projection.number + 1 && !acceptsGap) return false;
      projection.apply(event);
      applied.push(event);
    }
    return true;
  }

  async #projection(db: History["db"], pool: string, epoch: string): Promise<PoolProjection> {
    const current = this.#pools.get(pool);
    if (current?.epoch === epoch) return current;
    if (current) this.#left.push(current.take());
    const before = this.#epochs.get(pool)?.findLast((known) => known < epoch);
    if (before !== undefined && !this.#epochs.get(pool)?.includes(epoch)) {
      const lost =
        current?.epoch === before ? current : new PoolProjection(pool, before, await knownPool(db, pool, before));
      lost.close(beganMs(epoch));
      this.#left.push(lost.take());
    }
    const projection = new PoolProjection(pool, epoch, await knownPool(db, pool, epoch));
    this.#pools.set(pool, projection);
    this.#noteEpoch(pool, epoch);
    return projection;
  }

  async #fold(db: History["db"], applied: LedgerEvent[]): Promise<RefusalRow[]> {
    const attempts = this.#refusals.attemptsUnknown(applied);
    if (attempts.length > 0) {
      const rows = db.selectFrom("refusals").selectAll().where("granted_ms", "is", null);
      // In turns, for a statement holds so many values at most.
      for (let from = 0; from < attempts.length; from += 500) {
        const some = attempts.slice(from, from + 500);
        this.#refusals.know(await rows.where("attempt_id", "in", some).execute());
      }
    }
    const inOrder = applied.toSorted((one, other) => one.atMs - other.atMs);
    for (const event of inOrder) this.#refusals.apply(event);
    return this.#refusals.take(inOrder.at(-1)?.atMs ?? 0);
  }

  #numbers(pools: readonly string[]): Recorded["numbers"] {
    return new Map(
      pools.flatMap((pool) => {
        const projection = this.#pools.get(pool);
        return projection ? [[pool, { epoch: projection.epoch, number: projection.number }]] : [];
      }),
    );
  }
}

const gapOfAll = ({ fromMs, untilMs }: Span): GapRow => ({
  ...{ pool: ALL_POOLS, epoch: "", number: fromMs, kind: "clock", at_ms: untilMs },
  ...{ virtual_ms: 0, lost_ms: untilMs - fromMs, lost_events: 0 },
});

/** Rows of pools, each in place of one with the same key. */
export async function putAll(
  db: History["db"],
  all: readonly PoolRows[],
  refusals: readonly RefusalRow[],
): Promise<void> {
  const rows = <Row>(of: (rows: PoolRows) => readonly Row[]) => all.flatMap(of);
  await putRows(
    db,
    "sessions",
    rows(({ sessions }) => sessions),
  );
  await putRows(
    db,
    "holdings",
    rows(({ holdings }) => holdings),
  );
  await putRows(
    db,
    "denials",
    rows(({ denials }) => denials),
  );
  await putRows(
    db,
    "changes",
    rows(({ changes }) => changes),
  );
  await putRows(
    db,
    "gaps",
    rows(({ gaps }) => gaps),
  );
  await putRows(
    db,
    "capacity_steps",
    rows(({ capacity_steps }) => capacity_steps),
  );
  await putRows(db, "refusals", refusals);
  for (const [pool, fromMs] of staleFrom(all, refusals)) await markStale(db, pool, fromMs);
  await putRows(
    db,
    "progress",
    rows(({ progress }) => (progress ? [progress] : [])),
    ["pool", "epoch"],
  );
}
