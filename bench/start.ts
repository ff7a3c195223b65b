import { join } from "node:path";
import { plainEnvironment, Typed } from "../test/support/copied-tree.ts";
import { dataFolder } from "../test/support/daemon.ts";
import { PROJECT } from "../test/support/source.ts";
import { inTurn, type Measured, measured } from "./measure.ts";

const ROUNDS = 7;

/** From its being typed to its being ready, in milliseconds; then it is stopped, as somebody does at a shell. */
async function readyAfterMs(line: string, environment: Record<string, string>): Promise<number> {
  const beganAtMs = performance.now();
  const typed = new Typed(line, PROJECT, plainEnvironment(environment));
  await typed.says(/^Ready at /m);
  const tookMs = performance.now() - beganAtMs;
  typed.interrupt();
  await typed.ended;
  return tookMs;
}

/** A start where all is installed and the data is there: the round that warms up is the first start. */
export async function start(): Promise<Measured[]> {
  using folder = dataFolder();
  const environment = { SEATMETER_DATA: folder.path, SEATMETER_LISTEN: "127.0.0.1:0" };
  const cached = { ...environment, NODE_COMPILE_CACHE: join(PROJECT, "node_modules/.cache/node") };
  const daemon = `${process.execPath} --min-semi-space-size=16 --max-semi-space-size=16 daemon/main.ts`;
  const answers = await inTurn(
    {
      "npm start": () => readyAfterMs("npm start", environment),
      "the daemon alone": () => readyAfterMs(daemon, cached),
      "the daemon alone, nothing compiled": () => readyAfterMs(daemon, environment),
    },
    ROUNDS,
  );
  return Object.entries(answers).map(([name, values]) => measured(`${name}: ready after`, "ms", values));
}
