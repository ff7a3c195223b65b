import { addDays, startOfDayMs } from "./calendar.ts";
import type { Entitlement } from "./register.ts";

/** From this moment until the next step a pool has so many seats. */
export interface CapacityStep {
  fromMs: number;
  seats: number;
  /** What a denial says while there is no seat at all. */
  reason: "no_seats" | "entitlement_ended" | "entitlement_not_started";
}

/** The moments at which an entitlement begins and ends to count: local midnight of its first day, and after its last. */
export function termOf(entitlement: Entitlement, timezone: string): { fromMs: number; untilMs: number } {
  return {
    fromMs: startOfDayMs(entitlement.starts, timezone),
    untilMs: entitlement.ends ? startOfDayMs(addDays(entitlement.ends, 1), timezone) : Number.POSITIVE_INFINITY,
  };
}

/**
 * Capacity as the dated steps that its entitlements make: the sum of those in force. Where one follows another without
 * a change there is no step.
 *
 * @returns ordered by time; the first step reaches back to the beginning of time (`fromMs` 0)
 */
export function capacitySteps(entitlements: readonly Entitlement[], timezone: string): CapacityStep[] {
  const terms = entitlements.map((entitlement) => ({ seats: entitlement.seats, ...termOf(entitlement, timezone) }));
  const moments = new Set([0, ...terms.flatMap((term) => [term.fromMs, term.untilMs])]);
  return [...moments]
    .filter((moment) => moment >= 0 && Number.isFinite(moment))
    .sort((one, other) => one - other)
    .map((fromMs) => stepAt(fromMs, terms))
    .filter((step, i, all) => step.seats !== all[i - 1]?.seats || step.reason !== all[i - 1]?.reason);
}

function stepAt(fromMs: number, terms: { seats: number; fromMs: number; untilMs: number }[]): CapacityStep {
  const inForce = terms.filter((term) => term.fromMs <= fromMs && fromMs < term.untilMs);
  const seats = inForce.reduce((sum, term) => sum + term.seats, 0);
  if (inForce.length > 0 || terms.length === 0) return { fromMs, seats, reason: "no_seats" };
  const ended = terms.some((term) => term.untilMs <= fromMs);
  return { fromMs, seats, reason: ended ? "entitlement_ended" : "entitlement_not_started" };
}

/** The step in force at a moment. */
export function capacityAt(steps: readonly CapacityStep[], atMs: number): CapacityStep {
  return steps.findLast((step) => step.fromMs <= atMs) ?? { fromMs: 0, seats: 0, reason: "no_seats" };
}
