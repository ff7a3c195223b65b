import { addDays, type IsoDate, startOfDayMs } from "./calendar.ts";
import type { Entitlement, Reservation } from "./register.ts";

/** From this moment until the next step a pool has so many seats. */
export interface CapacityStep {
  fromMs: number;
  seats: number;
  /** What a denial says while there is no seat at all. */
  reason: "no_seats" | "entitlement_ended" | "entitlement_not_started";
  /** When the newest of the entitlements in force began: an overdraft is counted by its term. */
  termMs: number;
  /** The reservations in force, scaled down where the seats are fewer. */
  reserved: readonly { group: string; seats: number }[];
}

interface Term {
  fromMs: number;
  untilMs: number;
}

/** The moments at which an entitlement begins and ends to count: local midnight of its first day, and after its last. */
export function termOf(entitlement: Pick<Entitlement, "starts" | "ends">, timezone: string): Term {
  return daysOf(entitlement.starts, entitlement.ends, timezone);
}

const daysOf = (first: string | undefined, last: string | undefined, timezone: string): Term => ({
  fromMs: first ? startOfDayMs(first, timezone) : 0,
  untilMs: last ? startOfDayMs(addDays(last, 1), timezone) : Number.POSITIVE_INFINITY,
});

/**
 * Capacity as the dated steps that its entitlements and reservations make: the sum of those in force. Where one follows
 * another without a change there is no step.
 *
 * @returns ordered by time; the first step reaches back to the beginning of time (`fromMs` 0)
 */
export function capacitySteps(
  entitlements: readonly Entitlement[],
  timezone: string,
  reservations: readonly Reservation[] = [],
): CapacityStep[] {
  const terms = entitlements.map((entitlement) => ({ seats: entitlement.seats, ...termOf(entitlement, timezone) }));
  const reserved = reservations.map(({ group, seats, from, until }) => ({
    group,
    seats,
    ...daysOf(from, until, timezone),
  }));
  const moments = new Set([0, ...[...terms, ...reserved].flatMap((term) => [term.fromMs, term.untilMs])]);
  return [...moments]
    .filter((moment) => moment >= 0 && Number.isFinite(moment))
    .sort((one, other) => one - other)
    .map((fromMs) => stepAt(fromMs, terms, reserved))
    .filter((step, i, all) => i === 0 || !alike(step, all[i - 1]!));
}

const alike = (one: CapacityStep, other: CapacityStep) =>
  JSON.stringify({ ...one, fromMs: 0 }) === JSON.stringify({ ...other, fromMs: 0 });

function stepAt(
  fromMs: number,
  terms: readonly (Term & { seats: number })[],
  reservations: readonly (Term & { group: string; seats: number })[],
): CapacityStep {
  const inForce = ({ fromMs: begins, untilMs }: Term) => begins <= fromMs && fromMs < untilMs;
  const current = terms.filter(inForce);
  const seats = current.reduce((sum, term) => sum + term.seats, 0);
  if (current.length === 0) {
    const ended = terms.some((term) => term.untilMs <= fromMs);
    const reason = terms.length === 0 ? "no_seats" : ended ? "entitlement_ended" : "entitlement_not_started";
    return { fromMs, seats, reason, termMs: 0, reserved: [] };
  }
  const termMs = Math.max(0, ...current.map((term) => term.fromMs));
  return { fromMs, seats, reason: "no_seats", termMs, reserved: fitted(reservations.filter(inForce), seats) };
}

/** Several reservations of a group are one; together they are no more than the seats, by largest remainder. */
function fitted(reservations: readonly { group: string; seats: number }[], seats: number) {
  const groups = new Map<string, number>();
  for (const { group, seats } of reservations) groups.set(group, (groups.get(group) ?? 0) + seats);
  const wanted = [...groups.values()].reduce((sum, wants) => sum + wants, 0);
  const scaled = [...groups].map(([group, wants]) => {
    const share = wanted > seats ? (wants * seats) / wanted : wants;
    return { group, seats: Math.floor(share), remainder: share - Math.floor(share) };
  });
  let left = Math.min(wanted, seats) - scaled.reduce((sum, { seats }) => sum + seats, 0);
  for (const part of scaled.toSorted((one, other) => other.remainder - one.remainder)) {
    if (left-- > 0) part.seats += 1;
  }
  return scaled.filter(({ seats }) => seats > 0).map(({ group, seats }) => ({ group, seats }));
}

/** Of what is in force on a day the last day of what ends first; where nothing is in force any more, the last there was. */
export function nextEnd(entitlements: readonly Entitlement[], today: IsoDate): IsoDate | undefined {
  const begun = entitlements.filter(({ starts }) => starts <= today);
  const inForce = begun.filter(({ ends }) => ends === undefined || today <= ends);
  const days = (inForce.length > 0 ? inForce : begun).flatMap(({ ends }) => ends ?? []).sort();
  return inForce.length > 0 ? days[0] : days.at(-1);
}

/** Whether an entitlement counts on a day. */
export const inForce = ({ starts, ends }: Pick<Entitlement, "starts" | "ends">, date: IsoDate): boolean =>
  starts <= date && (ends === undefined || date <= ends);

/** Seats owned on a day. */
export const seatsOn = (entitlements: readonly Entitlement[], date: IsoDate): number =>
  entitlements.filter((one) => inForce(one, date)).reduce((sum, { seats }) => sum + seats, 0);

/**
 * Whether nothing is left to decide about an end, since others begin that make up for it. What renews by itself has to be
 * given notice of for all that.
 */
export const isReplaced = ({ ends, autoRenews }: Entitlement, entitlements: readonly Entitlement[]): boolean =>
  ends !== undefined && !autoRenews && seatsOn(entitlements, addDays(ends, 1)) >= seatsOn(entitlements, ends);

/** The step in force at a moment. */
export function capacityAt(steps: readonly CapacityStep[], atMs: number): CapacityStep {
  const nothing: CapacityStep = { fromMs: 0, seats: 0, reason: "no_seats", termMs: 0, reserved: [] };
  return steps.findLast((step) => step.fromMs <= atMs) ?? nothing;
}
