import { possible } from "./connection-memory.ts";
import { Load } from "./load.ts";
import { inTurn, type Measured, measured, median } from "./measure.ts";
import { Product } from "./product.ts";

const ROUNDS = 3;
/** Of all that there are each takes a seat and gives it back in that time. */
const SECONDS = 5;
const FEWEST = 100;
const STEPS = [FEWEST, 1000];

/**
 * What a decision costs the daemon, by how many connections ask in turn; each step's beyond those of the one before. All
 * steps ask as often: half of what the fewest get, so that calls are as large and the connections alone differ.
 */
export async function connections(): Promise<Measured[]> {
  await using product = await Product.start();
  using load = new Load();
  await load.connect(product.port, { connections: FEWEST });
  const most = await load.run(SECONDS, product.cpu);
  const rate = most.decisions / most.seconds / 2;

  const rows: Measured[] = [];
  const daemons: number[] = [];
  let open = FEWEST;
  for (const step of [...STEPS, possible(0)]) {
    if (step > open) await load.connect(product.port, { connections: step - open });
    open = step;
    const { runs } = await inTurn({ runs: () => load.run(SECONDS, product.cpu, rate) }, ROUNDS);
    const each = (who: "daemon" | "redis") => runs.map(({ used, decisions }) => (used[who] * 1e6) / decisions);
    const p99 = runs.map((run) => run.p99);
    const name = `${step.toLocaleString("en-GB")} connections`;
    rows.push(
      measured(`${name}: daemon`, "CPU µs a decision", each("daemon")),
      measured(`${name}: Redis`, "CPU µs a decision", each("redis")),
      measured(`${name}: 99 of 100 are answered within`, "ms", p99),
    );
    daemons.push(median(each("daemon")));
  }
  const grown = daemons.at(-1)! / daemons[0]!;
  return [
    { name: "decisions, of all connections together", unit: "/s", value: rate },
    ...rows,
    { name: `daemon: ${open.toLocaleString("en-GB")} connections ÷ ${FEWEST}`, unit: "ratio", value: grown },
  ];
}
