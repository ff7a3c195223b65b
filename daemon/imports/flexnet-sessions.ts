import { folded } from "../domain/names.ts";
import type { FlexnetEvent, UseEvent } from "./flexnet-log.ts";

/** One OUT and the IN that belongs to it. */
export interface Session {
  /** From 1, in the order of the OUT lines. */
  number: number;
  vendor: string;
  feature: string;
  user: string;
  host: string;
  seats: number;
  handle?: string;
  fromMs: number;
  /** Not there while it is open. */
  untilMs?: number;
}

/** What one event did. */
export interface Step {
  began?: Session;
  ended: Session[];
}

/**
 * Pairs OUT and IN. An IN ends a session of the same feature, user and host: the one with its handle, else the oldest
 * with as many seats, else the oldest. A restart ends all of the daemon's.
 */
export class FlexnetSessions {
  /** IN lines without an OUT: the log begins in the middle, or a restart came between. */
  unmatched = 0;
  readonly #open = new Map<string, Session[]>();
  #count = 0;

  /** Sessions whose IN has not come. */
  *open(): Generator<Session> {
    for (const sessions of this.#open.values()) yield* sessions;
  }

  follow(event: FlexnetEvent): Step {
    if (event.kind === "out") return { began: this.#begin(event), ended: [] };
    if (event.kind === "in") return { ended: this.#end(event) };
    if (event.kind === "restart") return { ended: this.#endAll(event.vendor, event.atMs) };
    return { ended: [] };
  }

  #begin(event: UseEvent): Session {
    this.#count += 1;
    const { vendor, feature, user, host, seats, handle, atMs } = event;
    const session: Session = { number: this.#count, vendor, feature, user, host, seats, fromMs: atMs };
    if (handle) session.handle = handle;
    const key = keyOf(event);
    const open = this.#open.get(key);
    if (open) open.push(session);
    else this.#open.set(key, [session]);
    return session;
  }

  #end(event: UseEvent): Session[] {
    const key = keyOf(event);
    const open = this.#open.get(key);
    if (!open) {
      this.unmatched += 1;
      return [];
    }
    const same = (test: (session: Session) => boolean) => open.find(test);
    const session =
      (event.handle && same(({ handle }) => handle === event.handle)) ||
      same(({ seats }) => seats === event.seats) ||
      open[0]!;
    open.splice(open.indexOf(session), 1);
    if (open.length === 0) this.#open.delete(key);
    session.untilMs = event.atMs;
    return [session];
  }

  #endAll(vendor: string | undefined, atMs: number): Session[] {
    const ended: Session[] = [];
    for (const [key, sessions] of this.#open) {
      // A feature belongs to one daemon, so the first session speaks for all.
      if (vendor !== undefined && sessions[0]!.vendor !== vendor) continue;
      this.#open.delete(key);
      for (const session of sessions) session.untilMs = Math.max(atMs, session.fromMs);
      ended.push(...sessions);
    }
    return ended;
  }
}

const keyOf = ({ feature, user, host }: { feature: string; user: string; host: string }) =>
  [feature, folded(user), folded(host)].join("\u001f");

/** Who shares a seat under `seatFor: [user, device]`, and in whose name. */
export const userDevice = (session: { user: string; host: string }) => keyOf({ feature: "", ...session });

/** What a log shows of one feature, as its own OUT and IN lines say. */
export interface FeatureUse {
  feature: string;
  /** OUT lines, however many seats each took. */
  launches: number;
  /** Most seats in use at once: every session its own, */
  peakSessions: number;
  /** or those of a user on one device together, with as many seats as the first of them took. */
  peakUserDevice: number;
  denials: number;
  firstAtMs: number;
  lastAtMs: number;
}

interface Tally extends FeatureUse {
  sessions: number;
  shared: number;
  seats: Map<string, { sessions: number; seats: number }>;
}

/** Counts by feature, while the log is read; a feature appears with its first line. */
export class FlexnetUse {
  readonly #tallies = new Map<string, Tally>();

  /** @param step what `FlexnetSessions.follow` made of the event */
  follow(event: FlexnetEvent, { began, ended }: Step) {
    if (event.kind !== "restart") {
      const tally = this.#of(event.feature, event.atMs);
      tally.lastAtMs = Math.max(tally.lastAtMs, event.atMs);
      if (event.kind === "denied") tally.denials += 1;
    }
    for (const session of ended) leave(this.#of(session.feature, session.fromMs), session);
    if (began) enter(this.#of(began.feature, began.fromMs), began);
  }

  /** In the order of the names. */
  features(): FeatureUse[] {
    return [...this.#tallies.values()]
      .map(({ sessions: _sessions, shared: _shared, seats: _seats, ...use }) => use)
      .sort((one, other) => (one.feature < other.feature ? -1 : 1));
  }

  #of(feature: string, atMs: number): Tally {
    let tally = this.#tallies.get(feature);
    if (!tally) {
      const none = { launches: 0, peakSessions: 0, peakUserDevice: 0, denials: 0, sessions: 0, shared: 0 };
      tally = { feature, ...none, firstAtMs: atMs, lastAtMs: atMs, seats: new Map() };
      this.#tallies.set(feature, tally);
    }
    return tally;
  }
}

function enter(tally: Tally, session: Session) {
  tally.launches += 1;
  tally.sessions += session.seats;
  tally.peakSessions = Math.max(tally.peakSessions, tally.sessions);
  const key = userDevice(session);
  const seat = tally.seats.get(key);
  if (seat) {
    seat.sessions += 1;
    return;
  }
  tally.seats.set(key, { sessions: 1, seats: session.seats });
  tally.shared += session.seats;
  tally.peakUserDevice = Math.max(tally.peakUserDevice, tally.shared);
}

function leave(tally: Tally, session: Session) {
  tally.sessions -= session.seats;
  const key = userDevice(session);
  const seat = tally.seats.get(key)!;
  seat.sessions -= 1;
  if (seat.sessions > 0) return;
  tally.seats.delete(key);
  tally.shared -= seat.seats;
}
