import { capacitySteps } from "../domain/capacity.ts";
import type { Entitlement } from "../domain/register.ts";
import type { SeatsFrom } from "../domain/usage.ts";
import type { CapacityStepRow } from "./tables.ts";

/**
 * The seats of a pool, as dated steps. Since there are records the ledger's word counts, for it is what launches were
 * decided by; before that, and for what comes, the register's. The ledger notices a step when the pool is next asked
 * for something: where the register has had the same one since it was last heard of, it began when the register says.
 *
 * @param recorded in their order
 */
export function datedCapacity(
  entitlements: readonly Entitlement[],
  timezone: string,
  recorded: readonly Pick<CapacityStepRow, "at_ms" | "seats">[],
): SeatsFrom[] {
  const bought = capacitySteps(entitlements, timezone).map(({ fromMs, seats }) => ({ fromMs, seats }));
  const steps: SeatsFrom[] = [];
  let heardMs = Number.NEGATIVE_INFINITY;
  for (const { at_ms, seats } of recorded) {
    const since = bought.filter(({ fromMs }) => fromMs > heardMs && fromMs <= at_ms);
    const first = steps.length === 0;
    if (first || since.at(-1)?.seats === seats) steps.push(...since);
    if (since.at(-1)?.seats !== seats) steps.push({ fromMs: at_ms, seats });
    heardMs = at_ms;
  }
  steps.push(...bought.filter(({ fromMs }) => fromMs > heardMs));
  return steps.filter(({ seats }, i) => seats !== steps[i - 1]?.seats);
}

/** From when on two such lists differ; undefined where they are alike. */
export function differFromMs(one: readonly SeatsFrom[], other: readonly SeatsFrom[]): number | undefined {
  for (let i = 0; i < Math.max(one.length, other.length); i++) {
    const [a, b] = [one[i], other[i]];
    if (a?.fromMs === b?.fromMs && a?.seats === b?.seats) continue;
    return Math.min(a?.fromMs ?? Number.POSITIVE_INFINITY, b?.fromMs ?? Number.POSITIVE_INFINITY);
  }
  return undefined;
}
