import type { HoldingKind, Holdings } from "../daemon/domain/holdings.ts";
import { type LocalDay, localDays } from "../daemon/domain/local-days.ts";
import type { SweptPool } from "../daemon/domain/pool-sweep.ts";
import { seeded } from "../daemon/domain/random.ts";

const HOUR_MS = 3_600_000;
const POOLS = 40;
const DEPARTMENTS = 12;

/** A year of the working hours of a council, with a step of capacity and an outage in it. */
export const YEAR: LocalDay[] = localDays("2026-04-01", "2027-03-31", {
  timezone: "Europe/London",
  workingHours: { days: [1, 2, 3, 4, 5], fromMinute: 8 * 60, untilMinute: 18 * 60 },
  holidays: "england",
});
const working = YEAR.flatMap(({ working }) => (working ? [working] : []));

export const POOLS_OF_YEAR: SweptPool[] = Array.from({ length: POOLS }, (_, i) => ({
  name: `pool-${i}`,
  capacity: [
    { fromMs: 0, seats: 100 },
    { fromMs: YEAR[133]!.startMs, seats: 120 },
  ],
  gaps: [{ fromMs: working[170]!.fromMs, untilMs: working[170]!.fromMs + 42 * 60_000 }],
}));

const KINDS: HoldingKind[] = Array.from({ length: DEPARTMENTS * 2 }, (_, i) => ({
  seats: i < DEPARTMENTS ? 1 : 2,
  department: `department-${i % DEPARTMENTS}`,
  grantedAs: "usual",
}));

/**
 * Made-up holdings, in no order: begun in working hours, exponential lengths, as many at once as they make. Shorter ones
 * where they are more, so that the levels are those of a council and not of a country.
 */
export function manyHoldings(count: number): Holdings {
  const random = seeded(count);
  const holdings = {
    pool: new Uint16Array(count),
    startMs: new Float64Array(count),
    endMs: new Float64Array(count),
    kind: new Uint16Array(count),
    kinds: KINDS,
  };
  const meanMs = Math.min(HOUR_MS, (HOUR_MS * 2_000_000) / count);
  for (let i = 0; i < count; i++) {
    const startMs = working[Math.floor(random() * working.length)]!.fromMs + Math.floor(random() * 10 * HOUR_MS);
    holdings.pool[i] = Math.floor(random() * POOLS);
    holdings.startMs[i] = startMs;
    holdings.endMs[i] = startMs + Math.ceil(-Math.log(1 - random()) * meanMs);
    holdings.kind[i] = Math.floor(random() * KINDS.length);
  }
  return holdings;
}
