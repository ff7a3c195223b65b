import { setTimeout as delay } from "node:timers/promises";
import { GROUNDS, type Ground, onCluster, onSentinels } from "./grounds.ts";
import { SEATS, trial } from "./trial.ts";

/** What is right for use, where the seeded runs are in haste. */
const NODE_TIMEOUT_MS = 5000;
const MASTER_WITHIN_MS = 10_000;
const DAEMON_WITHIN_MS = 5000;

type Open = (stack: AsyncDisposableStack, seats: number) => Promise<Ground>;
const sentinels: Open = (stack, seats) => onSentinels(stack, seats, true);
const cluster: Open = (stack, seats) => onCluster(stack, seats, NODE_TIMEOUT_MS);

/** What is lost, and within how long launches go on (GUARANTEES.md, A1). */
const LOSSES: Record<string, { open: Open; lacks?: () => string | undefined; withinMs: number }> = {
  "master killed": { open: sentinels, withinMs: MASTER_WITHIN_MS },
  "master frozen": { open: sentinels, withinMs: MASTER_WITHIN_MS },
  "shard killed": { open: cluster, withinMs: MASTER_WITHIN_MS },
  "shard frozen": { open: cluster, withinMs: MASTER_WITHIN_MS },
  "daemon on sentinels killed": { open: sentinels, withinMs: DAEMON_WITHIN_MS },
  "daemon on a cluster killed": { open: cluster, withinMs: DAEMON_WITHIN_MS },
  "one of two daemons killed": { ...GROUNDS["two daemons behind HAProxy"]!, withinMs: DAEMON_WITHIN_MS },
};
/** All that was lost is back, and everybody is served, before the next loss. */
const CALM_MS = 3000;

export interface Loss {
  fault: string;
  withinMs: number;
  /** How long nobody was answered, each time; ascending, as what follows. */
  silentMs: number[];
  /** How long one launch waited for its answer at most, with all that its shim waited before it asked again. */
  waitedMs: number[];
}

export interface LossReport {
  losses: Loss[];
  /** What was promised and does not hold. */
  broken: string[];
}

/**
 * The same loss so many times in a row, as fleets of shims see it.
 *
 * @param tell a line of progress
 */
export async function losses(times: number, seed: number, tell: (line: string) => void): Promise<LossReport> {
  const all: Loss[] = [];
  const broken: string[] = [];
  for (const [fault, { open, lacks, withinMs }] of Object.entries(LOSSES)) {
    const lacking = lacks?.();
    if (lacking) {
      tell(`skipped: ${fault} (${lacking})`);
      continue;
    }
    await using stack = new AsyncDisposableStack();
    const { faults, checked } = await trial(await open(stack, SEATS), seed, async ({ inject }) => {
      for (let i = 0; i < times; i++) {
        await delay(CALM_MS);
        await inject(fault);
      }
      await delay(CALM_MS);
    });
    const silentMs = faults.map(({ silentMs }) => silentMs).toSorted((one, other) => one - other);
    const waitedMs = faults.map(({ waitedMs }) => waitedMs).toSorted((one, other) => one - other);
    all.push({ fault, withinMs, silentMs, waitedMs });
    tell(`${fault}: silent ${silentMs.join(" ")} ms; waited ${waitedMs.join(" ")} ms; ${checked.verdict}`);
    if (checked.verdict === "violated") broken.push(`${fault}: ${checked.why.join("; ")}`);
    const late = silentMs.filter((ms) => ms > withinMs);
    if (late.length > 0) broken.push(`${fault}: nobody was answered for ${late.join(", ")} ms`);
  }
  return { losses: all, broken };
}
