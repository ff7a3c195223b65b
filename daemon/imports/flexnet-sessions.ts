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
  /** An IN without an OUT: the log begins in the middle, or a restart came between. */
  stray?: UseEvent;
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
    if (event.kind === "in") {
      const ended = this.#end(event);
      return ended.length === 0 ? { ended, stray: event } : { ended };
    }
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
