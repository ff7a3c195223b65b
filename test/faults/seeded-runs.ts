import { type FaultRun, faultRun } from "./fault-run.ts";
import { type FaultReport, reportOf } from "./report.ts";

/**
 * A run for each seed, so many side by side. Ctrl-C ends it after those that are under way.
 *
 * @param tell a line of progress
 */
export async function seededRuns(
  seeds: readonly number[],
  grounds: readonly string[],
  atOnce: number,
  tell: (line: string) => void,
): Promise<FaultReport & { all: FaultRun[] }> {
  const runs: FaultRun[] = [];
  /** Seeds whose runs came to no end. */
  const broken: number[] = [];
  const waiting = [...seeds];
  process.once("SIGINT", () => {
    tell("No further runs; those under way are finished first, so that nothing is left behind.");
    waiting.length = 0;
  });
  const workers = Array.from({ length: atOnce }, async () => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      const run = await faultRun(seed, grounds).catch((error: Error) => error);
      if (run instanceof Error) {
        broken.push(seed);
        tell(`seed ${seed}: broke off: ${run.stack}`);
        continue;
      }
      runs.push(run);
      const went = run.faults.map(({ fault, silentMs }) => `${fault} (${silentMs} ms)`).join(", ");
      tell(
        `seed ${seed}: ${run.verdict}, ${run.operations} operations on ${run.ground}; ${went} ${run.why.join("; ")}`,
      );
    }
  });
  await Promise.all(workers);
  runs.sort((one, other) => one.seed - other.seed);
  return { ...reportOf(runs, broken), all: runs };
}
