import { monitorEventLoopDelay } from "node:perf_hooks";
import { sweepPools } from "../daemon/domain/sweep.ts";
import type { PoolDay } from "../daemon/domain/usage.ts";
import { readRegister } from "../daemon/register/read.ts";
import { inWorker } from "../daemon/sizing/in-worker.ts";
import { launchesOf, rowsByPool } from "../daemon/sizing/launches.ts";
import type { RenewalInput } from "../daemon/sizing/renewal-input.ts";
import { renewalReport } from "../daemon/sizing/renewal-report.ts";
import { replay } from "../daemon/sizing/replay.ts";
import { totalByLevel, totalsOf } from "../daemon/sizing/totals.ts";
import { turnAways } from "../daemon/sizing/turn-aways.ts";
import { manyHoldings, POOLS_OF_YEAR, YEAR } from "./many-holdings.ts";
import { type Measured, measured } from "./measure.ts";

const ROUNDS = 3;
const MILLION = 1_000_000;
const TIMES = 100;

/** CPU time of this thread in milliseconds; neighbours disturb it less than the clock on the wall. */
async function cpuMs(rounds: number, act: () => unknown): Promise<number[]> {
  const taken: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const before = process.threadCpuUsage();
    act();
    const { user, system } = process.threadCpuUsage(before);
    // The first round compiles.
    if (round > 0) taken.push((user + system) / 1000);
  }
  return taken;
}

const seconds = (ms: readonly number[]) => ms.map((one) => one / 1000);

/** What the renewal arithmetic costs, and what a daemon feels of it. */
export async function sweep(): Promise<Measured[]> {
  const two = manyHoldings(2 * MILLION);
  const swept = (holdings = two) => {
    let days: PoolDay[] = [];
    for (const ofPool of sweepPools(holdings, POOLS_OF_YEAR, YEAR)) days = ofPool;
    return days;
  };
  const small = await cpuMs(ROUNDS, () => swept());
  const days = swept();
  const input = inputOf(days);
  const one = { ...two, pool: new Uint16Array(two.pool.length) };
  const rows = rowsByPool(one, 1)[0]!;
  const span = { fromMs: YEAR[0]!.startMs, untilMs: YEAR.at(-1)!.endMs };
  const ordering = await cpuMs(ROUNDS, () => launchesOf(one, rows, span));
  const launches = launchesOf(one, rows, span);
  const peak = totalsOf(days).peak * POOLS_OF_YEAR.length;
  const replaying = await cpuMs(ROUNDS, () => replay(launches, Math.floor(peak / 2)));
  const arrivals = days.map((day) => day.arrivals);
  const counting = await cpuMs(ROUNDS, () => {
    // Many times, since so little is near to what the clock can tell.
    for (let time = 0; time < TIMES; time++) {
      const foundNoneFree = turnAways(totalByLevel(arrivals));
      for (let seats = 0; seats <= peak; seats++) foundNoneFree(seats);
    }
  });
  const reporting = await cpuMs(10, () => renewalReport(input));
  const twenty = manyHoldings(20 * MILLION);
  const large = await cpuMs(ROUNDS, () => swept(twenty));
  const quiet = await delayMs(() => new Promise((resolve) => setTimeout(resolve, 5000)));
  const busy = await delayMs(() =>
    inWorker("reports", {
      holdings: twenty,
      pools: POOLS_OF_YEAR,
      days: YEAR,
      inputs: POOLS_OF_YEAR.map(() => ({ ...input, days: [] })),
    }),
  );
  const event = "event-loop delay while";
  return [
    measured("one sweep of 2 million holdings, sorting included", "s of one core", seconds(small)),
    { ...measured("one sweep of 20 million holdings", "s of one core", seconds(large)), id: "sweep" },
    measured("2 million launches put in order", "s of one core", seconds(ordering)),
    measured("replay of 2 million launches with one number of seats", "s of one core", seconds(replaying)),
    measured(
      "turn-aways of a year for every number of seats",
      "ms of one core",
      counting.map((ms) => ms / TIMES),
    ),
    measured("a report from a year of stored days", "ms of one core", reporting),
    { name: `${event} nothing is computed, p99`, unit: "ms", value: quiet.p99 },
    {
      name: `${event} a report of 20 million holdings is computed, p99`,
      unit: "ms",
      value: busy.p99,
      id: "sweep-delay",
    },
    { name: `${event} a report of 20 million holdings is computed, longest`, unit: "ms", value: busy.longest },
  ];
}

/** How late the event loop is while something is under way. */
async function delayMs(act: () => Promise<unknown>): Promise<{ p99: number; longest: number }> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  await act();
  histogram.disable();
  return { p99: histogram.percentile(99) / 1e6, longest: histogram.max / 1e6 };
}

function inputOf(days: readonly PoolDay[]): RenewalInput {
  const pool = days[0]!.pool;
  const read = readRegister(
    `organisation: Exampleshire Council
pools:
  ${pool}:
    entitlements:
      - { reference: C-1, seats: 120, starts: 2024-10-01, ends: 2027-09-30, notice: 90d }
`,
    { files: {} },
  );
  if ("mistakes" in read) throw new Error(JSON.stringify(read.mistakes));
  const [from, until] = [YEAR[0]!.date, YEAR.at(-1)!.date];
  return { register: read.register, pool, days, from, until, today: until };
}
