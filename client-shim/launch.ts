import { type ErrorCode, SeatmeterError } from "../daemon/domain/errors.ts";
import type { Message } from "../daemon/protocol/messages.ts";
import type { Wire } from "./connection.ts";
import { giveBack, giveBackOver } from "./give-back.ts";
import type { Checkout } from "./keep-alive.ts";
import type { Person } from "./person.ts";
import { asUsage } from "./refused.ts";
import { isAway, type Way } from "./route.ts";

export type Launch =
  | { outcome: "granted"; connection: Wire; granted: Message<"granted"> }
  | { outcome: "denied"; denied: Message<"denied"> }
  /** No seat came free for as long as the person would wait. */
  | { outcome: "waited" }
  /** A signal came first. */
  | { outcome: "interrupted"; exit: number }
  /** Nobody could decide. The connection is there where it was only the ledger that was away. */
  | { outcome: "undecided"; connection?: Wire; why: string; code: ErrorCode };

/** A person waits for the program: daemons that do not answer may take no more than this, all together. */
const REACH_WITHIN_MS = 2_000;

/** What stands in a checkout for an option that an older daemon may not know. */
const OPTIONS = { waitMs: "--wait", attested: "--attest", breakGlassReason: "--break-glass" } as const;

/**
 * Ask for a seat before the program starts, and wait for one where the person wants to.
 *
 * @param interrupted settles with an exit code when the person does not want to wait any more
 * Errors: SeatmeterError where a daemon answered that it will not talk to us: unauthenticated, forbidden, …
 */
export async function launch(
  route: Way,
  checkout: Checkout,
  person: Person,
  interrupted: Promise<number>,
): Promise<Launch> {
  let connection: Wire | undefined;
  try {
    const leave = new AbortController();
    const reaching = route.reach(REACH_WITHIN_MS, { first: checkout, signal: leave.signal });
    const reached = await Promise.race([reaching, interrupted]);
    if (typeof reached === "number") {
      await giveBackOver(reaching, checkout.leaseId, leave);
      return { outcome: "interrupted", exit: reached };
    }
    connection = reached;
    tellWhatIsUnknown(checkout, connection, person);
    const { waitMs } = checkout;
    // Loaded for those only who would wait.
    const waiting = waitMs ? new (await import("./waiting.ts")).Waiting(route, checkout, person.queue()) : undefined;
    waiting?.listen(connection);
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
    if (waiting && waitMs && answer.type !== "returned") return await waiting.until(answer, waitMs, interrupted);
    const said = answer.type === "returned" ? "was returned" : "waits for a seat";
    throw new SeatmeterError("internal", `The daemon says that lease ${checkout.leaseId}, made just now, ${said}.`);
  } catch (error) {
    const away = error instanceof SeatmeterError && isAway(error.code) ? error : undefined;
    // A connection on which an answer is missing is no good; one on which the ledger was said to be away is.
    if (!away || away.code === "unreachable") connection?.close();
    if (!away) throw asUsage(error);
    const good = away.code !== "unreachable" && connection;
    return { outcome: "undecided", why: away.message, code: away.code, ...(good && { connection: good }) };
  }
}

function tellWhatIsUnknown(checkout: Checkout, { welcome }: Wire, person: Person): void {
  for (const [field, option] of Object.entries(OPTIONS)) {
    if (!checkout[field as keyof typeof OPTIONS] || welcome.accepts.includes(`checkout.${field}`)) continue;
    person.tell(`this licence service is of a version that does not know ${option}.`);
  }
}
