import { type DayChange, type DayConditions, dayConditions } from "./day-changes.ts";
import { DepartmentTally } from "./department-tally.ts";
import type { HoldingKind } from "./holdings.ts";
import { HOUR_MS } from "./hours.ts";
import { LevelTally } from "./level-tally.ts";
import type { LocalDay } from "./local-days.ts";
import { NO_REFUSALS, type PoolDay, type SeatsFrom, type Span } from "./usage.ts";

/** A pool as it is swept. */
export interface SweptPool {
  name: string;
  /** Ascending; before the first one there were no seats. */
  capacity: readonly SeatsFrom[];
  /** Times without a daemon, in any order. */
  gaps: readonly Span[];
  /** As many as there are may be used of what was bought (`metric: site`): it is never full, and never above. */
  endless?: boolean;
}

/** A kind of holdings, with what the sweep asks of it at each event worked out before. */
interface SweptKind {
  seats: number;
  department: number;
  overdraft: boolean;
  observed: boolean;
  ungoverned: boolean;
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * One pool's way through its events. Time is passed in stretches in which nothing changes; a stretch of no length, as
 * between an end and a start in one millisecond, leaves no trace.
 */
export class PoolSweep {
  readonly #pool: SweptPool;
  readonly #kinds: readonly SweptKind[];
  readonly #departments: DepartmentTally;
  /** Time at each level outside working hours, in them, and the one of the two that is being added to. */
  readonly #offMs = new LevelTally();
  readonly #workingMs = new LevelTally();
  #currentMs = this.#offMs;
  readonly #arrivals = new LevelTally();

  #nowMs = 0;
  #level = 0;
  #overdraftSeats = 0;
  #observedSeats = 0;
  #ungovernedSeats = 0;
  /** Clocks of the pool: time with a daemon, and of it the time with nine tenths of the seats in use. */
  #meteredMs = 0;
  #busyMs = 0;

  #metered = true;
  #capacity = 0;
  /** From here on a level is looked at twice: nine tenths of the seats; or any use, where there are none. */
  #busyFrom = 0;
  #changes: readonly DayChange[] = [];
  #nextChange = 0;
  #nextChangeMs = NEVER;

  #hourPeak = 0;
  #dayPeak = 0;
  #dayPeakAtMs = 0;
  #holdings = 0;
  #fullMs = 0;
  #over = { all: 0, overdraft: 0, excess: 0 };
  #observed = { holdings: 0, seatMs: 0 };
  #ungoverned = { holdings: 0, seatMs: 0 };

  constructor(pool: SweptPool, kinds: readonly HoldingKind[], departments: readonly string[]) {
    this.#pool = pool;
    this.#kinds = kinds.map(({ seats, department, grantedAs }) => ({
      seats,
      department: departments.indexOf(department),
      overdraft: grantedAs === "overdraft",
      observed: grantedAs === "observed",
      ungoverned: grantedAs === "ungoverned",
    }));
    this.#departments = new DepartmentTally(departments);
  }

  /** Holdings that last from before the first day. */
  carryIn(kind: number, holdings: number): void {
    if (holdings > 0) this.#move(this.#kinds[kind]!, holdings);
  }

  /**
   * Pass one day.
   *
   * @param events all pools' events, and where each hour of this day begins in them, with the end of the last one
   */
  day(day: LocalDay, gaps: readonly Span[], events: Float64Array, firstOf: Uint32Array): PoolDay {
    const conditions = dayConditions(day, gaps, this.#pool.capacity);
    this.#nowMs = day.startMs;
    this.#changes = conditions.changes;
    this.#nextChange = 0;
    this.#nextChangeMs = day.startMs;
    const hourPeaks: number[] = [];
    for (let hour = 0; hour + 1 < firstOf.length; hour++) {
      const hourMs = day.startMs + hour * HOUR_MS;
      this.#hourPeak = 0;
      this.#events(events, firstOf[hour]!, firstOf[hour + 1]!, hourMs);
      this.#passUntil(Math.min(day.endMs, hourMs + HOUR_MS));
      hourPeaks.push(this.#hourPeak);
    }
    return this.#taken(day, conditions, hourPeaks);
  }

  #events(events: Float64Array, from: number, until: number, hourMs: number) {
    const kinds = this.#kinds.length;
    for (let i = from; i < until; i++) {
      const event = events[i]!;
      const moment = Math.floor(event / kinds);
      const kind = this.#kinds[event - moment * kinds]!;
      this.#passUntil(hourMs + (moment >> 1));
      if (moment & 1) this.#begin(kind);
      else this.#move(kind, -1);
    }
  }

  #begin(kind: SweptKind) {
    if (this.#metered) {
      if (kind.observed) this.#observed.holdings += 1;
      else {
        this.#arrivals.add(this.#level + kind.seats - 1, 1);
        this.#holdings += 1;
        this.#departments.launch(kind.department);
      }
    }
    if (kind.ungoverned) this.#ungoverned.holdings += 1;
    this.#move(kind, 1);
  }

  #move({ seats, department, overdraft, observed, ungoverned }: SweptKind, times: number) {
    const moved = seats * times;
    if (observed) {
      this.#observedSeats += moved;
      return;
    }
    this.#level += moved;
    if (overdraft) this.#overdraftSeats += moved;
    if (ungoverned) this.#ungovernedSeats += moved;
    this.#departments.move(department, moved, this.#meteredMs, this.#busyMs);
  }

  #passUntil(atMs: number) {
    while (this.#nextChangeMs <= atMs) {
      this.#pass(this.#nextChangeMs);
      this.#change(this.#changes[this.#nextChange]!);
    }
    this.#pass(atMs);
  }

  #change({ metered, working, capacity }: DayChange) {
    this.#metered = metered;
    this.#currentMs = working ? this.#workingMs : this.#offMs;
    this.#capacity = capacity;
    this.#busyFrom = capacity > 0 ? (this.#pool.endless ? NEVER : Math.ceil((capacity * 9) / 10)) : 1;
    this.#nextChange += 1;
    this.#nextChangeMs = this.#changes[this.#nextChange]?.fromMs ?? NEVER;
  }

  #pass(untilMs: number) {
    const passedMs = untilMs - this.#nowMs;
    if (passedMs <= 0) return;
    const level = this.#level;
    if (this.#metered) {
      this.#meteredMs += passedMs;
      this.#currentMs.add(level, passedMs);
      if (level > this.#hourPeak) {
        this.#hourPeak = level;
        if (level > this.#dayPeak) {
          this.#dayPeak = level;
          this.#dayPeakAtMs = this.#nowMs;
        }
      }
      if (level >= this.#busyFrom) this.#passBusy(level, passedMs);
      if (this.#observedSeats > 0) this.#observed.seatMs += this.#observedSeats * passedMs;
    }
    // Its own computers tell of it: it needs no daemon to have been there.
    if (this.#ungovernedSeats > 0) this.#ungoverned.seatMs += this.#ungovernedSeats * passedMs;
    this.#nowMs = untilMs;
  }

  #passBusy(level: number, passedMs: number) {
    if (this.#capacity > 0) {
      this.#busyMs += passedMs;
      if (level >= this.#capacity) this.#fullMs += passedMs;
    }
    if (level <= this.#capacity) return;
    this.#over.all += passedMs;
    if (this.#overdraftSeats > 0) this.#over.overdraft += passedMs;
    if (level - this.#capacity > this.#overdraftSeats) this.#over.excess += passedMs;
  }

  /** The day as it is kept; the sums begin anew. */
  #taken(day: LocalDay, conditions: DayConditions, hourPeaks: number[]): PoolDay {
    const workingOccupancyMs = this.#workingMs.take();
    this.#offMs.addAll(workingOccupancyMs);
    const { gaps, gapMs, workingMs, coveredWorkingMs, capacity } = conditions;
    const taken: PoolDay = {
      pool: this.#pool.name,
      date: day.date,
      startMs: day.startMs,
      endMs: day.endMs,
      hourPeaks,
      ...(this.#dayPeak > 0 && { peakAtMs: this.#dayPeakAtMs }),
      occupancyMs: this.#offMs.take(),
      workingOccupancyMs,
      arrivals: this.#arrivals.take(),
      holdings: this.#holdings,
      shared: 0,
      askedFirst: {},
      refusals: NO_REFUSALS,
      departments: this.#departments.take(this.#meteredMs, this.#busyMs),
      fullMs: this.#fullMs,
      overMs: this.#over,
      observed: this.#observed,
      ...(this.#ungoverned.holdings + this.#ungoverned.seatMs > 0 && { ungoverned: this.#ungoverned }),
      gaps,
      gapMs,
      workingMs,
      coveredWorkingMs,
      capacity,
    };
    this.#dayPeak = 0;
    this.#holdings = 0;
    this.#fullMs = 0;
    this.#over = { all: 0, overdraft: 0, excess: 0 };
    this.#observed = { holdings: 0, seatMs: 0 };
    this.#ungoverned = { holdings: 0, seatMs: 0 };
    return taken;
  }
}
