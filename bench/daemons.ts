import { dataFolder } from "../test/support/daemon.ts";
import { Load } from "./load.ts";
import { inTurn, type Measured, measured, ratio } from "./measure.ts";
import { cpuSecondsOf } from "./process-cpu.ts";
import { Product } from "./product.ts";

const ROUNDS = 3;
const SECONDS = 2;
const CONNECTIONS = 512;
const COUNTS = [1, 2, 4];

const nameOf = (count: number) => `${count} ${count === 1 ? "daemon" : "daemons"}`;

/** Several daemons of one installation on one machine, with one Redis; as many connections in all, on one pool. */
export async function daemons(): Promise<Measured[]> {
  using folder = dataFolder();
  await using products = new AsyncDisposableStack();
  using loads = new DisposableStack();
  const started: Product[] = [];
  for (let i = 0; i < Math.max(...COUNTS); i++) {
    started.push(products.use(await Product.start({ data: folder.path })));
  }
  const meter = async () => ({
    daemons: started.reduce((sum, { pid }) => sum + cpuSecondsOf(pid), 0),
    redis: (await started[0]!.cpu()).redis,
  });
  const asks: Record<string, () => ReturnType<typeof run>> = {};
  const run = (load: Load) => load.run(SECONDS, meter);
  for (const count of COUNTS) {
    const load = loads.use(new Load());
    for (const { port } of started.slice(0, count)) await load.connect(port, { connections: CONNECTIONS / count });
    asks[nameOf(count)] = () => run(load);
  }
  const answers = await inTurn(asks, ROUNDS);
  const rate = (name: string) => answers[name]!.map(({ decisions, seconds }) => decisions / seconds);
  const rows = Object.entries(answers).flatMap(([name, runs]) => [
    measured(`${name}: decisions, together`, "/s", rate(name)),
    ...(["daemons", "redis"] as const).map((who) =>
      measured(
        `${name}: ${who === "redis" ? "Redis" : "they"}`,
        "CPU µs a decision",
        runs.map(({ used, decisions }) => (used[who] * 1e6) / decisions),
      ),
    ),
  ]);
  const beside = (count: number) =>
    ratio(`decisions: ${nameOf(count)} ÷ ${nameOf(1)}`, rate(nameOf(count)), rate(nameOf(1)));
  return [...rows, beside(2), beside(4)];
}
