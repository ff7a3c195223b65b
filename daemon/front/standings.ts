import { durationInWords } from "../domain/sentences.ts";
import type { OrderAnswer, Reclaiming, ReclaimWhy, RenewAnswer } from "../ledger/answers.ts";
import type { Message } from "../protocol/messages.ts";

/** What is to be said of a lease that is not simply alive. */
export type Standing = Message<"queued"> | Message<"offered"> | Message<"reclaiming">;

/** @returns nothing for what the answer to a heartbeat tells already */
export function standingMessage(
  leaseId: string,
  pool: string,
  answer: RenewAnswer | OrderAnswer,
): Standing | undefined {
  switch (answer.outcome) {
    case "queued":
      return { type: "queued", leaseId, pool, position: answer.position };
    case "offered":
      return { type: "offered", leaseId, pool, takeWithinMs: answer.withinMs };
    case "reclaiming":
      return reclaimingMessage(leaseId, answer);
    default:
      return undefined;
  }
}

export function reclaimingMessage(leaseId: string, { why, graceMs, postponable }: Reclaiming): Message<"reclaiming"> {
  const message = `${WHY_RECLAIMED[why]}, and goes to others in ${durationInWords(graceMs)}: please save your work.`;
  return { type: "reclaiming", leaseId, reason: why, graceMs, postponable, message };
}

/** What the person at the screen reads. */
const WHY_RECLAIMED: Record<ReclaimWhy, string> = {
  reclaimed_idle: "Your seat is reclaimed because nobody has used it for a while",
  reclaimed_by_admin: "Your seat is reclaimed by those who look after the licences",
  device_retired: "Your seat is reclaimed because this computer is taken out of use",
};
