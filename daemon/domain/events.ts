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
  /** `yes` where the person agreed to the permitted use. */
  attested: string;
  /** What a duty officer wrote who launched without a free seat. */
  breakGlassReason: string;
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
  "attested",
  "breakGlassReason",
] as const satisfies (keyof Facts)[];

/** A line of fields with tabs between; no field may hold a tab or a newline (names.ts sees to that). */
export function encodeFacts(facts: Facts): string {
  // In the order of the list, and written out, which costs a launch a fifth of joining the list.
  const { product, site, version, askedFirst, user, userLastYear, device, deviceLastYear } = facts;
  const { department, attemptId, attested, breakGlassReason } = facts;
  const launch = `${product}\t${site}\t${version}\t${askedFirst}\t${user}\t${userLastYear}`;
  return `${launch}\t${device}\t${deviceLastYear}\t${department}\t${attemptId}\t${attested}\t${breakGlassReason}`;
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
  /** EVENT_WORDS says what it is and what the details are. */
  word: string;
  details: string[];
  /** When the lease began; for a denial, now. */
  sinceMs: number;
  seats: number;
  /** Counters that the lease's seat draws on, with spaces between: `site:depot`. */
  draws: string;
  facts: Facts;
  /** What the lease was granted as, where that was out of the ordinary. */
  flags: GrantFlag[];
  /** ended, expired: for how long nothing had been heard, in virtual time; its use ended then. */
  silentMs: number;
}

/** THE TABLE of what can happen in a pool: what the event's word is, and the details behind it. */
export const EVENT_WORDS = {
  granted: "flags with commas; outside the count that decides: what would have denied it",
  denied: "the reason",
  passed: "the pool asked next",
  queued: "how long it waits at most, in milliseconds",
  offered:
    "how long the offer stands, in milliseconds; its counters are what was set aside, none for a seat that is shared or assigned",
  lapsed: "nothing: an offer that was not taken",
  abandoned: "given_up, waited or expired: nobody waits any more",
  seated: "nothing: a lease outside the count took a seat",
  moved: "the counters before",
  borrowed: "the moment until which a lease that lives is taken along",
  recalled: "nothing: a borrowed lease is wanted back",
  reclaiming: "why; after how many milliseconds",
  postponed: "by how many milliseconds; 0: it is not reclaimed after all",
  kept: "linger or hold; seats; for whom, by pseudonym",
  freed: "linger or hold; seats; whose; taken, over, yielded, unused, reassigned, unassigned, forgotten",
  ended:
    "why; for how long nothing had been heard, in milliseconds, of what expired; told afterwards by its device: 0, and the moment at which its use ended",
  journalled:
    "the error for which nobody could decide; the moment at which its use ended; from which on it needed a seat of its own; why it ended",
  gap: "milliseconds",
  capacity: "seats; reservations as group:seats with commas",
  recovering: "the ledger lost something: for how long nothing fresh is granted, in milliseconds",
} as const;
export type EventKind = keyof typeof EVENT_WORDS;
export const EVENT_KINDS = Object.keys(EVENT_WORDS) as EventKind[];

/** The flags of a lease as the ledger writes them: `overdraft,borrowed=1771000000000`. */
export function decodeFlags(text: string): { flags: GrantFlag[]; borrowedUntilMs?: number } {
  const words = text === "" ? [] : text.split(",").map((word) => word.split("="));
  const untilMs = words.find(([flag]) => flag === "borrowed")?.[1];
  return {
    flags: words.map(([flag]) => flag as GrantFlag),
    ...(untilMs !== undefined && { borrowedUntilMs: Number(untilMs) }),
  };
}

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
    const [what = "", ...details] = word.split(" ");
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
      word: what,
      details,
      sinceMs: Number(since || atMs),
      seats: Number(seats || 0),
      draws,
      facts: decodeFacts(facts),
      flags: decodeFlags(facts[FACTS.length] ?? "").flags,
      silentMs: kind === "ended" ? Number(details[0] ?? 0) : 0,
    });
  }
  return decoded;
}
