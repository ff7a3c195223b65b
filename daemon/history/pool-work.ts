import { type IsoDate, wallTime } from "../domain/calendar.ts";
import type { Pool, Register } from "../domain/register.ts";
import type { SeatsFrom } from "../domain/usage.ts";
import { differFromMs } from "./dated-capacity.ts";
import type { PoolToSweep } from "./swept-days.ts";
import type { RolledPoolRow, StaleRow } from "./tables.ts";

/** So long a day that is under way may be behind, where nothing happens that changes it but time. */
const REFRESH_MS = 10 * 60_000;

/** A pool, what it is worked out from, and what was before. */
export interface PoolWork extends PoolToSweep {
  register: Register;
  basis: string;
  before: RolledPoolRow | undefined;
  /** Read before anything else. */
  stale: StaleRow[];
  firstMs: number;
  nowMs: number;
  /** Of the pools, so many are done when this one is; of 1. */
  share: number;
}

/** What of the register a pool's days depend on, besides its seats: where it is another, all of them are worked out. */
export function basisOf({ timezone, workingHours, holidays }: Register, names: readonly string[], pool?: Pool): string {
  const { metric, holdMs } = pool ?? {};
  // What most pools have none of is left out: their basis stays as it was.
  const counted = { ...(metric === "site" && { metric }), ...(holdMs !== undefined && { metric, holdMs }) };
  return JSON.stringify({ timezone, workingHours, holidays, names, ...counted });
}

/** From when on days are to be worked out; undefined where nothing is. */
export function behindFromMs({
  before,
  basis,
  capacity,
  stale,
  firstMs,
  nowMs,
  register,
}: PoolWork): number | undefined {
  if (!before || before.basis !== basis) return firstMs;
  const day = (atMs: number) => wallTime(atMs, register.timezone).date;
  const unfinished = day(before.until_ms) < day(nowMs) || nowMs - before.until_ms >= REFRESH_MS;
  const from = [
    ...stale.map(({ from_ms }) => from_ms),
    differFromMs(JSON.parse(before.capacity) as SeatsFrom[], stepsUntil(capacity, nowMs)),
    // The last day that was looked at may have ended since.
    unfinished && before.until_ms < nowMs ? before.until_ms : undefined,
  ].filter((atMs) => atMs !== undefined);
  return from.length > 0 ? Math.min(...from) : undefined;
}

const stepsUntil = (capacity: readonly SeatsFrom[], atMs: number) => capacity.filter(({ fromMs }) => fromMs <= atMs);

/** How far its days are worked out afterwards, and what from. */
export function rolledRow(work: PoolWork, untilMs: number, first?: IsoDate): RolledPoolRow {
  const { pool, basis, capacity, before, firstMs, nowMs, register } = work;
  const pastToo = first !== undefined && first < wallTime(nowMs, register.timezone).date;
  const peopleFrom = [before?.people_from, first].filter((date) => date != null).sort()[0];
  return {
    pool,
    basis,
    capacity: JSON.stringify(stepsUntil(capacity, nowMs)),
    first_ms: firstMs,
    until_ms: Math.max(untilMs, before?.until_ms ?? 0),
    version: (before?.version ?? 0) + 1,
    past_version: (before?.past_version ?? 0) + Number(pastToo),
    kept_from_ms: before?.kept_from_ms ?? 0,
    people_from: peopleFrom ?? null,
    nightly: before?.nightly ?? "",
  };
}
