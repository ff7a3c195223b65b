import { SeatmeterError } from "../daemon/domain/errors.ts";
import type { Message } from "../daemon/protocol/messages.ts";
import { only, parsed } from "./arguments.ts";
import type { Connection } from "./connection.ts";
import { Consent } from "./consent.ts";
import { clock, denialExit, denialSentence, holderLines } from "./denial.ts";
import { giveBack } from "./give-back.ts";
import type { Checkout } from "./keep-alive.ts";
import { Kept } from "./kept.ts";
import { newLeaseId } from "./lease-id.ts";
import { momentToCome } from "./moments.ts";
import { AT_THE_SCREEN } from "./person.ts";
import { print } from "./print.ts";
import { reached } from "./reached.ts";
import { asUsage } from "./refused.ts";
import { isAway, Route } from "./route.ts";
import { daemonsAt, userName } from "./settings.ts";
import { Signals } from "./signals.mjs";
import { tell } from "./tell.ts";
import type { BorrowedSeat } from "./tickets.ts";

export const usage = `
Usage: seatmeter borrow PRODUCT --until DATE [--attest]

Takes a seat of PRODUCT along, for use without the network: from now on "seatmeter run PRODUCT" on this computer starts
at once, whether a daemon can be reached or not. The seat counts as used until DATE, or until it is given back by
"seatmeter return PRODUCT". Said again with another DATE it is renewed.

  --until DATE  a day, at whose end it is over: 2026-12-03 · a moment: 2026-12-03T17:00 · a length from now: 8h, 3d
  --attest      agree to what the product may be used for, where the register asks for that; else you are asked

The ticket lies in SEATMETER_STATE (~/.local/state/seatmeter) and is good on this computer only. A computer whose clock
is set back refuses it until the clock is right again.

Exit code: 0 · 75 no seat may be borrowed now · 77 not allowed · 64 no such product, or wrong arguments
  69 no daemon can be reached
`;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, { until: { type: "string" }, attest: { type: "boolean" } });
  const typed = only(positionals, "PRODUCT");
  if (values.until === undefined) throw new SeatmeterError("usage", "--until is missing.");
  const borrowUntilMs = momentToCome(values.until, "--until");
  const kept = new Kept(typed);
  const route = new Route(await daemonsAt(), kept);
  const { product } = kept;
  const before = usable(kept);
  const leaseId = before?.leaseId ?? newLeaseId();
  // Kept before it is asked for: when the answer is lost, the same lease is asked for again.
  if (!before) kept.tickets.keep(product, { leaseId });
  const checkout: Checkout = {
    ...{ type: "checkout", leaseId, product: typed, user: userName(), borrowUntilMs },
    ...(values.attest && { attested: true }),
  };
  const answer = await answered(route, checkout, new Consent(kept.policy, typed, AT_THE_SCREEN)).catch((error) => {
    // Who answers so has lent nothing, and there is nothing to be asked for again.
    if (!before && error instanceof SeatmeterError && !isAway(error.code)) kept.tickets.forget(product);
    throw asUsage(error);
  });
  if (answer.type !== "granted") {
    if (before?.ticket === undefined) kept.tickets.forget(product);
    if (answer.type === "unasked") return answer.exit;
    tell(denialSentence(answer));
    for (const line of holderLines(answer)) tell(line);
    if (before?.untilMs !== undefined) tell(`the seat that is borrowed until ${clock(before.untilMs)} stays so.`);
    return denialExit(answer.reason);
  }
  // Begun under the name that was typed, before the register's was known.
  if (kept.product !== product) kept.tickets.forget(product);
  const untilMs = await keepTicket(answer, kept);
  print(`A seat of ${kept.policy.calledName(typed)} is borrowed until ${clock(untilMs)}.\n`);
  if (untilMs < borrowUntilMs - 1000) print("It is not lent for longer.\n");
  print(`"seatmeter return ${kept.product}" gives it back before.\n`);
  return 0;
}

/** The seat that is borrowed already, or was asked for. One whose time is over does not come back under the same id. */
function usable({ tickets, product }: Kept): BorrowedSeat | undefined {
  const seat = tickets.kept(product);
  if (seat === undefined || seat === "unreadable") return undefined;
  return seat.untilMs !== undefined && seat.untilMs <= Date.now() ? undefined : seat;
}

type Borrowed = Message<"granted"> | Message<"denied">;
/** The person did not agree to what the product may be used for. */
type Unasked = { type: "unasked"; exit: number };

async function answered(route: Route, checkout: Checkout, consent: Consent): Promise<Borrowed | Unasked> {
  const connection = await reached(route);
  try {
    if (!connection.welcome.accepts.includes("checkout.borrowUntilMs")) {
      throw new SeatmeterError("forbidden", "This licence service is of a version that lends no seats.");
    }
    const answer = await decided(connection, checkout);
    if (answer.type === "denied" && answer.reason === "use_not_attested" && !checkout.attested) {
      tell(denialSentence(answer));
      const yes = await consent.asked(new Signals().interrupted);
      if (yes === true) return await answered(route, { ...checkout, attested: true }, consent);
      return { type: "unasked", exit: yes === false ? denialExit(answer.reason) : yes };
    }
    if (answer.type === "granted") consent.show();
    if (answer.type === "granted" && answer.ticket === undefined) {
      await giveBack(connection, answer.leaseId);
      throw new SeatmeterError("internal", "The licence service granted a seat without a ticket. It was given back.");
    }
    return answer;
  } finally {
    connection.close();
  }
}

async function decided(connection: Connection, checkout: Checkout): Promise<Borrowed> {
  const answer = await connection.ask(checkout);
  if (answer.type === "granted" || answer.type === "denied") return answer;
  if (answer.type !== "returned") throw new SeatmeterError("internal", "The licence service queues what is borrowed.");
  // The lease ended meanwhile: recalled and due, or given back by an administrator.
  const again = await connection.ask({ ...checkout, leaseId: newLeaseId() });
  if (again.type === "granted" || again.type === "denied") return again;
  throw new SeatmeterError("internal", `The daemon says that lease ${again.leaseId}, made just now, has ended.`);
}

/**
 * @returns until when it is good
 * Errors: SeatmeterError settings_invalid where it cannot be kept.
 */
async function keepTicket(
  { leaseId, ticket = "", borrowedUntilMs = 0 }: Message<"granted">,
  kept: Kept,
): Promise<number> {
  const { signedClaims } = await import("./ticket-check.ts");
  const claims = await signedClaims(ticket, kept.keys.known());
  if (typeof claims === "string") {
    tell(`on this computer it cannot be used, because ${claims}: tell whoever runs the licence service.`);
    kept.tickets.keep(kept.product, { leaseId, ticket, untilMs: borrowedUntilMs });
    return borrowedUntilMs;
  }
  const untilMs = claims.exp * 1000;
  kept.moments.see(claims.iat * 1000);
  kept.tickets.keep(kept.product, { leaseId, ticket, untilMs });
  return untilMs;
}
