import { Echo } from "./echo.ts";
import { Load } from "./load.ts";
import { inTurn, type Measured, measured, ratio } from "./measure.ts";
import { cpuSecondsOf } from "./process-cpu.ts";
import { Product } from "./product.ts";

const ROUNDS = 3;
const SECONDS = 2;
const SHAPES = { "500 × 1": { connections: 500, inFlight: 1 }, "32 × 16": { connections: 32, inFlight: 16 } };

/** What a message costs the daemon, all it does for it included, beside a WebSocket server that only echoes. */
export async function frontDoor(): Promise<Measured[]> {
  await using product = await Product.start();
  using echo = await Echo.start();
  const asks: Record<string, () => Promise<number>> = {};
  using loads = new DisposableStack();
  for (const [name, shape] of Object.entries(SHAPES)) {
    for (const [who, { port, pid }] of Object.entries({ daemon: product, echo })) {
      const load = loads.use(new Load());
      await load.connect(port, { ...shape, echo: who === "echo" });
      asks[`${name}: ${who}`] = async () => {
        const { used, decisions } = await load.run(SECONDS, async () => ({ server: cpuSecondsOf(pid) }));
        return (used.server * 1e6) / decisions;
      };
    }
  }
  const costs = await inTurn(asks, ROUNDS);
  const compared = (shape: keyof typeof SHAPES, id?: "front-door") =>
    ratio(`${shape}: daemon ÷ echo`, costs[`${shape}: daemon`]!, costs[`${shape}: echo`]!, id);
  return [
    ...Object.entries(costs).map(([name, values]) => measured(name, "CPU µs a message", values)),
    compared("500 × 1", "front-door"),
    compared("32 × 16"),
  ];
}
