import { addDays, type IsoDate, startOfDayMs, wallTime } from "../domain/calendar.ts";
import type { Pool, Register } from "../domain/register.ts";
import type { SeatsFrom } from "../domain/usage.ts";
import type { Database, History } from "./database.ts";
import { datedCapacity, differFromMs } from "./dated-capacity.ts";
import { poolNames, presentName, rename } from "./pool-names.ts";
import { recordedSteps } from "./queries/conditions.ts";
import { dayRow, demandOf } from "./queries/days.ts";
import { firstHoldingMs, lastHoldingMs } from "./queries/holdings.ts";
import { LockLost, RollupLock } from "./rollup-lock.ts";
import { ALL_POOLS, markStale, noLongerStale, staleRows } from "./stale-days.ts";
import { daysBetween, type PoolToSweep, sweptDays } from "./swept-days.ts";
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

/** So long a day that is under way may be behind, where nothing happens that changes it but time. */
const REFRESH_MS = 10 * 60_000;

/** A pool, what it is worked out from, and what was before. */
interface Work extends PoolToSweep {
  register: Register;
  basis: string;
  before: RolledPoolRow | undefined;
  /** Read before anything else. */
  stale: StaleRow[];
  firstMs: number;
  nowMs: number;
}

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
   * @returns the pools of which days were written; undefined where another daemon is at it
   */
  async run(): Promise<string[] | undefined> {
    return await this.alone(async () => {
      const written: string[] = [];
      const stale = await staleRows(this.#db);
      for await (const work of this.#works(stale)) {
        const fromMs = behindFromMs(work);
        if (fromMs === undefined) continue;
        if (await this.guarded("days", work.pool, () => this.#write(work, fromMs, work.nowMs))) {
          written.push(work.pool);
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
    return done;
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

  async *#works(stale: readonly StaleRow[]): AsyncGenerator<Work> {
    const register = this.#register();
    const pools = await poolNames(this.#db, register);
    for (const { pool } of await this.#db.selectFrom("rolled_pools").select("pool").execute()) {
      const now = presentName(register, pool);
      if (now !== pool) await this.#db.transaction().execute((db) => rename(db, pool, now));
    }
    const rolled = await this.#db.selectFrom("rolled_pools").selectAll().execute();
    const before = new Map(rolled.map((row) => [row.pool, row]));
    for (const [pool, names] of pools) {
      yield await this.#workOn(register, pool, names, before.get(pool), stale);
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
  ): Promise<Work> {
    const { timezone, workingHours, holidays } = register;
    const recorded = await recordedSteps(this.#db, names);
    const present = register.pools[pool];
    const capacity = datedCapacity(present?.entitlements ?? [], timezone, recorded);
    const stale = allStale.filter((row) => names.includes(row.pool) || row.pool === ALL_POOLS);
    const own = stale.filter((row) => row.pool !== ALL_POOLS).map(({ from_ms }) => from_ms);
    const nowMs = present ? this.#now() : Math.min(this.#now(), await this.#lastMs(names));
    const endless = present?.metric === "site";
    // What most pools have none of is left out, so that it changes no other pool's.
    const counted = { ...(endless && { endless }), ...(present?.holdMs !== undefined && assignedAs(present)) };
    const basis = JSON.stringify({ timezone, workingHours, holidays, names, ...counted });
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

  async #write(work: Work, fromMs: number, untilMs: number): Promise<void> {
    const { pool, register, before, stale } = work;
    const keptFromMs = before?.kept_from_ms ?? 0;
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

const assignedAs = ({ metric, holdMs }: Pick<Pool, "metric" | "holdMs">) => ({ metric, holdMs });

/** From when on days are to be worked out; undefined where nothing is. */
function behindFromMs({ before, basis, capacity, stale, firstMs, nowMs, register }: Work): number | undefined {
  if (!before || before.basis !== basis) return firstMs;
  const day = (atMs: number) => wallTime(atMs, register.timezone).date;
  const unfinished = day(before.until_ms) < day(nowMs) || nowMs - before.until_ms >= REFRESH_MS;
  const from = [
    ...stale.map(({ from_ms }) => from_ms),
    differFromMs(JSON.parse(before.capacity) as SeatsFrom[], stepsUntil(capacity, nowMs)),
    // The last day that was looked at may have ended since.
    unfinished && before.until_ms < nowMs ? before.until_ms : undefined,
  ].filter((atMs) => atMs !== undefined);
  return from.length > 0 ? Math.min(...from) : undefined;
}

const stepsUntil = (capacity: readonly SeatsFrom[], atMs: number) => capacity.filter(({ fromMs }) => fromMs <= atMs);

function rolledRow(work: Work, untilMs: number, first?: IsoDate): RolledPoolRow {
  const { pool, basis, capacity, before, firstMs, nowMs, register } = work;
  const pastToo = first !== undefined && first < wallTime(nowMs, register.timezone).date;
  const peopleFrom = [before?.people_from, first].filter((date) => date != null).sort()[0];
  return {
    pool,
    basis,
    capacity: JSON.stringify(stepsUntil(capacity, nowMs)),
    first_ms: firstMs,
    until_ms: Math.max(untilMs, before?.until_ms ?? 0),
    version: (before?.version ?? 0) + 1,
    past_version: (before?.past_version ?? 0) + Number(pastToo),
    kept_from_ms: before?.kept_from_ms ?? 0,
    people_from: peopleFrom ?? null,
    nightly: before?.nightly ?? "",
  };
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
