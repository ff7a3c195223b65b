import type { Database } from "./database.ts";

const NAME = "rollups";
/** Who was not heard of for so long has ended, or is stuck: somebody else goes on. */
const HELD_FOR_MS = 120_000;

/** Somebody else has gone on meanwhile. */
export class LockLost extends Error {
  constructor() {
    super("another daemon works out the days by now");
    this.name = "LockLost";
  }
}

/** Of several daemons one works out the days; said in the database, which is all that they need to share. */
export class RollupLock {
  readonly #db: Database;
  readonly #me: string;
  readonly #now: () => number;

  constructor(db: Database, me: string, now: () => number) {
    this.#db = db;
    this.#me = me;
    this.#now = now;
  }

  /** @returns false where somebody else has it */
  async take(): Promise<boolean> {
    const nowMs = this.#now();
    const row = await this.#db
      .updateTable("locks")
      .set({ holder: this.#me, until_ms: nowMs + HELD_FOR_MS })
      .where("name", "=", NAME)
      .where((where) => where.or([where("holder", "=", this.#me), where("until_ms", "<", nowMs)]))
      .returning("name")
      .executeTakeFirst();
    return row !== undefined;
  }

  /** In the transaction that writes something: whoever has taken the lock meanwhile is not written over. Errors: LockLost. */
  async hold(db: Database): Promise<void> {
    const row = await db
      .updateTable("locks")
      .set({ until_ms: this.#now() + HELD_FOR_MS })
      .where("name", "=", NAME)
      .where("holder", "=", this.#me)
      .returning("name")
      .executeTakeFirst();
    if (!row) throw new LockLost();
  }

  async release(succeeded: boolean): Promise<void> {
    await this.#db
      .updateTable("locks")
      .set({ holder: "", until_ms: 0, ...(succeeded && { last_success_ms: this.#now() }) })
      .where("name", "=", NAME)
      .where("holder", "=", this.#me)
      .execute();
  }
}

/** When any daemon last worked out all days; 0: never. */
export async function lastRollupMs(db: Database): Promise<number> {
  const row = await db.selectFrom("locks").select("last_success_ms").where("name", "=", NAME).executeTakeFirst();
  return row?.last_success_ms ?? 0;
}
