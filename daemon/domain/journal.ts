const DAY_MS = 86_400_000;

/** What a computer used while nobody could be asked is told for so long; it is dropped there, and left out here, after that. */
export const JOURNAL_KEPT_DAYS = 7;
export const JOURNAL_KEPT_MS = JOURNAL_KEPT_DAYS * DAY_MS;
/** Its id is remembered for longer, for clocks are set: what is told twice counts once. */
export const JOURNAL_REMEMBERED_MS = JOURNAL_KEPT_MS + DAY_MS;
/** So many in one message; a frame has no room for many more. */
export const JOURNAL_ENTRIES = 32;

/** THE TABLE of what an enrolled computer signs of each entry, in this order, so that it does not hang on how JSON is written. */
export const JOURNAL_SIGNED = [
  "id",
  "product",
  "user",
  "version",
  "seats",
  "startedAtMs",
  "endedAtMs",
  "reason",
  "why",
] as const;
/** What is left out is signed as what it counts as. */
const LEFT_OUT: Readonly<Record<string, number>> = { seats: 1 };

/** An entry as it goes over the wire. */
export type SignedEntry = { readonly [Field in (typeof JOURNAL_SIGNED)[number]]?: string | number | undefined };

/** What is signed of a journal, in base64url. */
export function journalDigest(entries: readonly SignedEntry[]): string {
  const signed = entries.map((entry) => JOURNAL_SIGNED.map((field) => entry[field] ?? LEFT_OUT[field] ?? null));
  // Loaded only where something is signed: a launch reads this file, too.
  return process
    .getBuiltinModule("node:crypto")
    .createHash("sha256")
    .update(JSON.stringify(signed))
    .digest("base64url");
}

/** Use of a program that no daemon heard of, from one moment to another. */
export interface Use {
  /** Uses with the same key share a seat; empty: none does. */
  seatKey: string;
  fromMs: number;
  untilMs: number;
}

/**
 * From when on each use needs a seat of its own: not while one that shares its seat is in use already. So the times that
 * remain add up to those in which anybody had the seat.
 *
 * @param uses of one computer and one pool, in any order
 * @returns by use; its own end where it needs none
 */
export function heldFrom<Told extends Use>(uses: readonly Told[]): Map<Told, number> {
  const coveredUntil = new Map<string, number>();
  const from = new Map<Told, number>();
  for (const use of uses.toSorted((one, other) => one.fromMs - other.fromMs)) {
    const { seatKey, fromMs, untilMs } = use;
    const covered = seatKey === "" ? fromMs : (coveredUntil.get(seatKey) ?? fromMs);
    from.set(use, Math.min(untilMs, Math.max(fromMs, covered)));
    coveredUntil.set(seatKey, Math.max(covered, untilMs));
  }
  return from;
}
