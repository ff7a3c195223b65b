import type { Wire } from "./connection.ts";
import { pause } from "./pause.ts";

/** What a person waits for when a program does not start after all; what cannot be given back by then expires. */
const GIVE_BACK_WITHIN_MS = 500;

/** The program does not start: what was granted, or may have been, is for others at once; and so is a place in the queue. */
export async function giveBack(connection: Wire, leaseId: string): Promise<void> {
  await connection.ask({ type: "checkin", leaseId }, 1, GIVE_BACK_WITHIN_MS).catch(() => {});
  connection.close();
}

/**
 * The same, over a connection that is on its way: what is asked first is said before it is there.
 *
 * @param leave ends the wait for it
 */
export async function giveBackOver(reaching: Promise<Wire>, leaseId: string, leave: AbortController): Promise<void> {
  const given = reaching.then((connection) => giveBack(connection, leaseId));
  await Promise.race([given, pause(GIVE_BACK_WITHIN_MS)]).catch(() => {});
  leave.abort();
}
