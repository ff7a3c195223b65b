import { randomBytes } from "node:crypto";
import type { ActName, Head } from "../domain/acts.ts";
import type { Database, History } from "../history/database.ts";
import type { AuditRow } from "../history/tables.ts";
import { type Broken, ChainWalk, cutText, type Entry, rowAfter } from "./chain.ts";

const PAGE = 1000;
const SALT_BYTES = 16;

/** Which rows somebody wants to see: the newest first, and those before a row. */
export interface RowsWanted {
  fromMs?: number | undefined;
  untilMs?: number | undefined;
  act?: ActName | undefined;
  /** Rows before this one. */
  before?: number | undefined;
  most: number;
}

/** Whether a chain is as it was written. */
export interface Verdict {
  rows: number;
  /** The first row that there is. */
  first: number;
  head: Head;
  broken?: Broken;
}

/**
 * The audit as it lies in the history. Errors: of the database. Within a process one thing is done after the other,
 * because SQLite has one connection and one transaction at a time.
 */
export class AuditBook {
  readonly #db: Database;
  readonly #now: () => number;
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ db }: Pick<History, "db">, now = Date.now) {
    this.#db = db;
    this.#now = now;
  }

  /** @returns the row's number */
  append(entry: Entry): Promise<number> {
    return this.#inTurn(() => this.#db.transaction().execute((trx) => this.#appendIn(trx, entry)));
  }

  rows({ fromMs, untilMs, act, before, most }: RowsWanted): Promise<{ items: AuditRow[]; next?: number }> {
    return this.#inTurn(async () => {
      let asked = this.#db
        .selectFrom("audit")
        .selectAll()
        .orderBy("seq", "desc")
        .limit(most + 1);
      if (fromMs !== undefined) asked = asked.where("at_ms", ">=", fromMs);
      if (untilMs !== undefined) asked = asked.where("at_ms", "<", untilMs);
      if (act !== undefined) asked = asked.where("act", "=", act);
      if (before !== undefined) asked = asked.where("seq", "<", before);
      const found = await asked.execute();
      const items = found.slice(0, most);
      return found.length > most ? { items, next: items.at(-1)!.seq } : { items };
    });
  }

  head(): Promise<Head> {
    return this.#inTurn(() => headIn(this.#db));
  }

  /**
   * Looked at twice before it is called broken: rows may be cut off at the front while it is read.
   *
   * @param wanted a head that was printed before
   */
  verify(wanted?: Partial<Head>): Promise<Verdict> {
    return this.#inTurn(async () => {
      const verdict = await this.#walk(wanted);
      return verdict.broken ? await this.#walk(wanted) : verdict;
    });
  }

  /**
   * End the rows of before that moment. A row that says so, and the hash of the last of them, stands for them: without it
   * the rest would not be sound.
   *
   * @returns how many
   */
  cut(beforeMs: number, why: string): Promise<number> {
    return this.#inTurn(() =>
      this.#db.transaction().execute(async (trx) => {
        await lock(trx);
        const last = await trx
          .selectFrom("audit")
          .select(["seq", "hash"])
          .where("at_ms", "<", beforeMs)
          .orderBy("seq", "desc")
          .limit(1)
          .executeTakeFirst();
        if (!last) return 0;
        const gone = await trx.deleteFrom("audit").where("seq", "<=", last.seq).executeTakeFirst();
        const act = { who: "seatmeter", role: "", site: "", act: "cut_audit" as const, subject: "" };
        const about = cutText(last);
        await this.#appendIn(trx, { ...act, about, reason: why, phase: "outcome", outcome: "done", intent: null });
        return Number(gone.numDeletedRows);
      }),
    );
  }

  async #walk(wanted: Partial<Head> | undefined): Promise<Verdict> {
    const walk = new ChainWalk(wanted);
    let first = 0;
    let head: Head;
    // Other daemons go on writing. What was the end before rows are read must be among them then.
    for (;;) {
      head = await headIn(this.#db);
      const rows = await this.#db
        .selectFrom("audit")
        .selectAll()
        .where("seq", ">", first === 0 ? -1 : walk.last.seq)
        .orderBy("seq")
        .limit(PAGE)
        .execute();
      first ||= rows[0]?.seq ?? 0;
      for (const row of rows) walk.next(row);
      if (rows.length === 0 || walk.last.seq === head.seq) break;
    }
    const broken = walk.end(head);
    return { rows: walk.rows, first, head: walk.last, ...(broken && { broken }) };
  }

  async #appendIn(trx: Database, entry: Entry): Promise<number> {
    const { at_ms, ...head } = await lock(trx);
    // A clock that was set back, or another daemon's that is behind.
    const atMs = Math.max(this.#now(), at_ms);
    const row = rowAfter(head, entry, atMs, randomBytes(SALT_BYTES).toString("base64url"));
    await trx.insertInto("audit").values(row).execute();
    await trx
      .updateTable("audit_head")
      .set({ seq: row.seq, hash: row.hash, at_ms: atMs })
      .where("name", "=", NAME)
      .execute();
    return row.seq;
  }

  #inTurn<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }
}

const NAME = "head";

/** Changed by whoever reads it to write: until that is over, every other daemon waits here. */
async function lock(trx: Database) {
  const head = await trx
    .updateTable("audit_head")
    .set({ name: NAME })
    .where("name", "=", NAME)
    .returning(["seq", "hash", "at_ms"])
    .executeTakeFirst();
  if (!head) throw new Error("audit_head has lost its row, so where the audit ends is not known: restore a backup");
  return head;
}

async function headIn(db: Database): Promise<Head> {
  const head = await db.selectFrom("audit_head").select(["seq", "hash"]).where("name", "=", NAME).executeTakeFirst();
  return head ?? { seq: 0, hash: "" };
}
