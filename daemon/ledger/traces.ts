import type { RedisClient } from "./connection.ts";
import type { Keys } from "./keys.ts";

/** What outlives a lease in the ledger, under pseudonym: the names of all that is so called, up to the colon. */
export const TRACES = {
  linger: "a seat kept for who gave it back, for as long as its pool says",
  hold: "a seat assigned to a person or a computer, for as long as its pool says",
  cool: "two minutes in which a seat that was reclaimed cannot be taken again",
  glass: "how often somebody on duty broke the glass this month",
  refused: "that somebody found no seat, for a quarter of an hour, or a day while the same attempt goes on",
} as const;
export type TraceKind = keyof typeof TRACES;

/** One of them; its name holds pseudonyms. */
export interface Trace {
  pool: string;
  kind: TraceKind;
  name: string;
}

const PAGE = 1000;

/** All traces of somebody in a pool, by pseudonyms of the person and of computers that only this person used. */
export async function tracesIn(
  redis: RedisClient,
  keys: Keys,
  pool: string,
  names: ReadonlySet<string>,
): Promise<Trace[]> {
  const found = new Map<string, Trace>();
  const look = (name: string) => {
    const kind = name.slice(0, name.indexOf(":")) as TraceKind;
    if (kind in TRACES && isOf(kind, name.slice(kind.length + 1), names)) found.set(name, { pool, kind, name });
  };
  for (let cursor = "0"; ; ) {
    const [next, fields] = await redis.hscan(keys.of(pool, "leases"), cursor, "COUNT", PAGE);
    for (let i = 0; i < fields.length; i += 2) look(fields[i]!);
    cursor = next;
    if (next === "0") break;
  }
  // Assignments are nowhere but among what is dated.
  for (let cursor = "0"; ; ) {
    const [next, members] = await redis.zscan(keys.of(pool, "dated"), cursor, "COUNT", PAGE);
    for (let i = 0; i < members.length; i += 2) look(members[i]!);
    cursor = next;
    if (next === "0") break;
  }
  return [...found.values()];
}

/** `user:device`, `name*3`, `user:2026-11` and `product user`, as lua/call/02-records.lua states them. */
function isOf(kind: TraceKind, whose: string, names: ReadonlySet<string>): boolean {
  switch (kind) {
    case "hold":
      return names.has(whose.replace(/\*\d+$/, ""));
    case "refused":
      return names.has(whose.slice(whose.lastIndexOf(" ") + 1));
    default:
      return names.has(whose.slice(0, whose.indexOf(":")));
  }
}
