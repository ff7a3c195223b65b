import type { LedgerEvent } from "../domain/events.ts";
import type { HoldingRow, SessionRow } from "./tables.ts";

interface Seat {
  row: HoldingRow;
  /** Who is in it, by lease. */
  sharers: Map<string, Who>;
  /** The latest end of those who left it. */
  usedUntilMs: number;
}

interface Who {
  person: string;
  person_last_year: string;
  device: string;
  device_last_year: string;
}

/**
 * The seats of a pool that are open now, and who shares them. An event says whether a seat was opened, joined, left or
 * closed, and not which one: whoever joins one agrees with its sharers on the person, the computer or both, on how many
 * seats it is, and on whether it counts. Where a person has several seats alike (`sharedBy`), which of them was joined
 * cannot be told and does not matter; how many are open is always exact.
 */
export class OpenSeats {
  readonly #seats = new Map<number, Seat>();
  readonly #seatOf = new Map<string, number>();
  /** By every pseudonym of a sharer, for a launch that shares looks among its own. */
  readonly #byName = new Map<string, Set<Seat>>();
  #changed = new Set<HoldingRow>();
  #moved = new Set<string>();

  constructor(known: { sessions: SessionRow[]; holdings: HoldingRow[]; usedUntilMs: ReadonlyMap<number, number> }) {
    for (const row of known.holdings) {
      const usedUntilMs = known.usedUntilMs.get(row.number) ?? 0;
      this.#seats.set(row.number, { row, sharers: new Map(), usedUntilMs });
    }
    for (const session of known.sessions) {
      const seat = session.holding === null ? undefined : this.#seats.get(session.holding);
      if (seat) this.#enter(seat, session.lease_id, session);
    }
  }

  /** The number of the holding that a lease is in. */
  of(leaseId: string): number | undefined {
    return this.#seatOf.get(leaseId);
  }

  open(row: HoldingRow, leaseId: string): void {
    const seat: Seat = { row, sharers: new Map(), usedUntilMs: 0 };
    this.#seats.set(row.number, seat);
    this.#enter(seat, leaseId, row);
    this.#changed.add(row);
  }

  join(event: LedgerEvent, isOutside: boolean): void {
    const { user, userLastYear, device, deviceLastYear } = event.facts;
    const who = { person: user, person_last_year: userLastYear, device, device_last_year: deviceLastYear };
    let best: { seat: Seat; likeness: number } | undefined;
    for (const seat of this.#of(who)) {
      if (seat.row.seats !== event.seats || (seat.row.outside !== "") !== isOutside) continue;
      const likeness = Math.max(0, ...[...seat.sharers.values()].map((sharer) => alike(sharer, who)));
      if (likeness > (best?.likeness ?? 0)) best = { seat, likeness };
    }
    // Opened before there was a history: nothing is known of it.
    if (best) this.#enter(best.seat, event.leaseId, who);
  }

  /**
   * @param closes whether the seat was given back: the ledger's word, which puts right a wrong guess of ours
   * @param endMs  when the lease's use ended
   */
  leave(leaseId: string, closes: boolean, endMs: number): void {
    const number = this.#seatOf.get(leaseId);
    const seat = number === undefined ? undefined : this.#seats.get(number);
    if (!seat) return;
    const who = this.#exit(seat, leaseId);
    seat.usedUntilMs = Math.max(seat.usedUntilMs, endMs);
    if (closes) {
      // Who is left must be in another one that is alike.
      const other = seat.sharers.size > 0 ? this.#alike(seat, who, 1) : undefined;
      for (const [left, whose] of [...seat.sharers]) this.#move(left, whose, other);
      seat.row.end_ms = Math.max(seat.row.start_ms, seat.usedUntilMs);
      this.#seats.delete(seat.row.number);
      this.#changed.add(seat.row);
    } else if (seat.sharers.size === 0) {
      // Somebody is left in it: one of those of another one that is alike.
      const [left, whose] = [...(this.#alike(seat, who, 2)?.sharers ?? [])].at(-1) ?? [];
      if (left !== undefined && whose) this.#move(left, whose, seat);
    }
  }

  closeAll(atMs: number): void {
    for (const { row } of this.#seats.values()) {
      row.end_ms = Math.max(row.start_ms, atMs);
      this.#changed.add(row);
    }
    this.#seats.clear();
    this.#seatOf.clear();
    this.#byName.clear();
  }

  /** Holdings that are new or over, and leases whose holding is another one than was thought. */
  take(): { holdings: HoldingRow[]; moved: ReadonlySet<string> } {
    const taken = { holdings: [...this.#changed], moved: this.#moved };
    this.#changed = new Set();
    this.#moved = new Set();
    return taken;
  }

  #enter(seat: Seat, leaseId: string, { person, person_last_year, device, device_last_year }: Who) {
    seat.sharers.set(leaseId, { person, person_last_year, device, device_last_year });
    this.#seatOf.set(leaseId, seat.row.number);
    for (const name of [person, person_last_year, device, device_last_year]) {
      if (name) this.#byName.set(name, (this.#byName.get(name) ?? new Set()).add(seat));
    }
  }

  #exit(seat: Seat, leaseId: string): Who {
    const who = seat.sharers.get(leaseId) as Who;
    seat.sharers.delete(leaseId);
    this.#seatOf.delete(leaseId);
    for (const name of namesOf(who)) {
      if ([...seat.sharers.values()].some((left) => namesOf(left).includes(name))) continue;
      const seats = this.#byName.get(name);
      seats?.delete(seat);
      if (seats?.size === 0) this.#byName.delete(name);
    }
    return who;
  }

  /** Seats in which somebody has one of these names. */
  *#of(who: Who): Generator<Seat> {
    const seats = namesOf(who).flatMap((name) => [...(this.#byName.get(name) ?? [])]);
    yield* [...new Set(seats)].sort((one, other) => one.row.number - other.row.number);
  }

  #move(leaseId: string, who: Who, to: Seat | undefined) {
    const from = this.#seats.get(this.#seatOf.get(leaseId) ?? -1);
    if (from) this.#exit(from, leaseId);
    if (to) this.#enter(to, leaseId, who);
    this.#moved.add(leaseId);
  }

  #alike({ row }: Seat, who: Who, sharers: number): Seat | undefined {
    const alikeOnes = [...this.#of(who)].filter(
      (other) =>
        other.row !== row &&
        other.row.seats === row.seats &&
        (other.row.outside === "") === (row.outside === "") &&
        other.sharers.size >= sharers,
    );
    const likeness = (seat: Seat) => Math.max(...[...seat.sharers.values()].map((sharer) => alike(sharer, who)));
    return alikeOnes.filter((seat) => likeness(seat) > 0).sort((one, other) => likeness(other) - likeness(one))[0];
  }
}

const namesOf = ({ person, person_last_year, device, device_last_year }: Who) =>
  [person, person_last_year, device, device_last_year].filter(Boolean);

/** 3: the same person at the same computer, 2: the person, 1: the computer. A new year has a new key for both. */
function alike(one: Who, other: Who): number {
  const same = (now: string, before: string, otherNow: string, otherBefore: string) =>
    now !== "" && (now === otherNow || now === otherBefore || before === otherNow);
  const isPerson = same(one.person, one.person_last_year, other.person, other.person_last_year);
  const isDevice = same(one.device, one.device_last_year, other.device, other.device_last_year);
  return 2 * Number(isPerson) + Number(isDevice);
}
