import type { IsoDate } from "../domain/calendar.ts";
import { inForce, seatsOn } from "../domain/capacity.ts";
import type { Entitlement, Register } from "../domain/register.ts";
import { type PeopleCount, type PoolDay, peakOf } from "../domain/usage.ts";
import { type Growth, growth } from "./growth.ts";
import { type Price, priceOn } from "./money.ts";
import { isOwnedKnown } from "./months.ts";
import { NOTES, NOTES_OF_ASSIGNED, type Option, options } from "./options.ts";
import { type Bounds, type Recommendation, RULE, type Rule, recommendation } from "./recommendation.ts";
import type { Replayed } from "./replay.ts";
import { type Totals, totalsOf } from "./totals.ts";

/** What a renewal report is made from. */
export interface RenewalInput {
  register: Register;
  /** Its name in the register. */
  pool: string;
  /**
   * One after the other. Those before `from` are for comparing with last year; those after `until`, up to yesterday, tell
   * whether it is used at all.
   */
  days: readonly PoolDay[];
  /** What is reported, both included. */
  from: IsoDate;
  until: IsoDate;
  today: IsoDate;
  /**
   * The days from `from` to `until` as they would have been without the limit (demand.ts), where anybody was refused; of a
   * pool that assigns its seats, as they were assigned.
   */
  demand?: readonly PoolDay[];
  /** Of the days reported. */
  people?: PeopleCount;
  /** Of the numbers of seats that `seatsToReplay` gives. */
  replays?: readonly Replayed[];
  rule?: Rule;
}

/** What was used and what is owned, worked out of an input once for all parts of the report. */
export interface Used {
  days: readonly PoolDay[];
  totals: Totals;
  /** What seats are worked out from: the days as they were, or as they would have been. */
  needDays: readonly PoolDay[];
  need: Totals;
  /** Whether the pool assigns its seats; whether it has as many as there are. */
  assigns: boolean;
  endless: boolean;
  entitlements: readonly Entitlement[];
  /** Today, and what that costs: it is today that somebody decides, whichever days are looked at. */
  owned: number;
  price: Price | undefined;
}

export function used({ register, pool, from, until, today, demand, ...input }: RenewalInput): Used {
  const asked = input.days.filter(({ date }) => date >= from && date <= until);
  const { entitlements = [], holdMs, metric } = register.pools[pool] ?? {};
  // Of a time in which nothing was bought yet and nothing used, there is nothing to learn about how many are needed.
  const begun = asked.findIndex((day) => isOwnedKnown(day, entitlements) || peakOf(day) > 0);
  const days = begun < 0 ? [] : asked.slice(begun);
  const first = days[0]?.date;
  const needDays = demand && first !== undefined ? demand.filter(({ date }) => date >= first) : days;
  const totals = totalsOf(days);
  const known = days.filter((day) => isOwnedKnown(day, entitlements));
  return {
    assigns: holdMs !== undefined,
    endless: metric === "site",
    days,
    // Nobody knows whether more was in use than was bought where nobody knows what was.
    totals: known.length === days.length ? totals : { ...totals, overMs: totalsOf(known).overMs },
    needDays,
    need: demand ? totalsOf(needDays) : totals,
    entitlements,
    owned: seatsOn(entitlements, today),
    price: priceOn(entitlements, today),
  };
}

/** And how many seats to renew. */
export interface Sized extends Used {
  growth: Growth;
  recommended: Recommendation;
}

export function sized(input: RenewalInput): Sized {
  const { register, pool, until, today, people, rule = RULE } = input;
  const use = used(input);
  const trend = growth(input.days.filter(({ date }) => date <= until));
  // A site licence has no number of seats: it is renewed as it is, or not.
  if (use.endless) return { ...use, growth: trend, recommended: { seats: use.owned, range: [use.owned, use.owned] } };
  const bounds: Bounds = {
    growth: trend.factor,
    // Who was refused a seat of his own used none, and needs one.
    mostSeats: people && mostSeats(register, pool, people, use.assigns ? use.totals.turnedAwayForSizing : 0),
    packSize: Math.max(1, ...use.entitlements.filter((one) => inForce(one, today)).map(({ packSize = 1 }) => packSize)),
  };
  return { ...use, growth: trend, recommended: recommendation(use.needDays, bounds, rule) };
}

/** Seats that are taken when all who ever used the pool do so at once; unknown where each session has its own. */
function mostSeats(register: Register, pool: string, { seatKeys }: PeopleCount, refused: number): number | undefined {
  if (register.pools[pool]?.seatFor.includes("session")) return undefined;
  const drawing = Object.values(register.products).filter(({ pools }) => pools.includes(pool));
  return (seatKeys + refused) * Math.max(1, ...drawing.map(({ weights }) => weights[pool] ?? 1));
}

/** The numbers of seats that are worth comparing: of a site licence none are. */
export const optionsOf = ({ needDays, need, owned, recommended, assigns, endless }: Sized): Option[] =>
  endless ? [] : options(needDays, need, owned, recommended.seats, assigns ? NOTES_OF_ASSIGNED : NOTES);

/** The numbers of seats that the report will show: what has to be replayed before. */
export function seatsToReplay(input: RenewalInput): number[] {
  return optionsOf(sized(input)).map(({ seats }) => seats);
}
