import { setTimeout as delay } from "node:timers/promises";
import { GROUNDS } from "./grounds.ts";
import { SEATS, trial } from "./trial.ts";

/** What is lost, where, and within how long launches go on (GUARANTEES.md, A1). */
const LOSSES = [
  { ground: "sentinels", fault: "master killed", withinMs: 10_000 },
  { ground: "sentinels", fault: "master frozen", withinMs: 10_000 },
  { ground: "cluster", fault: "shard killed", withinMs: 10_000 },
  { ground: "cluster", fault: "shard frozen", withinMs: 10_000 },
  { ground: "sentinels", fault: "daemon on sentinels killed", withinMs: 5000 },
  { ground: "two daemons behind HAProxy", fault: "one of two daemons killed", withinMs: 5000 },
] as const;
/** All that was lost is back, and everybody is served, before the next loss. */
const CALM_MS = 3000;

export interface Loss {
  ground: string;
  fault: string;
  /** How long nobody was answered, each time; ascending, as below. */
  silentMs: number[];
  /** How long a launch waited for its answer at most, with all that its shim waited before it asked again. */
  waitedMs: number[];
  withinMs: number;
}

export interface Losses {
  losses: Loss[];
  /** What was promised and does not hold. */
  broken: string[];
}

/**
 * The same loss so many times in a row, as fleets of shims see it.
 *
 * @param tell a line of progress
 */
export async function losses(times: number, seed: number, tell: (line: string) => void): Promise<Losses> {
  const all: Loss[] = [];
  const broken: string[] = [];
  for (const { ground, fault, withinMs } of LOSSES) {
    const lacking = GROUNDS[ground]!.lacks?.();
    if (lacking) {
      tell(`skipped: ${ground} (${lacking})`);
      continue;
    }
    await using stack = new AsyncDisposableStack();
    const { faults, checked } = await trial(await GROUNDS[ground]!.open(stack, SEATS), seed, async ({ inject }) => {
      for (let i = 0; i < times; i++) {
        await delay(CALM_MS);
        await inject(fault);
      }
      await delay(CALM_MS);
    });
    const ascending = (of: (one: (typeof faults)[number]) => number) => faults.map(of).toSorted((a, b) => a - b);
    const loss: Loss = {
      ...{ ground, fault, withinMs },
      silentMs: ascending(({ silentMs }) => silentMs),
      waitedMs: ascending(({ waitedMs }) => waitedMs),
    };
    all.push(loss);
    tell(`${fault}: silent ${loss.silentMs.join(" ")} ms; waited ${loss.waitedMs.join(" ")} ms; ${checked.verdict}`);
    if (checked.verdict === "violated") broken.push(`${fault}: the checker: ${checked.why.join("; ")}`);
    const late = loss.silentMs.filter((ms) => ms > withinMs);
    if (late.length > 0) broken.push(`${fault}: nobody was answered for ${late.map((ms) => `${ms} ms`).join(", ")}`);
  }
  return { losses: all, broken };
}
