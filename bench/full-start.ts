import { join } from "node:path";
import { Redis } from "ioredis";
import { scripts } from "../daemon/ledger/scripts.ts";
import { dataFolder, startDaemon } from "../test/support/daemon.ts";
import { Fleet, type Scripted } from "./fleet.ts";
import { inTurn, type Measured, measured } from "./measure.ts";
import { REGISTER } from "./product.ts";

const ROUNDS = 3;
const LEASES = 1_000_000;

/** How long a start takes on a ledger that is full. */
export async function fullStart(): Promise<Measured[]> {
  using folder = dataFolder();
  const options = { register: REGISTER.replaceAll("product-0", "p0"), data: folder.path };
  const first = await startDaemon(options);
  const client = new Redis({ path: join(folder.path, "redis/redis.sock"), scripts: scripts() }) as Scripted["client"];
  await Fleet.filled({ client }, { pools: 1, live: LEASES, prefix: "seatmeter:" });
  client.disconnect();
  await first.stop();

  const readyAfter = async (end: "stop" | "kill") => {
    const beganAtMs = performance.now();
    const daemon = await startDaemon(options);
    const seconds = (performance.now() - beganAtMs) / 1000;
    await daemon[end]();
    return seconds;
  };
  const answers = await inTurn(
    {
      "daemon and Redis: ready after": () => readyAfter("kill"),
      "the daemon alone, whose Redis has run on: ready after": () => readyAfter("stop"),
    },
    ROUNDS,
  );
  return [
    { name: "live leases in a pool", unit: "", value: LEASES },
    ...Object.entries(answers).map(([name, values]) => measured(name, "s", values)),
  ];
}
