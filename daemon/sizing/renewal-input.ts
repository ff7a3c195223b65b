import type { IsoDate } from "../domain/calendar.ts";
import type { Entitlement, Register } from "../domain/register.ts";
import type { PeopleCount, PoolDay } from "../domain/usage.ts";
import { type Growth, growth } from "./growth.ts";
import { inForce, type Price, priceOn } from "./money.ts";
import { options } from "./options.ts";
import { type Bounds, type Recommendation, RULE, type Rule, recommendation } from "./recommendation.ts";
import type { Replayed } from "./replay.ts";
import { type Totals, totalsOf } from "./totals.ts";

/** Assigned seats of a named-user pool, by what became of them. */
export interface Assigned {
  assigned: number;
  active: number;
  neverUsed: number;
}

/** What a renewal report is made from. */
export interface RenewalInput {
  register: Register;
  /** Its name in the register. */
  pool: string;
  /** One after the other. Those before `from` are for comparing with last year. */
  days: readonly PoolDay[];
  /** What is reported, both included. */
  from: IsoDate;
  until: IsoDate;
  today: IsoDate;
  /** The days from `from` to `until` as they would have been without the limit (demand.ts), where anybody was refused. */
  demand?: readonly PoolDay[];
  /** Of the days reported. */
  people?: PeopleCount;
  /** Of the numbers of seats that `seatsToReplay` gives. */
  replays?: readonly Replayed[];
  assigned?: Assigned;
  rule?: Rule;
}

/** What was used and what is owned, worked out of an input once for all parts of the report. */
export interface Used {
  days: readonly PoolDay[];
  totals: Totals;
  /** What seats are worked out from: the days as they were, or as they would have been. */
  needDays: readonly PoolDay[];
  need: Totals;
  entitlements: readonly Entitlement[];
  owned: number;
  price: Price | undefined;
}

export function used({ register, pool, from, until, demand, ...input }: RenewalInput): Used {
  const days = input.days.filter(({ date }) => date >= from && date <= until);
  const totals = totalsOf(days);
  const entitlements = register.pools[pool]?.entitlements ?? [];
  return {
    days,
    totals,
    needDays: demand ?? days,
    need: demand ? totalsOf(demand) : totals,
    entitlements,
    owned: days.at(-1)?.capacity.at(-1)?.seats ?? seatsOn(entitlements, until),
    price: priceOn(entitlements, until),
  };
}

/** And how many seats to renew. */
export interface Sized extends Used {
  growth: Growth;
  recommended: Recommendation;
}

export function sized(input: RenewalInput): Sized {
  const { register, pool, until, people, rule = RULE } = input;
  const use = used(input);
  const trend = growth(input.days.filter(({ date }) => date <= until));
  const bounds: Bounds = {
    growth: trend.factor,
    mostSeats: people && mostSeats(register, pool, people),
    packSize: Math.max(1, ...use.entitlements.filter((one) => inForce(one, until)).map(({ packSize = 1 }) => packSize)),
  };
  return { ...use, growth: trend, recommended: recommendation(use.needDays, bounds, rule) };
}

const seatsOn = (entitlements: readonly Entitlement[], date: IsoDate) =>
  entitlements.filter((one) => inForce(one, date)).reduce((sum, { seats }) => sum + seats, 0);

/** Seats that are taken when all who ever used the pool do so at once; unknown where each session has its own. */
function mostSeats(register: Register, pool: string, { seatKeys }: PeopleCount): number | undefined {
  if (register.pools[pool]?.seatFor.includes("session")) return undefined;
  const drawing = Object.values(register.products).filter(({ pools }) => pools.includes(pool));
  return seatKeys * Math.max(1, ...drawing.map(({ weights }) => weights[pool] ?? 1));
}

/** The numbers of seats that the report will show: what has to be replayed before. */
export function seatsToReplay(input: RenewalInput): number[] {
  const { needDays, need, owned, recommended } = sized(input);
  return options(needDays, need, owned, recommended.seats).map(({ seats }) => seats);
}
