import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";

/** So long another process's transaction is waited for. */
const BUSY_TIMEOUT_MS = 5000;
const BUSY_AGAIN_MS = 20;
const SQLITE_BUSY = 5;
/** The recorder and each page have a handful of texts; a text that is forgotten is prepared again. */
const STATEMENTS_KEPT = 200;

/** Kysely over Node's own SQLite: what is written down is on the disk when a transaction has ended. */
export function sqliteDialect(file: string, { pages }: { pages?: number } = {}): Dialect {
  return {
    createDriver: () => new SqliteDriver(file, pages),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new TransactionalAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

/** So that a migration is one transaction, whose lock keeps every other daemon out of it. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl() {
    return true;
  }
}

class SqliteDriver implements Driver {
  readonly #file: string;
  readonly #pages: number | undefined;
  #database: DatabaseSync | undefined;
  #connection: SqliteConnection | undefined;

  constructor(file: string, pages: number | undefined) {
    this.#file = file;
    this.#pages = pages;
  }

  async init(): Promise<void> {
    const database = new DatabaseSync(this.#file, { timeout: BUSY_TIMEOUT_MS });
    try {
      await switchToWal(database);
      database.exec("PRAGMA synchronous = FULL");
      if (this.#pages !== undefined) database.exec(`PRAGMA max_page_count = ${this.#pages}`);
    } catch (error) {
      database.close();
      throw error;
    }
    this.#database = database;
    this.#connection = new SqliteConnection(database);
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    if (!this.#connection) throw new Error("the database is closed");
    return this.#connection;
  }

  /** Who begins means to write: one who has read first could not write any more after somebody else has. */
  async beginTransaction(connection: DatabaseConnection, { accessMode }: { accessMode?: string }): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(accessMode === "read only" ? "begin" : "begin immediate"));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("commit"));
  }

  /** Where the disk is full SQLite has rolled back by itself. */
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database?.isTransaction) await connection.executeQuery(CompiledQuery.raw("rollback"));
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    this.#connection = undefined;
    this.#database?.close();
    this.#database = undefined;
  }
}

/** Of several who switch a new file at once SQLite turns all but one away at once, whatever they would have waited. */
async function switchToWal(database: DatabaseSync): Promise<void> {
  for (const untilMs = performance.now() + BUSY_TIMEOUT_MS; ; await delay(BUSY_AGAIN_MS)) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== SQLITE_BUSY || performance.now() > untilMs) throw error;
    }
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const statement = this.#prepared(sql);
    const values = parameters as SQLInputValue[];
    if (statement.columns().length > 0) return { rows: statement.all(...values) as Row[] };
    const { changes } = statement.run(...values);
    return { rows: [], numAffectedRows: BigInt(changes) };
  }

  // biome-ignore lint/correctness/useYield: nothing here streams; readers ask page by page
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error("no query is streamed");
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    if (this.#statements.size >= STATEMENTS_KEPT) this.#statements.clear();
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}
