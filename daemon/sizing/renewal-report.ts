import type { IsoDate } from "../domain/calendar.ts";
import type { Entitlement } from "../domain/register.ts";
import { type PoolDay, peakOf, type SeatsFrom, type Span } from "../domain/usage.ts";
import { type DepartmentRow, departmentRows } from "./chargeback.ts";
import { checksum } from "./checksum.ts";
import { type Confidence, confidence } from "./confidence.ts";
import { coverageOf, isMetered, outages } from "./coverage.ts";
import { type Deadline, nextDeadline } from "./deadline.ts";
import { type Decision, decision } from "./decision.ts";
import type { Growth } from "./growth.ts";
import { unusedSpend } from "./money.ts";
import {
  isOwnedKnown,
  knownSteps,
  type MonthOfUse,
  missingMonths,
  monthOf,
  monthsOfUse,
  ownedSince,
} from "./months.ts";
import { breakEven } from "./named-or-concurrent.ts";
import { hours, hoursBySeats, meanSeats, seatHours } from "./occupancy.ts";
import type { Note } from "./options.ts";
import { RULE, type Rule } from "./recommendation.ts";
import { optionsOf, type RenewalInput, sized, used } from "./renewal-input.ts";
import { type Need, needOf, type Variant, variants } from "./variants.ts";
import { type WhatIf, whatIf } from "./what-if.ts";

/** What programs are told of a renewal: the answer of `/api/v1/renewals/:pool`. Null: not known. */
export interface RenewalAnswer {
  pool: string;
  from: IsoDate;
  to: IsoDate;
  owned: number;
  peak: number;
  peakAtMs: number | null;
  /** Launches that needed a seat. */
  launches: number;
  turnedAway: number;
  keptWaiting: number;
  people: number | null;
  recommended: number;
  range: [number, number];
  confidence: Pick<Confidence, "level" | "why">;
  options: WhatIf[];
  /** Share of the working hours in which a daemon was there, of 1. */
  coverage: number;
  /** Of the days that it was made from. */
  checksum: string;
}

/** The same with all that the page shows besides; money is a year's, without VAT. */
export interface RenewalReport extends RenewalAnswer {
  options: (WhatIf & { notes: Note[] })[];
  /** Days at some time of which a daemon was there. */
  meteredDays: number;
  need: Need;
  variants: Variant[];
  decision: Decision;
  deadline: Deadline | null;
  rule: Rule;
  /** Seats owned, as they changed in these days, and since; as far as the register has them. */
  ownedSteps: SeatsFrom[];
  ownedSince: SeatsFrom[];
  typicalWorkingHour: number;
  /** Launches that joined a seat. */
  shared: number;
  cost: { now: number; currency: string; unused: number; perHourOfUse: number | null } | null;
  seatHours: number;
  workingHours: number;
  /** What was owned is null where that is not known. */
  months: (Omit<MonthOfUse, "owned"> & { owned: number | null })[];
  /** Working hours in which at least so many seats were in use. */
  hoursBySeats: { seats: number; hours: number }[];
  busiestDays: { date: IsoDate; peak: number; peakAtMs: number }[];
  departments: DepartmentRow[];
  growth: Growth;
  /** How many times a named seat a concurrent one may cost before naming everybody is cheaper. */
  breakEven: number | null;
  outages: Span[];
  missingMonths: string[];
  overHours: { all: number; overdraft: number; excess: number };
  observed: { holdings: number; seatMs: number };
  /** Told afterwards, for nobody could be asked. */
  ungoverned: { holdings: number; seatMs: number };
}

const HOUR_MS = 3_600_000;
const BUSIEST = 5;

/**
 * Everything that a renewal report says, from days that are kept: no session and no person is looked at again.
 *
 * @see renewals.md, "The renewal report"
 */
export function renewalReport(input: RenewalInput): RenewalReport {
  const { register, pool, from, until, today, people, replays = [], rule = RULE } = input;
  const use = sized(input);
  const { days, totals, needDays, need, owned, price, recommended, assigns } = use;
  // Assigned seats run out when all are assigned, though nobody may be using them.
  const trust = assigns ? confidence(needDays, need, recommended) : confidence(days, totals, recommended);
  const found = variants(input, use, trust);
  const deadline = nextDeadline(use.entitlements, register, today);
  const { level, why } = trust;
  const hoursOfUse = seatHours(totals.occupancyMs);
  const perHourOfUse = price && hoursOfUse > 0 ? (price.amount * days.length) / 365 / hoursOfUse : null;
  return {
    pool,
    from,
    to: until,
    owned,
    peak: totals.peak,
    peakAtMs: totals.peakAtMs ?? null,
    launches: totals.holdings,
    turnedAway: totals.turnedAway,
    keptWaiting: totals.keptWaiting,
    people: people?.people ?? null,
    recommended: recommended.seats,
    range: recommended.range,
    confidence: { level, why },
    options: optionsOf(use).map(({ seats, notes }) => ({
      ...whatIf(seats, needDays, need, price, replays),
      notes,
    })),
    coverage: coverageOf(days),
    checksum: checksum(days),
    meteredDays: days.filter(isMetered).length,
    need: needOf(totals),
    variants: found,
    decision: decision({
      isRecorded: days.some(isMetered),
      recommended: recommended.seats,
      owned,
      price,
      need: needOf(totals),
      confidence: trust,
      deadline,
      variants: found,
    }),
    deadline: deadline ?? null,
    rule,
    ownedSteps: knownSteps(days, use.entitlements),
    ownedSince: ownedSince(use.entitlements, register.timezone, days.at(-1)?.endMs ?? 0, today),
    typicalWorkingHour: meanSeats(totals.workingOccupancyMs),
    shared: totals.shared,
    cost: price
      ? {
          now: price.amount,
          currency: price.currency,
          unused: unusedSpend(owned, recommended.seats, price),
          perHourOfUse,
        }
      : null,
    seatHours: hoursOfUse,
    workingHours: hours(totals.workingOccupancyMs),
    months: monthsTold(days, use.entitlements),
    hoursBySeats: hoursBySeats(totals.workingOccupancyMs, totals.peak),
    busiestDays: busiestDays(days),
    departments: departmentRows(days, people),
    growth: use.growth,
    breakEven: people && !use.endless ? (breakEven(people.people, recommended.seats) ?? null) : null,
    outages: outages(days),
    missingMonths: missingMonths(days, from, until),
    overHours: {
      all: totals.overMs.all / HOUR_MS,
      overdraft: totals.overMs.overdraft / HOUR_MS,
      excess: totals.overMs.excess / HOUR_MS,
    },
    observed: totals.observed,
    ungoverned: totals.ungoverned,
  };
}

function monthsTold(days: readonly PoolDay[], entitlements: readonly Entitlement[]): RenewalReport["months"] {
  const known = new Set(days.filter((day) => isOwnedKnown(day, entitlements)).map(({ date }) => monthOf(date)));
  return monthsOfUse(days).map((month) => ({ ...month, owned: known.has(month.month) ? month.owned : null }));
}

/** The days with the highest use, and when it was. */
function busiestDays(days: readonly PoolDay[]) {
  return days
    .flatMap((day) =>
      day.peakAtMs === undefined ? [] : [{ date: day.date, peak: peakOf(day), peakAtMs: day.peakAtMs }],
    )
    .sort((one, other) => other.peak - one.peak || one.peakAtMs - other.peakAtMs)
    .slice(0, BUSIEST);
}

/** A report as programs are told it. */
export function renewalAnswer(report: RenewalReport): RenewalAnswer {
  const { pool, from, to, owned, peak, peakAtMs, launches, turnedAway, keptWaiting, people } = report;
  const { recommended, range, confidence, coverage, checksum } = report;
  return {
    ...{ pool, from, to, owned, peak, peakAtMs, launches, turnedAway, keptWaiting, people },
    ...{ recommended, range, confidence },
    options: report.options.map(({ notes, ...option }) => option),
    ...{ coverage, checksum },
  };
}

/** Any number of seats, as `/api/v1/what-if/:pool` tells it. */
export function whatIfAnswer(input: RenewalInput, seats: number): WhatIf {
  const { needDays, need, price } = used(input);
  return whatIf(seats, needDays, need, price, input.replays ?? []);
}
