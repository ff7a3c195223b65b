import { addDays, addMonths, type IsoDate } from "../domain/calendar.ts";
import { inForce } from "../domain/capacity.ts";
import type { Entitlement } from "../domain/register.ts";

/** What a year of a pool costs, without VAT. */
export interface Price {
  /** A year, of all seats in force. */
  amount: number;
  /** A year, of one seat. */
  perSeat: number;
  currency: string;
}

const pence = (amount: number) => Math.round(amount * 100) / 100;

/** What an entitlement costs a year; undefined where no cost is known, or it was bought once and for ever. */
export function costAYear({ cost, starts, ends }: Entitlement): number | undefined {
  if (!cost) return undefined;
  if (cost.per === "year") return cost.amount;
  return ends === undefined ? undefined : cost.amount / yearsOf(starts, ends);
}

/**
 * Length of a term in years: by calendar months where it is whole ones, so that three years are three. Whole are those
 * from a day to the day before it, and those to the same day from the day before, as from 29 February to 28 February.
 */
function yearsOf(starts: IsoDate, ends: IsoDate): number {
  const days = (Date.parse(ends) - Date.parse(starts)) / 86_400_000 + 1;
  const months = Math.round(days / (365.25 / 12));
  const isWhole = addMonths(starts, months) === addDays(ends, 1) || addMonths(addDays(starts, -1), months) === ends;
  return isWhole ? months / 12 : days / 365.25;
}

/** What the seats in force on a day cost; undefined where that is not known of each of them, or in several currencies. */
export function priceOn(entitlements: readonly Entitlement[], date: IsoDate): Price | undefined {
  const current = entitlements.filter((entitlement) => inForce(entitlement, date));
  const costs = current.map(costAYear);
  const currency = current[0]?.cost?.currency;
  if (currency === undefined || costs.includes(undefined)) return undefined;
  if (current.some(({ cost }) => cost?.currency !== currency)) return undefined;
  const amount = costs.reduce<number>((sum, cost) => sum + cost!, 0);
  return { amount: pence(amount), perSeat: amount / current.reduce((sum, { seats }) => sum + seats, 0), currency };
}

/** What so many seats would cost a year. */
export const costOf = (seats: number, { perSeat }: Price): number => pence(seats * perSeat);

/**
 * What is paid a year for seats beyond the recommended ones. Never idle seat-hours: a pool of the right size is half
 * empty.
 */
export const unusedSpend = (owned: number, recommended: number, { perSeat }: Price): number =>
  pence(Math.max(0, owned - recommended) * perSeat);
