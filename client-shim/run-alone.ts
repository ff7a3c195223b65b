import { startProgram } from "#program";
import { askToClose } from "./ask-to-close.ts";
import { Kept } from "./kept.ts";
import { launched, runningOn } from "./launched.ts";
import { newLeaseId } from "./lease-id.ts";
import { AT_THE_SCREEN } from "./person.ts";
import type { End } from "./program-end.mjs";
import { Route } from "./route.ts";
import type { Wanted } from "./run.ts";
import { daemonsAt, userName } from "./settings.ts";
import type { Signals } from "./signals.mjs";
import { tell } from "./tell.ts";

/**
 * A launch on its own: with its own connection to a daemon.
 *
 * @param leaseId that an agent has asked with already; nothing: any
 * @returns the exit code
 */
export async function runAlone(
  { checkout, command }: Wanted,
  leaseId: string | undefined,
  signals: Signals,
): Promise<number> {
  const kept = new Kept(checkout.product);
  const route = new Route(await daemonsAt(), kept);
  const { product, ...options } = checkout;
  const asked = { type: "checkout", leaseId: leaseId ?? newLeaseId(), product, user: userName(), ...options } as const;
  const { interrupted } = signals;
  const seat = await launched(asked, { kept, route, person: AT_THE_SCREEN, interrupted });
  // At once: whatever still waits for a daemon or an answer is of no interest any more.
  if ("exit" in seat) process.exit(seat.exit);

  const { child, ended } = startProgram(command[0], command.slice(1));
  signals.passTo(child);
  seat.start({ close: () => child && askToClose(child) });
  const { exit, why, failure } = await ended;
  if (failure) tell(failure);
  await seat.end(why);
  return exit;
}

/** A program that runs already, and whose agent is no more: from now on its seat is held from here. */
export interface CarriedOn {
  checkout: Wanted["checkout"] & { leaseId: string };
  /** When the agent was last there. */
  heardAtMs: number;
  /** With a seat that this computer has taken along. */
  borrowed: boolean;
  close(): void;
}

/** @returns to be called when it has ended. Errors: SeatmeterError settings_invalid. */
export async function carryOn({ checkout, close, ...ran }: CarriedOn): Promise<(why: End["why"]) => Promise<void>> {
  const kept = new Kept(checkout.product);
  const route = new Route(await daemonsAt(), kept);
  const asked = { type: "checkout", user: userName(), ...checkout } as const;
  const seat = await runningOn(asked, ran, { kept, route, person: AT_THE_SCREEN });
  seat.start({ close });
  return (why) => seat.end(why);
}
