import { Ledger } from "../daemon/ledger/ledger.ts";
import { Fleet, POLICY, redisCost } from "./fleet.ts";
import { inTurn, type Measured, measured, ratio } from "./measure.ts";
import { BenchRedis } from "./redis-server.ts";

const ROUNDS = 3;
const POOLS = [1, 100, 10_000];
const LIVE = 64;
const BATCH = 64;
/** Each asks the next pool, so that of many none is in the processor's cache because it was asked just now. */
const CALLS = 1000;
const EMPTY = "empty:";
/** A tick of few pools takes less than a clock of CPU time tells apart. */
const ticksOf = (pools: number) => Math.max(3, Math.round(1000 / pools));

const nameOf = (pools: number) => `${pools.toLocaleString("en-GB")} pools`;

/** What a second costs in which nobody asks for anything, in CPU milliseconds of Redis and of the daemon. */
async function tickCost(redis: BenchRedis, ledger: Ledger, ticks: number): Promise<{ redis: number; daemon: number }> {
  const before = await redis.cpuSeconds();
  const own = process.cpuUsage();
  for (let i = 0; i < ticks; i++) await ledger.pulse();
  const { user, system } = process.cpuUsage(own);
  return { redis: (((await redis.cpuSeconds()) - before) * 1000) / ticks, daemon: (user + system) / 1000 / ticks };
}

/** A daemon's ledger of these pools, whose time passes when it is told to. */
async function ledgerOf(redis: BenchRedis, prefix: string, pools: readonly string[]): Promise<Ledger> {
  const ledger = await Ledger.open({ redis: { path: redis.socket }, prefix, pulseMs: 0 });
  await ledger.adopt(new Map(pools.map((pool) => [pool, POLICY])));
  return ledger;
}

/** What decisions cost by how many pools they are spread over, and what pools cost in which nothing happens. */
export async function manyPools(): Promise<Measured[]> {
  await using redis = await BenchRedis.start();
  using ledgers = new DisposableStack();
  const decisions: Record<string, () => Promise<number>> = {};
  const ticks: Record<string, () => Promise<{ redis: number; daemon: number }>> = {};
  for (const pools of POOLS) {
    const prefix = `bench-${pools}:`;
    const fleet = await Fleet.filled(redis, { pools, live: LIVE, prefix });
    decisions[`a decision, ${nameOf(pools)}`] = () => redisCost(redis, CALLS, BATCH, () => fleet.decide(BATCH));
    for (const [what, at] of Object.entries({ "in use": prefix, empty: `${EMPTY}${prefix}` })) {
      const ledger = ledgers.adopt(await ledgerOf(redis, at, fleet.pools), (one) => void one.close());
      ticks[`a second of ${nameOf(pools)}, ${what}`] = () => tickCost(redis, ledger, ticksOf(pools));
    }
  }
  const costs = await inTurn(decisions, ROUNDS);
  const seconds = await inTurn(ticks, ROUNDS);
  const most = `a decision, ${nameOf(POOLS.at(-1)!)}`;
  return [
    ...Object.entries(costs).map(([name, values]) => measured(name, "µs of Redis", values)),
    ratio(`${most} ÷ 1`, costs[most]!, costs[`a decision, ${nameOf(1)}`]!),
    ...Object.entries(seconds).flatMap(([name, runs]) =>
      (["redis", "daemon"] as const).map((who) =>
        measured(
          `${name}: ${who === "redis" ? "Redis" : who}`,
          "CPU ms",
          runs.map((run) => run[who]),
        ),
      ),
    ),
  ];
}
