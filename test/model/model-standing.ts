import type { Asked } from "./asked.ts";
import type { Reclaim } from "./model-state.ts";
import type { PoolModel } from "./pool-model.ts";

/** Whether what that epoch lost of borrowed and assigned seats is still to be rebuilt. */
export const isLost = (model: PoolModel, epoch: string) => model.isToRebuild && epoch === model.epoch;

/** How it stands with somebody who waits. */
export function standing(model: PoolModel, id: string): string | undefined {
  const offer = model.offers.get(id);
  if (offer) return `offered\t${Math.max(0, offer.dueMs - model.moment.virtualMs)}`;
  return model.waits.has(id) ? `queued\t${[...model.waits.keys()].indexOf(id) + 1}` : undefined;
}

const countdown = (model: PoolModel, { why, dueMs, postponable }: Reclaim) =>
  `reclaiming\t${Math.max(0, dueMs - model.moment.virtualMs)}\t${why}\t${postponable ? 1 : 0}`;

/** Still in use, or still waiting; what is simply alive is not answered. */
export function renew(model: PoolModel, { leaseId, holder }: Asked): string[] {
  const { virtualMs } = model.moment;
  const note = model.notes.get(leaseId);
  if (note) {
    note.dueMs = virtualMs + model.policy.noteMs;
    return [];
  }
  const lease = model.leases.get(leaseId);
  const wait = model.waits.get(leaseId);
  const has = lease ?? wait ?? model.offers.get(leaseId);
  if (!has) return ["gone", leaseId];
  if (has.launch.holder !== holder) return ["not_holder", leaseId];
  if (wait) wait.dueMs = Math.min(virtualMs + model.policy.ttlMs, wait.untilMs);
  if (lease && !lease.borrowedUntilMs) lease.dueMs = virtualMs + model.policy.ttlMs;
  const reclaim = lease && model.reclaims.get(leaseId);
  const told = reclaim ? countdown(model, reclaim) : standing(model, leaseId);
  return told ? [told, leaseId] : [];
}

/** What is done to a lease by others than its launch. */
export function act(model: PoolModel, { leaseId, order: text }: Asked): string {
  const [order, ...words] = text.split("\t");
  const lease = model.leases.get(leaseId);
  const reclaim = model.reclaims.get(leaseId);
  const { virtualMs, nowMs } = model.moment;
  if (order === "assign") {
    const [epoch = "", used] = words;
    const { hold } = model.rules;
    const untilMs = Number(used) + (hold ?? 0);
    if (!isLost(model, epoch) || !hold || untilMs <= nowMs) return "gone";
    if (model.holds.has(leaseId) || model.ended.has(`seen:${leaseId}`)) return "gone";
    const seats = Number(leaseId.split("*")[1] ?? 1);
    model.holds.set(leaseId, { seats, untilMs });
    model.tell("kept", "", 0, `hold ${seats} ${leaseId}`);
    return "assigned";
  }
  if (order === "over") {
    const [epoch = "", why = ""] = words;
    if (!isLost(model, epoch) || !lease?.borrowedUntilMs) return "gone";
    model.finish(leaseId, why, why);
    return "over";
  }
  if (order === "rebuilt") {
    if (!isLost(model, words[0] ?? "")) return "gone";
    model.isToRebuild = false;
    return "rebuilt";
  }
  if (order === "reassign") {
    if (!model.holds.has(leaseId)) return "gone";
    model.stopHolding(leaseId, "reassigned");
    return "freed";
  }
  if (order === "look") {
    if (lease) return "held";
    return standing(model, leaseId) ?? (model.ended.get(leaseId) === "lapsed" ? "lapsed" : "gone");
  }
  if (order === "spare") {
    if (reclaim?.why !== words[0]) return "gone";
    model.reclaims.delete(leaseId);
    model.tell("postponed", leaseId, 0, "0");
    return "spared";
  }
  if (!lease) return "gone";
  if (order === "recall") {
    if (!lease.borrowedUntilMs) return "gone";
    if (lease.flags.includes("recalled")) return "recalled";
    model.tellOf("recalled", leaseId, 0, "", lease);
    lease.flags.push("recalled");
    return "recalled";
  }
  if (order === "reclaim") {
    const [why = "", grace, postponable] = words;
    if (reclaim && (why === "reclaimed_idle" || reclaim.why !== "reclaimed_idle")) return countdown(model, reclaim);
    if (lease.borrowedUntilMs && why !== "device_retired") return "borrowed";
    const graceMs = Number(grace);
    const asked = { why, dueMs: virtualMs + graceMs, graceMs, postponable: postponable === "1" };
    model.reclaims.set(leaseId, asked);
    model.tellOf("reclaiming", leaseId, 0, `${why} ${graceMs}`, lease);
    return countdown(model, asked);
  }
  // Postpone: by a person who is there as often as he likes; what an administrator asks for once.
  if (lease.launch.holder !== words[0]) return "not_holder";
  if (!reclaim) return "gone";
  if (reclaim.postponable) {
    reclaim.dueMs = virtualMs + reclaim.graceMs;
    reclaim.postponable = reclaim.why === "reclaimed_idle";
    model.tell("postponed", leaseId, 0, String(reclaim.graceMs));
  }
  return countdown(model, reclaim);
}
