import { Fleet, redisCost } from "./fleet.ts";
import { inTurn, type Measured, measured, ratio } from "./measure.ts";
import { BenchRedis } from "./redis-server.ts";

const ROUNDS = 3;
const LEASES = [100, 1000, 10_000, 100_000, 1_000_000];
const FEW = 1000;
const BATCH = 64;
const CALLS = 600;

const nameOf = (leases: number) => `${leases.toLocaleString("en-GB")} live leases in a pool`;

/** What a decision costs Redis, by how many leases live in its pool. */
export async function liveLeases(): Promise<Measured[]> {
  await using redis = await BenchRedis.start();
  const asks: Record<string, () => Promise<number>> = {};
  for (const live of LEASES) {
    const fleet = await Fleet.filled(redis, { pools: 1, live, prefix: `bench-${live}:` });
    asks[nameOf(live)] = () => redisCost(redis, CALLS, BATCH, () => fleet.decide(BATCH));
  }
  const costs = await inTurn(asks, ROUNDS);
  const most = LEASES.at(-1)!;
  return [
    ...Object.entries(costs).map(([name, values]) => measured(name, "µs of Redis", values)),
    ratio(`${nameOf(most)} ÷ ${FEW}`, costs[nameOf(most)]!, costs[nameOf(FEW)]!, "million-leases"),
  ];
}
