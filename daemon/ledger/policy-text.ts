import type { CapacityStep } from "../domain/capacity.ts";
import type { PoolPolicy } from "../domain/policy.ts";

/** A policy as lua/adopt.lua takes it: revision, ttl, life of a note, dated steps, ceilings of sites, offsets of the zone. */
export function encodePolicy(policy: PoolPolicy): string[] {
  return [
    String(policy.revision),
    String(policy.ttlMs),
    String(policy.noteMs),
    policy.steps.map((step) => `${step.fromMs}=${step.seats}=${step.reason}`).join(" "),
    Object.entries(policy.ceilings)
      .map(([site, seats]) => `site:${site}=${seats}`)
      .join(" "),
    policy.offsets.map((offset) => `${offset.fromMs}=${offset.offsetMs}`).join(" "),
  ];
}

export function decodeSteps(text: string): CapacityStep[] {
  return text.split(" ").map((step) => {
    const [fromMs, seats, reason] = step.split("=");
    return { fromMs: Number(fromMs), seats: Number(seats), reason: reason as CapacityStep["reason"] };
  });
}
