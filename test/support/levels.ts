import type { PoolLevel } from "../../daemon/domain/level.ts";

/** A pool of ten seats with nothing in it. */
export const levelOf = (change: Partial<PoolLevel> = {}): PoolLevel => ({
  ...{ pool: "cad", used: 0, capacity: 10, outside: 0, reservedIdle: 0, assignedIdle: 0, lingering: 0, borrowed: 0 },
  ...{ waiting: 0, offered: 0, sites: {}, dayPeak: 0, recentPeak: 0, seatMs: 0, fullMs: 0, overMs: 0, refusals: 0 },
  ...{ reservedIdleByGroup: {}, revision: 1 },
  ...change,
});
