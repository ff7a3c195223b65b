import type { DenialReason, GrantFlag } from "./denials.ts";
import type { EventKind, Facts, LedgerEvent } from "./events.ts";

interface Seat {
  seats: number;
  sharers: number;
  keys: Set<string>;
}

const OUTSIDE: readonly GrantFlag[] = ["observed", "excess", "break_glass"];

interface Lease {
  seat: Seat;
  seats: number;
  sinceMs: number;
  facts: Facts;
  flags: GrantFlag[];
}

export interface PastGrant {
  /** Who agrees on any of them shares a seat, for names change with the year; none: nobody does. */
  seatKeys: readonly string[];
  seats: number;
  facts: Facts;
  flags?: GrantFlag[];
}

interface Said {
  leaseId?: string;
  moved?: number;
  details?: string[];
  sinceMs?: number;
  seats?: number;
  facts?: Facts;
  flags?: GrantFlag[];
}

const NO_FACTS: Facts = {
  ...{ product: "", site: "", version: "", askedFirst: "", user: "", userLastYear: "", device: "", deviceLastYear: "" },
  ...{ department: "", attemptId: "", attested: "", breakGlassReason: "" },
};

/**
 * Tells of a pool what its ledger's stream would have told, had there been one: events in order, numbered without gaps,
 * with who shares a seat and how many are in use. So what happened before there was a ledger becomes history in the same
 * way as what happens now. It decides nothing: who is granted, and who is not, is its caller's to say.
 */
export class PastPool {
  readonly pool: string;
  readonly #epoch: string;
  #number = 0;
  #used = 0;
  readonly #seats = new Map<string, Seat>();
  readonly #leases = new Map<string, Lease>();
  #events: LedgerEvent[] = [];

  constructor(pool: string, epoch: string) {
    this.pool = pool;
    this.#epoch = epoch;
  }

  /** Seats in use. */
  get used(): number {
    return this.#used;
  }

  /** Whether a launch would join a seat that is in use. */
  shares(seatKeys: readonly string[]): boolean {
    return seatKeys.some((key) => this.#seats.has(key));
  }

  granted(atMs: number, leaseId: string, { seatKeys, seats, facts, flags = [] }: PastGrant): void {
    const key = seatKeys.find((one) => this.#seats.has(one));
    const seat = (key !== undefined && this.#seats.get(key)) || { seats, sharers: 0, keys: new Set() };
    const moved = seat.sharers === 0 ? seats : 0;
    seat.sharers += 1;
    for (const one of seatKeys) {
      this.#seats.set(one, seat);
      seat.keys.add(one);
    }
    const all: GrantFlag[] = moved === 0 ? ["shared", ...flags] : flags;
    this.#leases.set(leaseId, { seat, seats, sinceMs: atMs, facts, flags: all });
    this.#tell("granted", atMs, all.join(","), { leaseId, moved, seats, facts, flags: all });
  }

  ended(atMs: number, leaseId: string, why: string): void {
    const lease = this.#leases.get(leaseId);
    if (!lease) return;
    this.#leases.delete(leaseId);
    lease.seat.sharers -= 1;
    const isOver = lease.seat.sharers === 0;
    if (isOver) for (const key of lease.seat.keys) this.#seats.delete(key);
    const { seats, facts, flags, sinceMs } = lease;
    this.#tell("ended", atMs, why, {
      ...{ leaseId, moved: isOver ? -lease.seat.seats : 0, details: ["0"], sinceMs, seats, facts, flags },
    });
  }

  denied(
    atMs: number,
    leaseId: string,
    { reason, seats, facts }: { reason: DenialReason; seats: number; facts: Facts },
  ) {
    this.#tell("denied", atMs, reason, { leaseId, seats, facts });
  }

  /** From here on so many seats are in force. */
  capacity(atMs: number, seats: number): void {
    this.#tell("capacity", atMs, String(seats));
  }

  /** Until now, and for so long, nobody counted. */
  gap(atMs: number, lostMs: number): void {
    this.#tell("gap", atMs, String(lostMs));
  }

  /** Any other event of a launch, such as `queued`; its word, and what stands behind it. */
  other(kind: EventKind, atMs: number, leaseId: string, word: string, facts: Facts): void {
    this.#tell(kind, atMs, word, { leaseId, facts });
  }

  /** What was told since the last time. */
  take(): LedgerEvent[] {
    const taken = this.#events;
    this.#events = [];
    return taken;
  }

  #tell(kind: EventKind, atMs: number, word: string, said: Said = {}): void {
    const { leaseId = "", moved = 0, details = [], sinceMs = atMs, seats = 0, facts = NO_FACTS, flags = [] } = said;
    const draws = flags.some((flag) => OUTSIDE.includes(flag)) ? "outside" : facts.site && `site:${facts.site}`;
    this.#number += 1;
    this.#used += moved;
    this.#events.push({
      ...{ pool: this.pool, epoch: this.#epoch, number: this.#number, atMs, virtualMs: atMs, kind, leaseId },
      ...{ seatsMoved: moved, level: this.#used, word, details, sinceMs, seats, draws, facts, flags, silentMs: 0 },
    });
  }
}
