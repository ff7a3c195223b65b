import { possible } from "./connection-memory.ts";
import { Load } from "./load.ts";
import { inTurn, type Measured, measured, median } from "./measure.ts";
import { Product } from "./product.ts";

const ROUNDS = 2;
const SECONDS = 2;
const STEPS = [100, 1000, 5000];

/** What a decision costs the daemon, by how many connections ask at once; each step's beyond those of the one before. */
export async function connections(): Promise<Measured[]> {
  await using product = await Product.start();
  using load = new Load();
  const rows: Measured[] = [];
  const daemons: number[] = [];
  let open = 0;
  for (const step of [...STEPS, possible(0)]) {
    await load.connect(product.port, { connections: step - open });
    open = step;
    const { runs } = await inTurn({ runs: () => load.run(SECONDS, product.cpu) }, ROUNDS);
    const each = (who: "daemon" | "redis") => runs.map(({ used, decisions }) => (used[who] * 1e6) / decisions);
    const name = `${step.toLocaleString("en-GB")} connections`;
    rows.push(
      measured(`${name}: daemon`, "CPU µs a decision", each("daemon")),
      measured(`${name}: Redis`, "CPU µs a decision", each("redis")),
      measured(
        `${name}: decisions`,
        "/s",
        runs.map(({ decisions, seconds }) => decisions / seconds),
      ),
      measured(
        `${name}: 99 of 100 are answered within`,
        "ms",
        runs.map(({ p99 }) => p99),
      ),
    );
    daemons.push(median(each("daemon")));
  }
  const grown = daemons.at(-1)! / daemons[0]!;
  return [...rows, { name: `daemon: ${open.toLocaleString("en-GB")} connections ÷ 100`, unit: "ratio", value: grown }];
}
