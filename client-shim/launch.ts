import { SeatmeterError } from "../daemon/domain/errors.ts";
import type { Message } from "../daemon/protocol/messages.ts";
import type { Connection } from "./connection.ts";
import type { Checkout } from "./keep-alive.ts";
import { isAway, type Route } from "./route.ts";

export type Launch =
  | { outcome: "granted"; connection: Connection; granted: Message<"granted"> }
  | { outcome: "denied"; denied: Message<"denied"> }
  /** A signal came first. */
  | { outcome: "interrupted"; exit: number }
  /** Nobody could decide. The connection is there where it was only the ledger that was away. */
  | { outcome: "undecided"; connection?: Connection; why: string };

/** A person waits for the program: daemons that do not answer may take no more than this, all together. */
const REACH_WITHIN_MS = 2_000;

/** The same for giving back what was granted to a program that does not start after all; else it expires. */
const GIVE_BACK_WITHIN_MS = 500;

/**
 * Ask for a seat before the program starts.
 *
 * @param interrupted settles with an exit code when the person does not want to wait any more
 * Errors: SeatmeterError where a daemon answered that it will not talk to us: unauthenticated, forbidden, …
 */
export async function launch(route: Route, checkout: Checkout, interrupted: Promise<number>): Promise<Launch> {
  let connection: Connection | undefined;
  try {
    const reached = await Promise.race([route.reach(REACH_WITHIN_MS), interrupted]);
    if (typeof reached === "number") return { outcome: "interrupted", exit: reached };
    connection = reached;
    const answer = await Promise.race([connection.ask(checkout, 1), interrupted]);
    if (typeof answer === "number") {
      await giveBack(connection, checkout.leaseId);
      return { outcome: "interrupted", exit: answer };
    }
    if (answer.type === "granted") return { outcome: "granted", connection, granted: answer };
    if (answer.type === "denied") {
      connection.close();
      return { outcome: "denied", denied: answer };
    }
    throw new SeatmeterError(
      "internal",
      `The daemon says that lease ${checkout.leaseId}, made just now, was returned.`,
    );
  } catch (error) {
    const away = error instanceof SeatmeterError && isAway(error.code) ? error : undefined;
    // A connection on which an answer is missing is no good; one on which the ledger was said to be away is.
    if (!away || away.code === "unreachable") connection?.close();
    if (!away) throw error;
    const good = away.code !== "unreachable" && connection;
    return { outcome: "undecided", why: away.message, ...(good && { connection: good }) };
  }
}

/** The program does not start: what was granted, or may have been, is for others at once. */
export async function giveBack(connection: Connection, leaseId: string): Promise<void> {
  await connection.ask({ type: "checkin", leaseId }, 1, GIVE_BACK_WITHIN_MS).catch(() => {});
  connection.close();
}
