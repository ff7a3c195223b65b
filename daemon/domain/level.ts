/** One pool's counts, as the ledger has them now. */
export interface PoolLevel {
  pool: string;
  used: number;
  capacity: number;
  /** Of those in use, seats outside the count that decides: observed, excess, broken glass. */
  outside: number;
  /** Seats that reservations keep and nobody uses. */
  reservedIdle: number;
  /** The same by the group that they are kept for. */
  reservedIdleByGroup: Readonly<Record<string, number>>;
  /** Seats that are assigned to somebody who does not use them now. */
  assignedIdle: number;
  lingering: number;
  borrowed: number;
  /** Launches that wait, and seats set aside for those to whom one is offered. */
  waiting: number;
  offered: number;
  sites: Record<string, number>;
  /** Highest use of this local day, and of this minute and the five before. */
  dayPeak: number;
  recentPeak: number;
  /** Integrals over the time in which a daemon was there. */
  seatMs: number;
  fullMs: number;
  overMs: number;
  /** People who found no seat, counted when it began and not for each try (domain/refusals.ts). */
  refusals: number;
  /** Revision of the register that the pool decides by. */
  revision: number;
}

/** Seats that nobody has: not in use, not assigned, not set aside for somebody who waits; reserved ones count. */
export const freeSeats = ({ capacity, used, outside, assignedIdle, offered }: PoolLevel) =>
  Math.max(0, capacity - (used - outside) - assignedIdle - offered);

/** What Redis says of itself. */
export interface LedgerHealth {
  up: boolean;
  /** Whether Redis keeps an append-only file. */
  durable: boolean;
  memoryUsedBytes: number;
  memoryMaxBytes: number;
  evictedKeys: number;
}
