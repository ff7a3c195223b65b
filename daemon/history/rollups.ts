import { addDays, type IsoDate, startOfDayMs } from "../domain/calendar.ts";
import type { Register } from "../domain/register.ts";
import type { Database, History } from "./database.ts";
import { datedCapacity } from "./dated-capacity.ts";
import { poolNames, presentName, rename } from "./pool-names.ts";
import { basisOf, behindFromMs, type PoolWork, rolledRow } from "./pool-work.ts";
import { recordedSteps } from "./queries/conditions.ts";
import { dayRow, demandOf } from "./queries/days.ts";
import { firstHoldingMs, lastHoldingMs } from "./queries/holdings.ts";
import { LockLost, RollupLock } from "./rollup-lock.ts";
import { ALL_POOLS, markStale, noLongerStale, staleRows } from "./stale-days.ts";
import { daysBetween, sweptDays } from "./swept-days.ts";
import type { RolledPoolRow, StaleRow } from "./tables.ts";
import { isFault } from "./troubles.ts";
import { putRows } from "./write.ts";

export interface RollupParts {
  history: Pick<History, "db">;
  register: () => Register;
  /** This daemon, among those that do it. */
  me: string;
  now?: () => number;
  /** Hears, once, of something about a pool that cannot be worked out. The other pools are. */
  onFault?: (pool: string, error: Error) => void;
}

/** How far it is: what was done last, and the share of all that is done, of 1. */
export type OnPool = (pool: string, share: number) => void | Promise<void>;

/**
 * Works out what is kept of each pool and local day, from what was recorded, and keeps it up to date: the day that is under
 * way, and past days of which something is told late. Everything here can be worked out again, and gives the same rows,
 * byte for byte. Of several daemons one at a time does it.
 */
export class Rollups {
  readonly #db: Database;
  readonly #register: () => Register;
  readonly #lock: RollupLock;
  readonly #now: () => number;
  /** What was asked for before, here. */
  #before: Promise<unknown> = Promise.resolve();
  #underWay: Promise<unknown> | undefined;
  readonly #onFault: (pool: string, error: Error) => void;
  /** What cannot be worked out for now, and why. */
  readonly #faults = new Map<string, string>();

  constructor({ history, register, me, now = Date.now, onFault = () => {} }: RollupParts) {
    this.#db = history.db;
    this.#register = register;
    this.#now = now;
    this.#onFault = onFault;
    this.#lock = new RollupLock(history.db, me, now);
  }

  /**
   * All that is behind.
   *
   * @param onPool hears of each pool, behind or not
   * @returns the pools of which days were written; undefined where another daemon is at it
   */
  async run(onPool?: OnPool): Promise<string[] | undefined> {
    return await this.alone(async () => {
      const written: string[] = [];
      const stale = await staleRows(this.#db);
      for await (const work of this.#works(stale)) {
        const fromMs = behindFromMs(work);
        if (fromMs === undefined) await onPool?.(work.pool, work.share);
        else if (await this.guarded("days", work.pool, () => this.#write(work, fromMs, work.nowMs))) {
          written.push(work.pool);
          await onPool?.(work.pool, work.share);
        } else await markStale(this.#db, work.pool, fromMs);
      }
      await noLongerStale(this.#db, stale);
      return written;
    });
  }

  /**
   * Work out days again, whether anything came or not; of one pool or all, from a day to another, both included.
   *
   * @returns undefined where another daemon is at it
   */
  async recompute(pool?: string, from?: IsoDate, to?: IsoDate): Promise<string[] | undefined> {
    return await this.alone(async () => {
      const written: string[] = [];
      for await (const work of this.#works(await staleRows(this.#db))) {
        if (pool !== undefined && work.pool !== presentName(work.register, pool)) continue;
        const { timezone } = work.register;
        // Of which nothing was worked out yet, all is.
        const whole = work.before === undefined;
        const fromMs = whole || from === undefined ? work.firstMs : startOfDayMs(from, timezone);
        const untilMs = whole || to === undefined ? work.nowMs : startOfDayMs(addDays(to, 1), timezone);
        await this.#write(work, fromMs, Math.min(untilMs, work.nowMs));
        written.push(work.pool);
      }
      return written;
    });
  }

  /**
   * Do something about one pool, of which a fault stops no other pool.
   *
   * @returns whether it was done
   */
  async guarded(what: "days" | "night", pool: string, work: () => Promise<void>): Promise<boolean> {
    const name = `${what} ${pool}`;
    try {
      await work();
      this.#faults.delete(name);
      return true;
    } catch (error) {
      if (!isFault(error)) throw error;
      if (this.#faults.get(name) !== error.message) this.#onFault(pool, error);
      this.#faults.set(name, error.message);
      return false;
    }
  }

  /** While nobody else works out days, here or in another daemon. Undefined where another daemon does. */
  alone<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    const done = this.#before.then(() => this.#locked(work));
    this.#before = done.catch(() => {});
    this.#underWay = done;
    const over = () => {
      if (this.#underWay === done) this.#underWay = undefined;
    };
    done.then(over, over);
    return done;
  }

  /** In what `alone` does: void where another daemon has gone on meanwhile. Errors: LockLost. */
  transaction<Result>(work: (db: Database) => Promise<Result>): Promise<Result> {
    return this.#db.transaction().execute(async (db) => {
      await this.#lock.hold(db);
      return await work(db);
    });
  }

  /** What was asked for last, here, and is not done. */
  get underWay(): Promise<unknown> | undefined {
    return this.#underWay;
  }

  async #locked<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    if (!(await this.#lock.take())) return undefined;
    let succeeded = false;
    try {
      const result = await work();
      succeeded = this.#faults.size === 0;
      return result;
    } catch (error) {
      // This daemon stood still for a while, and another one has gone on.
      if (error instanceof LockLost) return undefined;
      throw error;
    } finally {
      await this.#lock.release(succeeded);
    }
  }

  async *#works(stale: readonly StaleRow[]): AsyncGenerator<PoolWork> {
    const register = this.#register();
    const pools = await poolNames(this.#db, register);
    for (const { pool } of await this.#db.selectFrom("rolled_pools").select("pool").execute()) {
      const now = presentName(register, pool);
      if (now !== pool) await this.#db.transaction().execute((db) => rename(db, pool, now));
    }
    const rolled = await this.#db.selectFrom("rolled_pools").selectAll().execute();
    const before = new Map(rolled.map((row) => [row.pool, row]));
    let done = 0;
    for (const [pool, names] of pools) {
      done += 1;
      const work = await this.#workOn(register, pool, names, before.get(pool), stale);
      yield { ...work, share: done / pools.size };
      // Whoever waits for an answer gets a turn between two pools.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #workOn(
    register: Register,
    pool: string,
    names: readonly string[],
    before: RolledPoolRow | undefined,
    allStale: readonly StaleRow[],
  ): Promise<Omit<PoolWork, "share">> {
    const recorded = await recordedSteps(this.#db, names);
    const present = register.pools[pool];
    const capacity = datedCapacity(present?.entitlements ?? [], register.timezone, recorded);
    const stale = allStale.filter((row) => names.includes(row.pool) || row.pool === ALL_POOLS);
    const own = stale.filter((row) => row.pool !== ALL_POOLS).map(({ from_ms }) => from_ms);
    const nowMs = present ? this.#now() : Math.min(this.#now(), await this.#lastMs(names));
    const endless = present?.metric === "site";
    const basis = basisOf(register, names, present);
    const isKnown = before?.basis === basis;
    const first = isKnown ? before.first_ms : ((await firstHoldingMs(this.#db, names)) ?? nowMs);
    const known = [first, ...own, ...(recorded[0] && !isKnown ? [recorded[0].at_ms] : [])];
    return {
      register,
      pool,
      names,
      capacity,
      endless,
      basis,
      before,
      stale,
      firstMs: Math.min(nowMs, ...known),
      nowMs,
    };
  }

  /** Of a pool that left the register: after its last use there is nothing to tell. */
  async #lastMs(names: readonly string[]): Promise<number> {
    const last = await Promise.all(names.map((name) => lastHoldingMs(this.#db, name)));
    return Math.max(...last);
  }

  async #write(work: PoolWork, fromMs: number, untilMs: number): Promise<void> {
    const { pool, register, before, stale } = work;
    const deletedMs = before?.kept_from_ms ?? 0;
    // Whose seats are assigned is told by use of long before, too.
    const keptFromMs = deletedMs > 0 ? deletedMs + (register.pools[pool]?.holdMs ?? 0) : 0;
    const days = daysBetween(register, Math.max(fromMs, work.firstMs), untilMs).filter(
      ({ startMs }) => startMs >= keptFromMs,
    );
    const swept = await sweptDays(this.#db, register, work, days);
    const rows = swept.days.map((day, i) => ({ ...dayRow(day), demand: demandOf(day, swept.assigned?.[i]) }));
    const [first, last] = [rows[0]?.date, rows.at(-1)?.date];
    await this.#db.transaction().execute(async (db) => {
      await this.#lock.hold(db);
      // In another zone it may have begun on another day.
      if (before && before.basis !== work.basis && first !== undefined) await forgetBefore(db, pool, first, keptFromMs);
      await putRows(db, "pool_days", rows, ["pool", "date"]);
      if (first !== undefined && last !== undefined) await forgetAnswers(db, pool, first, last);
      await putRows(db, "rolled_pools", [rolledRow(work, untilMs, first)], ["pool"]);
      await noLongerStale(
        db,
        // Those of all pools are worked out when each pool is.
        untilMs < work.nowMs ? [] : stale.filter((row) => row.pool !== ALL_POOLS && row.from_ms >= fromMs),
      );
    });
  }
}

/** What was played through days that are others now, and who was counted in them because a report asked. */
async function forgetAnswers(db: Database, pool: string, first: IsoDate, last: IsoDate): Promise<void> {
  const of = (table: "replays" | "people_counts") =>
    db.deleteFrom(table).where("pool", "=", pool).where("until_date", ">=", first).where("from_date", "<=", last);
  await of("replays").execute();
  await of("people_counts").where("period", "=", "window").execute();
}

async function forgetBefore(db: Database, pool: string, first: IsoDate, keptFromMs: number): Promise<void> {
  await db
    .deleteFrom("pool_days")
    .where("pool", "=", pool)
    .where("date", "<", first)
    .where("start_ms", ">=", keptFromMs)
    .execute();
}
