import type { IsoDate } from "./calendar.ts";

/**
 * How a seat was come by. `observed`: enforcement would have denied it, so it is no use of the seats that were bought;
 * `overdraft`: a rule granted it above them; `ungoverned`: nobody could be asked, and it was told afterwards.
 */
export const GRANTED_AS = ["usual", "overdraft", "observed", "ungoverned"] as const;
export type GrantedAs = (typeof GRANTED_AS)[number];

/**
 * The time from its first checkout to its last return, lingering left out, in which one seat key holds seats:
 * [startMs, endMs). Launches that join a seat are no holdings of their own.
 */
export interface Holding {
  startMs: number;
  /** Infinity while it lasts. What was taken was held for a millisecond at least. */
  endMs: number;
  seats: number;
  /** At the time of use; empty: unknown. */
  department: string;
  grantedAs: GrantedAs;
}

/** From one moment until just before another. */
export interface Span {
  fromMs: number;
  untilMs: number;
}

/** A time without a daemon for one pool, or for the ledger, is one for every pool; a shorter one may be a busy moment. */
export const GAP_OF_ALL_MS = 60_000;

/** From this moment on so many seats were bought and in force. */
export interface SeatsFrom {
  fromMs: number;
  seats: number;
}

/**
 * Amounts by number of seats. Only the numbers that occurred, ascending: pools with weights have thousands of levels and
 * visit few of them.
 */
export interface ByLevel {
  readonly levels: readonly number[];
  /** Of `levels` at the same place; never 0. */
  readonly amounts: readonly number[];
}

/** How launches that were denied for want of seats came out; people, not tries (refusals.ts). */
export interface Refusals {
  keptWaiting: number;
  turnedAway: number;
  /** Those that another seat in the pool would have cured, for `no_seats` and `only_reserved_seats`; the others would not. */
  forSizing: { keptWaiting: number; turnedAway: number };
  /** Of each that was kept waiting, from its first denial to the grant; ascending. */
  delaysMs: readonly number[];
}

/** What a department used of a pool on a day. */
export interface DepartmentUse {
  seatMs: number;
  /** Of these, while nine tenths of the seats in force or more were in use: what the last seats were needed for. */
  busySeatMs: number;
  /** Holdings begun. */
  launches: number;
}

/**
 * What is kept of a pool and a local day, for years: no person can be told from it. The sweep makes all of it but
 * `shared`, `askedFirst` and `refusals`, which are counted from launches and denials. Days add, peaks do not.
 */
export interface PoolDay {
  pool: string;
  date: IsoDate;
  /** Midnight to midnight: of 23, 24 or 25 hours. */
  startMs: number;
  endMs: number;
  /** Most seats in use, by hours since midnight; the level carried in included. 0 where nothing was metered. */
  hourPeaks: readonly number[];
  /** The first moment of the day's peak; absent where no seat was in use. */
  peakAtMs?: number;
  /** Milliseconds with exactly so many seats in use, none included; without gaps. */
  occupancyMs: ByLevel;
  /** The same in working hours. */
  workingOccupancyMs: ByLevel;
  /** Holdings that needed the (k + 1)-th seat, by k. */
  arrivals: ByLevel;
  /** Holdings begun: launches that needed a seat. The sum of `arrivals`. */
  holdings: number;
  /** Launches that joined a seat, and cannot be refused. */
  shared: number;
  /** Holdings begun here after another pool had been asked, by that pool: overflow is money. */
  askedFirst: Readonly<Record<string, number>>;
  refusals: Refusals;
  /** By name; "" is unknown. */
  departments: Readonly<Record<string, DepartmentUse>>;
  /** Milliseconds without a free seat, while any were bought. */
  fullMs: number;
  /**
   * Milliseconds with more in use than was bought (`all`); of these, with seats of an overdraft among them, and with more
   * above than overdrafts account for. The last two may overlap.
   */
  overMs: { all: number; overdraft: number; excess: number };
  /** What enforcement would have denied and observation granted: outside everything above. */
  observed: { holdings: number; seatMs: number };
  /**
   * What was told afterwards: a part of everything above, but for what lies in the gaps below. Absent where nothing was.
   */
  ungoverned?: { holdings: number; seatMs: number };
  /** Times without a daemon, in the day. What happened in them counts nowhere else. */
  gaps: readonly Span[];
  gapMs: number;
  /** Working hours of the day, and what of them lies in no gap. */
  workingMs: number;
  coveredWorkingMs: number;
  /** What was bought and in force; the first step begins with the day. */
  capacity: readonly SeatsFrom[];
}

/** How many different people a pool had in a period: numbers only, counted while sessions are kept. */
export interface PeopleCount {
  pool: string;
  from: IsoDate;
  /** The last day. */
  until: IsoDate;
  people: number;
  /** Different seat keys: people, computers, or pairs of both, as the pool's `seatFor` says. */
  seatKeys: number;
  /** By department; one person may be counted in several. */
  byDepartment: Readonly<Record<string, number>>;
}

export const NO_REFUSALS: Refusals = {
  keptWaiting: 0,
  turnedAway: 0,
  forSizing: { keptWaiting: 0, turnedAway: 0 },
  delaysMs: [],
};

/** The most seats in use on a day. */
export const peakOf = ({ hourPeaks }: Pick<PoolDay, "hourPeaks">) => Math.max(0, ...hourPeaks);
