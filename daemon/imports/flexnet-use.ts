import { folded } from "../domain/names.ts";
import type { FlexnetEvent } from "./flexnet-log.ts";
import type { Session, Step } from "./flexnet-sessions.ts";

/** What a log shows of one feature, as its own OUT and IN lines say. */
export interface FeatureUse {
  feature: string;
  /** OUT lines, however many seats each took. */
  launches: number;
  /** Most seats in use at once: every session its own, */
  peakSessions: number;
  /** or those of a user on one device together, as long as each took as many seats (front/asked.ts). */
  peakUserDevice: number;
  denials: number;
  firstAtMs: number;
  lastAtMs: number;
}

interface Tally extends FeatureUse {
  sessions: number;
  shared: number;
  /** Sessions by shared seat. */
  sharers: Map<string, number>;
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
      .map(({ sessions: _sessions, shared: _shared, sharers: _sharers, ...use }) => use)
      .sort((one, other) => (one.feature < other.feature ? -1 : 1));
  }

  #of(feature: string, atMs: number): Tally {
    let tally = this.#tallies.get(feature);
    if (!tally) {
      const none = { launches: 0, peakSessions: 0, peakUserDevice: 0, denials: 0, sessions: 0, shared: 0 };
      tally = { feature, ...none, firstAtMs: atMs, lastAtMs: atMs, sharers: new Map() };
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
  const sharers = tally.sharers.get(key) ?? 0;
  tally.sharers.set(key, sharers + 1);
  if (sharers > 0) return;
  tally.shared += session.seats;
  tally.peakUserDevice = Math.max(tally.peakUserDevice, tally.shared);
}

function leave(tally: Tally, session: Session) {
  tally.sessions -= session.seats;
  const key = userDevice(session);
  const sharers = tally.sharers.get(key)! - 1;
  if (sharers > 0) {
    tally.sharers.set(key, sharers);
    return;
  }
  tally.sharers.delete(key);
  tally.shared -= session.seats;
}

const userDevice = ({ user, host, seats }: Session) => [folded(user), folded(host), seats].join("\u001f");
