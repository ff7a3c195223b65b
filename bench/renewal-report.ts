import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { addMonths, type IsoDate } from "../daemon/domain/calendar.ts";
import { localDays } from "../daemon/domain/local-days.ts";
import type { Register } from "../daemon/domain/register.ts";
import { sweepPools } from "../daemon/domain/sweep.ts";
import type { PoolDay } from "../daemon/domain/usage.ts";
import { type History, openHistory } from "../daemon/history/database.ts";
import { putPeople } from "../daemon/history/people.ts";
import { dayRow } from "../daemon/history/queries/days.ts";
import { putReplays } from "../daemon/history/queries/written.ts";
import type { RolledPoolRow } from "../daemon/history/tables.ts";
import { putRows } from "../daemon/history/write.ts";
import { readRegister } from "../daemon/register/read.ts";
import { RenewalDesk } from "../daemon/renewals/desk.ts";
import { RenewalsInThread } from "../daemon/renewals/in-thread.ts";
import { manyHoldings, POOLS_OF_YEAR, YEAR } from "./many-holdings.ts";
import { type Measured, measured } from "./measure.ts";

const YEARS = 3;
const HOLDINGS_A_YEAR = 2_000_000;
const ROUNDS = 3;
const WHOLE = { from: YEAR[0]!.date, to: YEAR.at(-1)!.date };
const LOG = { info: console.error, warn: console.error, error: console.error };

/** What a renewal report costs whoever asks, from the days of three years of forty pools. */
export async function renewalReport(): Promise<Measured[]> {
  const folder = mkdtempSync(join(tmpdir(), "seatmeter-bench-"));
  const place = { file: join(folder, "history.sqlite") };
  const history = await openHistory(place);
  try {
    const register = registerOfYear();
    await fill(history, register);
    const open = () => new RenewalsInThread({ place, id: history.id, me: "bench", register }, LOG, 3_600_000);
    // What a night leaves behind, for the numbers of seats that reports show.
    const night = open();
    for (const { name } of POOLS_OF_YEAR)
      await storeReplays(history, (await night.report(name, WHOLE)).report.options, name);
    await night.close();
    const core: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const desk = new RenewalDesk({
        history,
        rollups: { run: async () => [], underWay: undefined },
        register: () => register,
      });
      for (const { name } of POOLS_OF_YEAR) core.push(await cpuMsOf(() => desk.report(name, WHOLE)));
    }
    const fresh: number[] = [];
    const again: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const renewals = open();
      // The first one starts the thread.
      await renewals.usage(POOLS_OF_YEAR[0]!.name);
      for (const { name } of POOLS_OF_YEAR) {
        fresh.push(await msOf(() => renewals.report(name, WHOLE)));
        again.push(await msOf(() => renewals.report(name, WHOLE)));
      }
      await renewals.close();
    }
    const of = "from three years of stored days of 40 pools";
    return [
      { ...measured(`a renewal report, ${of}`, "ms of one core", core.slice(POOLS_OF_YEAR.length)), id: "report" },
      measured("the same as the daemon waits for it, from its thread", "ms", fresh),
      measured("the same again, while no day has changed", "ms", again),
    ];
  } finally {
    await history.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of this thread; neighbours disturb it less than the clock on the wall. SQLite reads in it too. */
async function cpuMsOf(act: () => Promise<unknown>): Promise<number> {
  const before = process.threadCpuUsage();
  await act();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

async function msOf(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

function registerOfYear(): Register {
  const pools = POOLS_OF_YEAR.map(
    ({ name }) => `  ${name}:
    entitlements:
      - { reference: C-1, seats: 120, starts: 2024-10-01, ends: 2027-09-30, notice: 90d, cost: { amount: 12000, currency: GBP, per: year } }`,
  );
  const read = readRegister(`organisation: Exampleshire Council\npools:\n${pools.join("\n")}\n`, {});
  if ("mistakes" in read) throw new Error(JSON.stringify(read.mistakes));
  return read.register;
}

/** One year, and the same as if it had been twice before. */
async function fill(history: History, register: Register): Promise<void> {
  for (const days of sweepPools(manyHoldings(HOLDINGS_A_YEAR), POOLS_OF_YEAR, YEAR)) {
    const pool = days[0]!.pool;
    const all = Array.from({ length: YEARS }, (_, years) => moved(days, years, register)).flat();
    await history.db.transaction().execute(async (db) => {
      await putRows(db, "pool_days", all.map(dayRow), ["pool", "date"]);
      await putRows(db, "rolled_pools", [rolled(pool, all)], ["pool"]);
      const people = { people: 400, seatKeys: 420, byDepartment: { "department-1": 40, "department-2": 360 } };
      await putPeople(db, "window", { pool, from: WHOLE.from, until: WHOLE.to, ...people });
    });
  }
  await history.db.deleteFrom("stale_days").execute();
}

/** Days of one year as those of a year before, or two. */
function moved(days: readonly PoolDay[], years: number, register: Register): PoolDay[] {
  const date = (one: IsoDate) => addMonths(one, -12 * years);
  const calendar = new Map(
    localDays(date(days[0]!.date), date(days.at(-1)!.date), register).map((day) => [day.date, day]),
  );
  return days.flatMap((day) => {
    const local = calendar.get(date(day.date));
    return local ? [{ ...day, date: local.date, startMs: local.startMs, endMs: local.endMs }] : [];
  });
}

const rolled = (pool: string, days: readonly PoolDay[]): RolledPoolRow => ({
  ...{ pool, basis: "", capacity: "[]", first_ms: days[0]!.startMs, until_ms: days.at(-1)!.endMs },
  ...{ version: 1, past_version: 1, people_from: null, nightly: "9999-12-31" },
  // No session is kept: nothing is worked out again.
  kept_from_ms: Date.UTC(2100, 0),
});

async function storeReplays({ db }: History, options: readonly { seats: number }[], pool: string): Promise<void> {
  await putReplays(
    db,
    options.map(({ seats }) => ({
      ...{ pool, from_date: WHOLE.from, until_date: WHOLE.to, seats, launches: 50_000 },
      ...{ turned_away: 10, kept_waiting: 0, waited_ms: 0 },
    })),
  );
}
