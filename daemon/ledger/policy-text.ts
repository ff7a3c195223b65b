import type { CapacityStep } from "../domain/capacity.ts";
import type { PoolPolicy } from "../domain/policy.ts";

/** A policy as lua/adopt.lua takes it: revision, ttl, life of a note, dated steps, limits, offsets of the zone, rules. */
export function encodePolicy(policy: PoolPolicy): string[] {
  return [
    String(policy.revision),
    String(policy.ttlMs),
    String(policy.noteMs),
    encodeSteps(policy.steps),
    pairs(policy.limits),
    policy.offsets.map((offset) => `${offset.fromMs}=${offset.offsetMs}`).join(" "),
    pairs(policy.rules),
  ];
}

const pairs = (numbers: object) =>
  Object.entries(numbers)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");

const encodeStep = ({ fromMs, seats, reason, termMs, reserved }: CapacityStep) =>
  `${fromMs}=${seats}=${reason}=${termMs}=${reserved.map((part) => `${part.group}:${part.seats}`).join(",")}`;

export const encodeSteps = (steps: readonly CapacityStep[]) => steps.map(encodeStep).join(" ");

export function decodeSteps(text: string): CapacityStep[] {
  return text.split(" ").map((step) => {
    const [fromMs, seats, reason, termMs, reserved = ""] = step.split("=");
    return {
      fromMs: Number(fromMs),
      seats: Number(seats),
      reason: reason as CapacityStep["reason"],
      termMs: Number(termMs ?? 0),
      reserved: reserved
        .split(",")
        .filter(Boolean)
        .map((part) => part.split(":") as [string, string])
        .map(([group, seats]) => ({ group, seats: Number(seats) })),
    };
  });
}
