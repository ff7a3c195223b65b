import type { Holdings } from "../domain/holdings.ts";
import type { LocalDay } from "../domain/local-days.ts";
import type { SweptPool } from "../domain/pool-sweep.ts";
import { sweepPools } from "../domain/sweep.ts";
import type { PoolDay } from "../domain/usage.ts";
import { launchesOf, rowsByPool } from "./launches.ts";
import { type RenewalInput, seatsToReplay } from "./renewal-input.ts";
import { type RenewalReport, renewalReport } from "./renewal-report.ts";
import { type Refused, type Replayed, replay } from "./replay.ts";

/** Some pools' holdings, and the days that are asked about, one after the other. */
export interface SweepAsked {
  holdings: Holdings;
  /** In the order that the holdings number them by. */
  pools: readonly SweptPool[];
  days: readonly LocalDay[];
}

export interface ReplayAsked extends SweepAsked {
  /** Of each pool: the numbers of seats to try. */
  seats: readonly (readonly number[])[];
  refused?: Refused;
}

export interface ReportsAsked extends SweepAsked {
  /** Of each pool, what else its report is made from; `days` of it are put before those of the sweep. */
  inputs: readonly RenewalInput[];
}

/** A piece of an answer, and how much of the work is done, of 1. */
export interface Part<Item> {
  items: Item[];
  share: number;
}

/** So many days make a piece: to take one in keeps the daemon for less than a millisecond. */
const DAYS_A_PART = 32;

/** THE TABLE of what is computed beside the daemon's own work: each gives its answer in pieces that add up. */
export const TASKS = {
  /** What is kept of each pool and day. */
  *sweep({ holdings, pools, days }: SweepAsked): Generator<Part<PoolDay>> {
    let done = 0;
    for (const swept of sweepPools(holdings, pools, days)) {
      done += 1;
      for (let i = 0; i < swept.length; i += DAYS_A_PART) {
        yield { items: swept.slice(i, i + DAYS_A_PART), share: done / pools.length };
      }
    }
  },

  /** How the launches would have fared with other numbers of seats, pool after pool; an item for each pool. */
  *replay({ holdings, pools, days, seats, refused }: ReplayAsked): Generator<Part<Replayed[]>> {
    const rows = rowsByPool(holdings, pools.length);
    for (const [number, pool] of pools.entries()) {
      const launches = launchesOf(holdings, rows[number]!, spanOf(days), pool.gaps);
      const items = [(seats[number] ?? []).map((count) => replay(launches, count, refused))];
      yield { items, share: (number + 1) / pools.length };
    }
  },

  /** Renewal reports from holdings, replays of their options included. */
  *reports({ holdings, pools, days, inputs }: ReportsAsked): Generator<Part<RenewalReport>> {
    const rows = rowsByPool(holdings, pools.length);
    let number = 0;
    for (const swept of sweepPools(holdings, pools, days)) {
      const input = { ...inputs[number]!, days: [...inputs[number]!.days, ...swept] };
      const launches = launchesOf(holdings, rows[number]!, spanOf(days), pools[number]!.gaps);
      const replays = seatsToReplay(input).map((seats) => replay(launches, seats));
      number += 1;
      yield { items: [renewalReport({ ...input, replays })], share: number / pools.length };
    }
  },
} as const;

export type TaskName = keyof typeof TASKS;
export type Asked<Name extends TaskName> = Parameters<(typeof TASKS)[Name]>[0];
export type Answer<Name extends TaskName> =
  ReturnType<(typeof TASKS)[Name]> extends Generator<Part<infer Item>> ? Item[] : never;

const spanOf = (days: readonly LocalDay[]) => ({ fromMs: days[0]?.startMs ?? 0, untilMs: days.at(-1)?.endMs ?? 0 });
