import type { PoolPolicy } from "../../daemon/domain/policy.ts";
import type { Kind } from "../../daemon/ledger/operations.ts";

/** What is asked of the pool and of the model, in the same words. */
export interface Asked {
  kind: Kind;
  leaseId: string;
  holder: string;
  seatKey: string;
  seats: number;
  site: string;
  verdict: string;
  next: string;
  facts: string;
}

interface Lease {
  holder: string;
  seatKey: string;
  seats: number;
  draws: string;
  facts: string;
  flag: string;
  sinceMs: number;
  dueMs: number;
}

interface Seat {
  leases: number;
  seats: number;
  draws: string;
}

/** An event as the model tells it; `decodeEvents` tells the same of the stream. */
export interface ToldEvent {
  kind: string;
  leaseId: string;
  seatsMoved: number;
  word: string;
  seats: number;
  draws: string;
  sinceMs: number;
  level: number;
  silentMs: number;
  flag: string;
}

export interface Bounds {
  rememberMs: number;
  rememberMost: number;
  sweepMost: number;
}

/** The moment of a call, read from the pool afterwards: the model has no clock of its own. */
export interface Moment {
  atMs: number;
  virtualMs: number;
  /** Wall time since the last call, of which `stepMs` passed in virtual time. */
  passedMs: number;
  stepMs: number;
}

/** The rules of a pool, written down a second time and without regard to speed. */
export class PoolModel {
  readonly leases = new Map<string, Lease>();
  readonly ended = new Map<string, string>();
  readonly notes = new Map<string, { next: string; dueMs: number }>();
  readonly seats = new Map<string, Seat>();
  memory: { virtualMs: number; expired: boolean; ids: string[] }[] = [];
  used = 0;
  seatMs = 0;
  fullMs = 0;
  overMs = 0;
  capacity: number | undefined;
  minutePeaks: number[] = [0];
  dayPeak = 0;
  lastMinute: number | undefined;
  dayIsOver = true;
  policy: PoolPolicy;
  readonly bounds: Bounds;
  #told: ToldEvent[] = [];
  #moment: Moment = { atMs: 0, virtualMs: 0, passedMs: 0, stepMs: 0 };

  constructor(policy: PoolPolicy, bounds: Bounds) {
    this.policy = policy;
    this.bounds = bounds;
  }

  /** Everything asked in one call, and what it answers and tells. */
  call(moment: Moment, asked: readonly Asked[]): { answers: string[]; told: ToldEvent[] } {
    this.#moment = moment;
    this.#told = [];
    this.#letTimePass();
    this.#forget();
    const moreDue = this.#sweep();
    const of = (kind: Kind) => asked.filter((one) => one.kind === kind);
    const returned = of("checkin").map((one) => this.#checkin(one));
    const memory = this.#endedNow.splice(0);
    if (memory.length > 0) this.memory.push({ virtualMs: moment.virtualMs, expired: false, ids: memory });
    const renewed = of("renew").flatMap((one) => this.#renew(one));
    const granted = of("checkout").map((one) => this.#checkout(one, moreDue));
    return { answers: [...returned, ...renewed, ...granted], told: this.#told };
  }

  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    const add = ({ draws, seats }: { draws: string; seats: number }) => {
      counts[draws] = (counts[draws] ?? 0) + seats;
    };
    for (const seat of this.seats.values()) add(seat);
    for (const lease of this.leases.values()) if (lease.seatKey === "") add(lease);
    return counts;
  }

  readonly #endedNow: string[] = [];

  #letTimePass() {
    const { atMs, passedMs, stepMs } = this.#moment;
    if (this.used > 0) {
      this.seatMs += this.used * stepMs;
      if (this.used >= (this.capacity ?? 0)) this.fullMs += stepMs;
      if (this.used > (this.capacity ?? 0)) this.overMs += stepMs;
      if (passedMs !== stepMs) this.#tell("gap", "", 0, String(passedMs - stepMs));
    }
    const { seats } = this.policy.steps[0]!;
    if (this.capacity !== seats) {
      this.capacity = seats;
      this.#tell("capacity", "", 0, String(seats));
    }
    const minute = Math.floor(atMs / 60_000);
    for (let passed = (this.lastMinute ?? minute) + 1; passed <= minute; passed++) {
      this.minutePeaks = [this.used, ...this.minutePeaks].slice(0, 6);
    }
    this.lastMinute = minute;
    if (this.dayIsOver) this.dayPeak = this.used;
    this.dayIsOver = false;
  }

  #forget() {
    for (let most = 3; most > 0; most--) {
      const [oldest] = this.memory;
      const remembered = this.memory.reduce((sum, entry) => sum + entry.ids.length, 0);
      if (!oldest) return;
      const young = this.#moment.virtualMs - oldest.virtualMs < this.bounds.rememberMs;
      if (young && remembered <= this.bounds.rememberMost) return;
      this.memory.shift();
      for (const id of oldest.ids) {
        if (!oldest.expired || this.ended.get(id) === "expired") this.ended.delete(id);
      }
    }
  }

  #sweep(): boolean {
    const held = [...this.leases, ...this.notes].filter(([, { dueMs }]) => dueMs <= this.#moment.virtualMs);
    held.sort(([a, one], [b, other]) => one.dueMs - other.dueMs || (a < b ? -1 : 1));
    const overdue = held.slice(0, this.bounds.sweepMost);
    for (const [id, { dueMs }] of overdue) {
      this.notes.delete(id);
      if (this.leases.has(id)) this.#finish(id, "expired", this.#moment.virtualMs - dueMs + this.policy.ttlMs);
    }
    const ids = this.#endedNow.splice(0);
    if (ids.length > 0) this.memory.push({ virtualMs: this.#moment.virtualMs, expired: true, ids });
    return overdue.length === this.bounds.sweepMost;
  }

  #finish(id: string, why: string, silentMs: number) {
    const lease = this.leases.get(id)!;
    const seat = this.seats.get(lease.seatKey);
    let moved = lease.seats;
    if (seat && seat.leases > 1) {
      seat.leases -= 1;
      moved = 0;
    } else this.seats.delete(lease.seatKey);
    this.leases.delete(id);
    this.ended.set(id, why);
    this.#endedNow.push(id);
    this.used -= moved;
    this.#tell("ended", id, 0 - moved, why, lease, silentMs);
  }

  #checkin({ leaseId, holder }: Asked): string {
    const lease = this.leases.get(leaseId);
    if (!lease) return "gone";
    if (lease.holder !== holder) return "not_holder";
    this.#finish(leaseId, "checked_in", 0);
    return "returned";
  }

  #renew({ leaseId, holder }: Asked): string[] {
    const lease = this.leases.get(leaseId);
    const note = this.notes.get(leaseId);
    if (note) note.dueMs = this.#moment.virtualMs + this.policy.noteMs;
    else if (!lease) return ["gone", leaseId];
    else if (lease.holder !== holder) return ["not_holder", leaseId];
    else lease.dueMs = this.#moment.virtualMs + this.policy.ttlMs;
    return [];
  }

  #checkout(asked: Asked, moreDue: boolean): string {
    const { leaseId, holder, seatKey, seats, site, verdict, next, facts } = asked;
    const { virtualMs, atMs } = this.#moment;
    const dueMs = virtualMs + this.policy.ttlMs;
    const held = this.leases.get(leaseId);
    if (held) {
      if (held.holder !== holder) return "not_holder";
      held.dueMs = dueMs;
      this.#moveTo(`site:${site}`, leaseId, held, facts);
      return "live";
    }
    const note = this.notes.get(leaseId);
    if (note) return `passed ${note.next}`;
    const ended = this.ended.get(leaseId);
    if (ended !== undefined && ended !== "expired") return "returned";
    const lease: Lease = { holder, seatKey, seats, draws: `site:${site}`, facts, flag: "", sinceMs: atMs, dueMs };
    if (verdict !== "") {
      this.#tell("denied", leaseId, 0, verdict, lease);
      return verdict;
    }
    const seat = seatKey === "" ? undefined : this.seats.get(seatKey);
    if (seat) {
      seat.leases += 1;
      Object.assign(lease, { seats: seat.seats, draws: seat.draws, flag: "shared" });
      this.#hold(leaseId, lease, 0);
      return "shared";
    }
    const reason = this.#refusal(seats, site);
    if (reason) {
      if (moreDue) return "again";
      if (next !== "" && !reason.startsWith("entitlement")) {
        this.ended.delete(leaseId);
        this.notes.set(leaseId, { next, dueMs: virtualMs + this.policy.noteMs });
        this.#tell("passed", leaseId, 0, next, lease);
        return `passed ${next}`;
      }
      this.#tell("denied", leaseId, 0, reason, lease);
      return reason;
    }
    lease.flag = ended === "expired" ? "resumed" : "";
    if (seatKey !== "") this.seats.set(seatKey, { leases: 1, seats, draws: lease.draws });
    this.#hold(leaseId, lease, seats);
    return lease.flag || "granted";
  }

  #hold(leaseId: string, lease: Lease, moved: number) {
    this.ended.delete(leaseId);
    this.leases.set(leaseId, lease);
    this.used += moved;
    this.minutePeaks[0] = Math.max(this.minutePeaks[0] ?? 0, this.used);
    this.dayPeak = Math.max(this.dayPeak, this.used);
    this.#tell("granted", leaseId, moved, lease.flag, lease);
  }

  #refusal(seats: number, site: string): string | undefined {
    const { reason } = this.policy.steps[0]!;
    if (this.used + seats > this.capacity!) return this.capacity === 0 ? reason : "no_seats";
    const ceiling = this.policy.ceilings[site];
    const atSite = this.counts()[`site:${site}`] ?? 0;
    return ceiling !== undefined && atSite + seats > ceiling ? "site_full" : undefined;
  }

  #moveTo(draws: string, leaseId: string, lease: Lease, facts: string) {
    if (draws === lease.draws) return;
    const before = lease.draws;
    const seat = this.seats.get(lease.seatKey);
    if (seat) {
      if (seat.leases > 1) return;
      seat.draws = draws;
    }
    lease.draws = draws;
    lease.facts = facts;
    this.#tell("moved", leaseId, 0, before, lease);
  }

  #tell(kind: string, leaseId: string, seatsMoved: number, word: string, lease?: Lease, silentMs = 0) {
    const { seats = 0, draws = "", sinceMs = this.#moment.atMs, flag = "" } = lease ?? {};
    const level = this.used;
    this.#told.push({ kind, leaseId, seatsMoved, word, seats, draws, sinceMs, level, silentMs, flag });
  }
}
