import type { Wire } from "./connection.ts";

/** What a person waits for when a program does not start after all; what cannot be given back by then expires. */
const GIVE_BACK_WITHIN_MS = 500;

/** The program does not start: what was granted, or may have been, is for others at once; and so is a place in the queue. */
export async function giveBack(connection: Wire, leaseId: string): Promise<void> {
  await connection.ask({ type: "checkin", leaseId }, 1, GIVE_BACK_WITHIN_MS).catch(() => {});
  connection.close();
}
