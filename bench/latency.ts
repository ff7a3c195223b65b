import { Echo } from "./echo.ts";
import { Load } from "./load.ts";
import { inTurn, type Measured, measured, ratio } from "./measure.ts";
import { Product } from "./product.ts";

const ROUNDS = 3;
const SECONDS = 2;
const CONNECTIONS = 500;

const nothing = async () => ({});
const rateOf = ({ decisions, seconds }: { decisions: number; seconds: number }) => decisions / seconds;

/**
 * How long a decision waits at half of what the product can do, beside a server that asks the same Redis for a PING at
 * each message: as many connections, as many questions a second.
 */
export async function latency(): Promise<Measured[]> {
  await using product = await Product.start();
  using echo = await Echo.start(product.redisSocket);
  using load = new Load();
  await load.connect(product.port, { connections: CONNECTIONS });
  using pings = new Load();
  await pings.connect(echo.port, { connections: CONNECTIONS, echo: true });

  let half = 0;
  const { saturation, decision, ping } = await inTurn(
    {
      saturation: async () => {
        const run = await load.run(SECONDS, nothing);
        half = rateOf(run) / 2;
        return run;
      },
      decision: () => load.run(SECONDS, nothing, half),
      ping: () => pings.run(SECONDS, nothing, half),
    },
    ROUNDS,
  );
  const rows = Object.entries({ "a decision at half of that": decision, "a PING, as many": ping });
  const p99 = (runs: typeof decision) => runs.map((run) => run.p99);
  return [
    measured("saturation: decisions", "/s", saturation.map(rateOf)),
    ...rows.flatMap(([name, runs]) => [
      measured(`${name}: answered`, "/s", runs.map(rateOf)),
      measured(
        `${name}: half are answered within`,
        "ms",
        runs.map(({ p50 }) => p50),
      ),
      measured(`${name}: 99 of 100 are answered within`, "ms", p99(runs)),
    ]),
    ratio("99 of 100: a decision ÷ a PING", p99(decision), p99(ping), "latency"),
  ];
}
