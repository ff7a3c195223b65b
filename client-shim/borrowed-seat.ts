import type { Parties } from "./launched.ts";
import { deviceName } from "./settings.ts";

export type BorrowedForLaunch =
  /** The launch is covered: nobody has to be asked. */
  { covered: true; untilMs: number } | { covered: false; trouble?: string };

/**
 * Whether a launch is covered by a seat that this computer has taken along. What checks that is loaded only where there is
 * a ticket.
 */
export async function borrowedSeat(
  { product, policy, tickets, keys, moments }: Parties["kept"],
  seats: number,
): Promise<BorrowedForLaunch> {
  const nowMs = Date.now();
  const latestMs = moments.latestMs();
  moments.see(nowMs);
  const kept = tickets.kept(product);
  if (kept === undefined) return { covered: false };
  const cannot = (why: string) => ({
    covered: false as const,
    trouble: `the borrowed seat of ${policy.calledName(product)} cannot be used: ${why}.`,
  });
  if (kept === "unreadable") return cannot("its file cannot be read");
  // Asked for, and the answer was lost: `borrow` asks again.
  if (kept.ticket === undefined) return { covered: false };
  const { checkTicket } = await import("./ticket-check.ts");
  const question = { product, device: deviceName(), seats, keys: keys.known(), nowMs, latestMs };
  const checked = await checkTicket(kept.ticket, question);
  return checked.good ? { covered: true, untilMs: checked.untilMs } : cannot(checked.why);
}
