import { Fleet, redisCost } from "./fleet.ts";
import { Load } from "./load.ts";
import { inTurn, type Measured, measured, ratio } from "./measure.ts";
import { naturalFleet } from "./natural-fleet.ts";
import { PRODUCTS, Product } from "./product.ts";
import { BenchRedis } from "./redis-server.ts";

const ROUNDS = 3;
const SECONDS = 2;
const US_A_SECOND = 1e6;
const STRAIGHT_CALLS = 20_000;

const SHAPES = {
  "500 × 1": { connections: 500, inFlight: 1 },
  "500 × 1, 16 pools": { connections: 500, inFlight: 1, products: PRODUCTS },
  "32 × 16": { connections: 32, inFlight: 16 },
};
type Shape = keyof typeof SHAPES;

/** What was seen in one run of some seconds; of a ceiling the rate alone. */
interface Run {
  /** Decisions a second. */
  rate: number;
  /** Milliseconds. */
  p50?: number;
  p99?: number;
  /** CPU microseconds a decision. */
  daemon?: number;
  redis?: number;
  load?: number;
}

/** What one core of Redis could decide, if it had nothing else to do; and what a client straight at it does get. */
async function ceilings(natural: BenchRedis, batched: BenchRedis) {
  const naturally = await naturalFleet(natural);
  const fleet = await Fleet.filled(batched);
  const rate = (cost: number): Run => ({ rate: US_A_SECOND / cost });
  return {
    natural: async () => rate(await redisCost(natural, 5000, 1, naturally)),
    straight: async (): Promise<Run> => {
      const began = performance.now();
      await redisCost(natural, STRAIGHT_CALLS, 1, naturally);
      return { rate: (STRAIGHT_CALLS * 1000) / (performance.now() - began) };
    },
    batched: async () => rate(await redisCost(batched, 600, 64, () => fleet.decide(64))),
  };
}

/** One shape of load on one daemon. */
async function shape(product: Product, name: Shape) {
  const load = new Load();
  await load.connect(product.port, SHAPES[name]);
  return Object.assign(load, {
    ask: async (): Promise<Run> => {
      const { decisions, seconds, p50, p99, cpu, used } = await load.run(SECONDS, product.cpu);
      const each = (cpuSeconds: number) => (cpuSeconds * US_A_SECOND) / decisions;
      return {
        rate: decisions / seconds,
        p50,
        p99,
        daemon: each(used.daemon),
        redis: each(used.redis),
        load: each(cpu),
      };
    },
  });
}

/** The whole product: WebSocket, eligibility, ledger and the Redis that the daemon runs for itself. */
export async function endToEnd(): Promise<Measured[]> {
  await using naturalRedis = await BenchRedis.start();
  await using batchedRedis = await BenchRedis.start();
  await using product = await Product.start();
  await using careless = await Product.start({ appendOnly: false });
  using single = await shape(product, "500 × 1");
  using pools = await shape(product, "500 × 1, 16 pools");
  using multiplexed = await shape(product, "32 × 16");
  using carelessSingle = await shape(careless, "500 × 1");
  const ceiling = await ceilings(naturalRedis, batchedRedis);

  const runs = await inTurn(
    {
      "ceiling of the natural script": ceiling.natural,
      "natural script by a client straight at Redis": ceiling.straight,
      "ceiling of the ledger's script, 64 a call": ceiling.batched,
      "500 × 1": single.ask,
      "500 × 1, 16 pools": pools.ask,
      "32 × 16": multiplexed.ask,
      "500 × 1, no append-only file": carelessSingle.ask,
    },
    ROUNDS,
  );
  const rate = (name: keyof typeof runs) => runs[name].map((run) => run.rate);
  const natural = rate("ceiling of the natural script");
  const batched = rate("ceiling of the ledger's script, 64 a call");
  return [
    ...Object.entries(runs).flatMap(([name, runs]) => rowsOf(name, runs)),
    ratio("500 × 1 ÷ ceiling of the natural script", rate("500 × 1"), natural, "end-to-end"),
    ratio("500 × 1 ÷ natural script, straight", rate("500 × 1"), rate("natural script by a client straight at Redis")),
    ratio("32 × 16 ÷ ceiling of the ledger's script", rate("32 × 16"), batched, "end-to-end-multiplexed"),
    ratio(
      "500 × 1: append-only file, synced always ÷ none",
      rate("500 × 1"),
      rate("500 × 1, no append-only file"),
      "fsync-always",
    ),
  ];
}

const COLUMNS: [keyof Run, what: string, unit: string][] = [
  ["rate", "decisions", "/s"],
  ["p50", "half are answered within", "ms"],
  ["p99", "99 of 100 are answered within", "ms"],
  ["daemon", "daemon", "CPU µs a decision"],
  ["redis", "Redis", "CPU µs a decision"],
  ["load", "load", "CPU µs a decision"],
];

function rowsOf(name: string, runs: readonly Run[]): Measured[] {
  return COLUMNS.flatMap(([column, what, unit]) => {
    const values = runs.flatMap((run) => run[column] ?? []);
    return values.length > 0 ? [measured(`${name}: ${what}`, unit, values)] : [];
  });
}
