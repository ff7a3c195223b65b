import type { GrantFlag } from "./denials.ts";

/**
 * What the ledger's stream says of a launch: no names, only pseudonyms (guarantees: Privacy). Under last year's key
 * too, so that any twelve months can be counted.
 */
export interface Facts {
  product: string;
  site: string;
  version: string;
  /** The pool asked first, where another one answered: overflow is money. */
  askedFirst: string;
  user: string;
  userLastYear: string;
  device: string;
  deviceLastYear: string;
  department: string;
  attemptId: string;
}

const FACTS = [
  "product",
  "site",
  "version",
  "askedFirst",
  "user",
  "userLastYear",
  "device",
  "deviceLastYear",
  "department",
  "attemptId",
] as const satisfies (keyof Facts)[];

/** A line of fields with tabs between; no field may hold a tab or a newline (names.ts sees to that). */
export function encodeFacts(facts: Facts): string {
  // In the order of the list, and written out, which costs a launch a fifth of joining the list.
  const { product, site, version, askedFirst, user, userLastYear, device, deviceLastYear, department, attemptId } =
    facts;
  const launch = `${product}\t${site}\t${version}\t${askedFirst}`;
  return `${launch}\t${user}\t${userLastYear}\t${device}\t${deviceLastYear}\t${department}\t${attemptId}`;
}

export const decodeFacts = (fields: readonly string[]) =>
  Object.fromEntries(FACTS.map((name, i) => [name, fields[i] ?? ""])) as unknown as Facts;

/** One change or refusal in a pool. The pool's epoch and number identify it; numbers have no gaps. */
export interface LedgerEvent {
  pool: string;
  epoch: string;
  number: number;
  /** Wall time, never going backwards within a pool. */
  atMs: number;
  /** The pool's virtual time (guarantees: L2); integrals run over it. */
  virtualMs: number;
  kind: EventKind;
  leaseId: string;
  /** By how much the seats in use changed: 0 where a seat was joined or left. */
  seatsMoved: number;
  /** Seats in use afterwards. */
  level: number;
  /** granted: the flag; denied: the reason; passed: the pool asked next; ended: why; moved: the counters before;
   *  gap: milliseconds; capacity: seats. */
  word: string;
  /** When the lease began; for a denial, now. */
  sinceMs: number;
  seats: number;
  /** Counters that the lease's seat draws on, with spaces between: `site:depot`. */
  draws: string;
  facts: Facts;
  /** What the lease was granted as, where that was out of the ordinary. */
  flag: "" | GrantFlag;
  /** ended, expired: for how long nothing had been heard, in virtual time; its use ended then. */
  silentMs: number;
}

export const EVENT_KINDS = ["granted", "denied", "passed", "moved", "ended", "gap", "capacity"] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

const LINES = 5;

/**
 * Take apart one record of a pool's stream: all that one call of the script did.
 *
 * @param head   `epoch number atMs virtualMs used`: of its first event, and the seats in use before it
 * @param events five lines an event: kind, lease, seats moved, word, record
 */
export function decodeEvents(pool: string, head: string, events: string): LedgerEvent[] {
  const [epoch = "", first, atMs, virtualMs, used] = head.split(" ");
  const lines = events.split("\n");
  let level = Number(used);
  const decoded: LedgerEvent[] = [];
  for (let i = 0; i + LINES <= lines.length; i += LINES) {
    const [kind, leaseId, moved, word, record] = lines.slice(i, i + LINES) as [
      EventKind,
      string,
      string,
      string,
      string,
    ];
    const [since, seats, draws = "", ...facts] = record.split("\t");
    level += Number(moved);
    const [what, silent] = kind === "ended" ? word.split(" ") : [word];
    decoded.push({
      pool,
      epoch,
      number: Number(first) + i / LINES,
      atMs: Number(atMs),
      virtualMs: Number(virtualMs),
      kind,
      leaseId,
      seatsMoved: Number(moved),
      level,
      word: what ?? "",
      sinceMs: Number(since || atMs),
      seats: Number(seats || 0),
      draws,
      facts: decodeFacts(facts),
      flag: (facts[FACTS.length] ?? "") as "" | GrantFlag,
      silentMs: Number(silent ?? 0),
    });
  }
  return decoded;
}
