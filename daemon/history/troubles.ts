import { SeatmeterError } from "../domain/errors.ts";

/** Where a history lies: a file of SQLite's, or a database of PostgreSQL's by its address. */
export type HistoryPlace = { file: string } | { url: string };

/** The place as a log may show it: an address holds a password. */
export function placeInWords(place: HistoryPlace): string {
  if ("file" in place) return place.file;
  try {
    const { hostname, port, pathname, searchParams } = new URL(place.url);
    const host = hostname || searchParams.get("host") || "localhost";
    return `the PostgreSQL database ${pathname.slice(1)} on ${host}${port ? `:${port}` : ""}`;
  } catch {
    return "the PostgreSQL database";
  }
}

/** SQLite's primary result codes, and what each means for whoever runs the daemon. */
const OF_SQLITE: Record<number, { isSetting: boolean; words: string }> = {
  5: { isSetting: false, words: "another process keeps it locked" },
  8: { isSetting: true, words: "it may not be written; give the daemon's user the right to" },
  10: { isSetting: false, words: "its disk has a fault, or a limit of the size of files is reached" },
  11: { isSetting: true, words: "it is damaged; restore it from a backup, or move it away to begin a new one" },
  13: { isSetting: false, words: "the disk is full; what happens meanwhile waits in Redis" },
  14: { isSetting: true, words: "it cannot be opened; give the daemon's user the right to read and write it" },
  26: { isSetting: true, words: "it is no database; restore it from a backup, or move it away to begin a new one" },
};

/** What PostgreSQL, or the network before it, says. */
const OF_POSTGRES: Record<string, { isSetting: boolean; words: string }> = {
  "28P01": { isSetting: true, words: "DATABASE_URL: PostgreSQL does not accept this user and password" },
  "28000": { isSetting: true, words: "DATABASE_URL: PostgreSQL does not let this user in (pg_hba.conf)" },
  "3D000": { isSetting: true, words: "DATABASE_URL: PostgreSQL has no such database; make it with createdb" },
  "42501": { isSetting: true, words: "DATABASE_URL: this user may not make tables there; let it own the database" },
  "53100": { isSetting: false, words: "PostgreSQL's disk is full; what happens meanwhile waits in Redis" },
  "53300": { isSetting: false, words: "PostgreSQL has no connection left" },
  "57P03": { isSetting: false, words: "PostgreSQL is starting or stopping" },
};

/** Whatever no database says is our own mistake, or a row's that nobody should have written. */
export const isFault = (cause: unknown): cause is Error =>
  cause instanceof TypeError ||
  cause instanceof RangeError ||
  cause instanceof SyntaxError ||
  (cause instanceof SeatmeterError && cause.code === "internal");

/**
 * What went wrong with a history, in our words: settings_invalid where a person has to change something before it can
 * work, history_unavailable where waiting may help.
 */
export function asHistoryError(cause: unknown, place: HistoryPlace): SeatmeterError {
  if (cause instanceof SeatmeterError) return cause;
  const { errcode, code, message } = cause as { errcode?: number; code?: string; message?: string };
  const known = "file" in place ? OF_SQLITE[(errcode ?? 0) & 0xff] : OF_POSTGRES[code ?? ""];
  const where = `the history in ${placeInWords(place)}`;
  if (known) {
    const error = known.isSetting ? "settings_invalid" : "history_unavailable";
    return new SeatmeterError(error, `${where} cannot be used: ${known.words}`, { cause });
  }
  return new SeatmeterError(
    "history_unavailable",
    `${where} does not answer: ${message || code || "no reason given"}`,
    {
      cause,
    },
  );
}
