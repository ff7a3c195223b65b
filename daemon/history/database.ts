import { Kysely, PostgresDialect, sql } from "kysely";
import { SeatmeterError } from "../domain/errors.ts";
import { sqliteDialect } from "./dialect.ts";
import type { Tables } from "./tables.ts";
import { asHistoryError, type HistoryPlace, placeInWords } from "./troubles.ts";

export type Database = Kysely<Tables>;

export interface HistoryOptions {
  /** Most pages of a SQLite file, as a full disk would have it. */
  pages?: number;
  /** Most connections to PostgreSQL. */
  connections?: number;
}

const CONNECT_TIMEOUT_MS = 5000;
/** Who is frozen in the midst of a transaction must not keep the other daemons out for ever. */
const IDLE_IN_TRANSACTION_MS = 15_000;
/** A server that vanished without a word, with its machine or its network, would let us wait for ever. */
const KEEP_ALIVE_MS = 10_000;
const INT8 = 20;

/** What happened, in SQL. */
export interface History {
  db: Database;
  place: HistoryPlace;
  /** Which history this is; a copy keeps it. */
  id: string;
  close(): Promise<void>;
}

/**
 * Open a history, and bring its tables to what this version knows; of daemons that start at once, one does.
 *
 * Errors: settings_invalid (no rights, damaged, a wrong password, a history of a later version, one that was copied
 * elsewhere), history_unavailable
 */
export async function openHistory(place: HistoryPlace, options: HistoryOptions = {}): Promise<History> {
  const { db, close } = await connect(place, options);
  try {
    const { migrate } = await import("./migrate.ts");
    await migrate(db, place);
    const row = await db.selectFrom("history").selectAll().executeTakeFirstOrThrow();
    if (row.moved_ms !== null) throw moved(place, row.moved_ms);
    if (row.copying_from !== null) throw unfinished(place);
    return { db, place, id: row.id, close };
  } catch (error) {
    await close();
    throw asHistoryError(error, place);
  }
}

/**
 * A history that was opened already, for another thread: it may be away just now, and is looked for with each query.
 */
export async function attachHistory(place: HistoryPlace, id: string, options: HistoryOptions = {}): Promise<History> {
  const db = await databaseAt(place, options);
  return { db, place, id, close: () => db.destroy() };
}

/** Without a look at what is in it. Errors: settings_invalid, history_unavailable. */
export async function connect(place: HistoryPlace, options: HistoryOptions = {}) {
  const db = await databaseAt(place, options);
  try {
    await sql`select 1`.execute(db);
    return { db, close: () => db.destroy() };
  } catch (error) {
    await db.destroy().catch(() => {});
    throw asHistoryError(error, place);
  }
}

async function databaseAt(place: HistoryPlace, options: HistoryOptions): Promise<Database> {
  if ("url" in place) return await postgres(place.url, options);
  return new Kysely<Tables>({ dialect: sqliteDialect(place.file, options) });
}

/** Loaded only by those who keep their history there. */
async function postgres(url: string, { connections = 4 }: HistoryOptions): Promise<Database> {
  const { Pool, types } = (await import("pg")).default;
  const pool = new Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    ...{ keepAlive: true, keepAliveInitialDelayMillis: KEEP_ALIVE_MS },
    application_name: "seatmeter",
    // Moments and numbers of events are whole and below 2^53, and are numbers to us.
    types: {
      getTypeParser: ((oid: number, format: "text") =>
        oid === INT8 ? Number : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
    },
  });
  // A connection that breaks, in use or not: the query under way, or the next one, tells.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

export const moved = (place: HistoryPlace, movedMs: number) =>
  new SeatmeterError(
    "settings_invalid",
    `the history in ${placeInWords(place)} was copied to PostgreSQL on ${new Date(movedMs).toISOString()} and goes on ` +
      "there: set DATABASE_URL to that database",
  );

export const exchanged = () =>
  new SeatmeterError("settings_invalid", "the history's database was exchanged while the daemon ran; start it again");

const unfinished = (place: HistoryPlace) =>
  new SeatmeterError(
    "settings_invalid",
    `${placeInWords(place)} holds a part of a history: run seatmeter history copy again until it says that it is done`,
  );
