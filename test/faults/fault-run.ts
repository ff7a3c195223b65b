import { setTimeout as delay } from "node:timers/promises";
import type { Verdict } from "../../client-shim/history-checker.ts";
import { seeded } from "../../daemon/domain/random.ts";
import { GROUNDS } from "./grounds.ts";
import { SEATS, type TrialResult, trial } from "./trial.ts";

export const LEAST_OPERATIONS = 1000;
/** Some lines of a log are no operations. */
const MARGIN = 1.05;
/** With less the checker says that a run proves nothing. */
const CERTAIN_SHARE = 0.8 * MARGIN;
const ENOUGH_WITHIN_MS = 60_000;
const FAULTS = 3;
/** From one fault's end to the next one's start. */
const CALM_MS = 1500;

export interface FaultRun {
  seed: number;
  ground: string;
  faults: TrialResult["faults"];
  operations: number;
  unknown: number;
  granted: number;
  denied: number;
  lost: number;
  overCapacity: number;
  falseDenials: number;
  verdict: Verdict["verdict"];
  why: string[];
  /** What the history says of it, where there is one. */
  accounts?: TrialResult["accounts"];
  seconds: number;
}

/** What chance decides is decided by the seed alone; how the machine takes turns is not. */
export async function faultRun(seed: number, grounds: readonly string[], times = FAULTS): Promise<FaultRun> {
  const began = performance.now();
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
  const name = grounds[seed % grounds.length]!;
  await using stack = new AsyncDisposableStack();
  const ground = await GROUNDS[name]!.open(stack, SEATS);

  const { faults, lost, checked, accounts } = await trial(ground, seed, async ({ answers, inject }) => {
    for (let i = 0; i < times; i++) {
      await delay(CALM_MS * (0.5 + random()));
      await inject(pick(Object.keys(ground.faults)));
    }
    // A machine that has too much to do takes longer until there is enough that can be judged.
    const latestMs = performance.now() + ENOUGH_WITHIN_MS;
    const enough = ({ all, certain }: ReturnType<typeof answers>) =>
      certain >= LEAST_OPERATIONS * MARGIN && certain >= CERTAIN_SHARE * all;
    do await delay(CALM_MS);
    while (!enough(answers()) && performance.now() < latestMs);
  });
  const { operations } = checked;
  const tooFew = operations < LEAST_OPERATIONS ? [`${operations} operations are too few`] : [];
  return {
    ...{ seed, ground: name, faults, operations, lost },
    unknown: checked.unknown,
    granted: checked.granted,
    denied: checked.denied,
    overCapacity: checked.overCapacity.length,
    falseDenials: checked.falseDenials.length,
    verdict: accounts?.broken.length
      ? "violated"
      : checked.verdict === "sound" && tooFew.length > 0
        ? "proves_nothing"
        : checked.verdict,
    why: [...checked.why, ...tooFew, ...(accounts?.broken ?? [])],
    ...(accounts && { accounts }),
    seconds: Math.round(performance.now() - began) / 1000,
  };
}
