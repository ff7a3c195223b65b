import { startProgram } from "#program";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import { admitted, agreed } from "./admission.ts";
import { only, parsed, reasonFrom, wholeNumber } from "./arguments.ts";
import { askToClose } from "./ask-to-close.ts";
import { borrowedSeat } from "./borrowed-seat.ts";
import { Consent } from "./consent.ts";
import { clock } from "./denial.ts";
import { type Checkout, KeepAlive } from "./keep-alive.ts";
import { Kept } from "./kept.ts";
import { newLeaseId } from "./lease-id.ts";
import { lengthMs } from "./moments.ts";
import { Route } from "./route.ts";
import { daemonsAt, userName } from "./settings.ts";
import { Signals } from "./signals.mjs";
import { tell } from "./tell.ts";

export const usage = `
Usage: seatmeter run PRODUCT [OPTIONS] -- COMMAND [ARGUMENT …]

Asks for a seat of PRODUCT, starts COMMAND when it is granted, and gives the seat back when COMMAND ends.
Keyboard, screen, pipes and signals are COMMAND's. Nothing is written to stdout.

  --version V           the version that is launched, where the register rules on versions
  --seats N             how many seats, all of them or none (1)
  --wait LENGTH         where all seats are in use, wait in the queue for one: 90s, 10m, 2h. Ctrl-C gives the place up
  --attest              agree to what the product may be used for, where the register asks for that; else you are asked
  --break-glass REASON  on duty, launch even without a free seat: the reason is recorded, and the product's owner told

Exit code: COMMAND's own; 128+n when signal n ended it; 127 not found; 126 cannot be started.
  75 no seat is free now, or none came free · 77 not allowed, or not agreed to · 64 no such product, or wrong arguments
  69 no daemon can be reached, and the product may not be used without · 78 wrong settings

A seat that was borrowed ("seatmeter borrow") covers each launch on this computer, with or without the network.
Where no daemon can be reached, the product's own rule applies, as last heard on this computer. If it was never heard,
COMMAND is started. A COMMAND that runs is never killed: a daemon that went away is looked for until it is back, and
where a seat is reclaimed, the register says whether COMMAND is asked to close (SIGTERM) or only you are told.

  SEATMETER_URL      addresses of daemons with commas between (else /etc/seatmeter/shim.yaml, ws://127.0.0.1:7070)
  SEATMETER_TOKEN    or SEATMETER_TOKEN_FILE: this computer's token
  SEATMETER_CA_FILE  authorities (PEM) that vouch for the daemon, besides those that the operating system knows
  SEATMETER_STATE    folder for what is known of products, and for borrowed seats (~/.local/state/seatmeter)
  SEATMETER_DEVICE   another name for this computer · SEATMETER_USER another name for you: both are only claims
`;

const MOST_SEATS = 1_000_000;
/** More than a day is not waited for; the register's own limit is far below. */
const LONGEST_WAIT_MS = 86_400_000;
/** So long before a borrowed seat ends, each launch says so. */
const ENDS_SOON_MS = 86_400_000;
const LOOK_AT_CLOCK_EVERY_MS = 60_000;

export async function run(args: readonly string[]): Promise<number> {
  const { checkout, command } = asked(args);
  const signals = new Signals();
  const kept = new Kept(checkout.product);
  const consent = new Consent(kept.policy, checkout.product);
  const borrowed = await borrowedSeat(kept, checkout.seats ?? 1);
  if (!borrowed.covered && borrowed.trouble) tell(borrowed.trouble);

  const route = new Route(await daemonsAt(), kept);
  const judges = { route, policy: kept.policy, consent, interrupted: signals.interrupted };
  const seat = await (borrowed.covered ? agreed(checkout, judges) : admitted(checkout, judges));
  // At once: whatever still waits for a daemon or an answer is of no interest any more.
  if ("exit" in seat) process.exit(seat.exit);

  const { child, ended } = startProgram(command[0], command.slice(1));
  signals.passTo(child);
  const keepAlive = new KeepAlive(route, seat, {
    tell,
    journal: kept.journal,
    onReclaimed: () => kept.policy.onReclaimed(),
    close: () => child && askToClose(child),
  });
  if (borrowed.covered) afterwards(borrowed.untilMs, checkout.product, () => keepAlive.start());
  else keepAlive.start();
  const { exit, why, failure } = await ended;
  if (failure) tell(failure);
  await keepAlive.end(why);
  return exit;
}

/** A borrowed seat ends on its day; a program that runs on then asks for a seat of its own. */
function afterwards(untilMs: number, product: string, takeSeat: () => void): void {
  if (untilMs - Date.now() < ENDS_SOON_MS) {
    tell(`the borrowed seat ends at ${clock(untilMs)}; "seatmeter borrow ${product} --until DATE" renews it.`);
  }
  const look = () => {
    const leftMs = untilMs - Date.now();
    if (leftMs <= 0) return takeSeat();
    // The clock goes on while a computer sleeps, and a timer does not.
    setTimeout(look, Math.min(leftMs, LOOK_AT_CLOCK_EVERY_MS)).unref();
  };
  look();
}

function asked(args: readonly string[]): { checkout: Checkout; command: [string, ...string[]] } {
  const end = args.indexOf("--");
  const { values, positionals } = parsed(end < 0 ? args : args.slice(0, end), {
    version: { type: "string" },
    seats: { type: "string" },
    wait: { type: "string" },
    attest: { type: "boolean" },
    "break-glass": { type: "string" },
  });
  const [program, ...rest] = end < 0 ? [] : args.slice(end + 1);
  if (program === undefined)
    throw new SeatmeterError("usage", "What shall be started stands after --, and is missing.");
  const product = only(positionals, "PRODUCT");
  const { version, wait, attest, "break-glass": reason } = values;
  const seats = values.seats === undefined ? 1 : wholeNumber(values.seats, "--seats", MOST_SEATS);
  const leaseId = newLeaseId();
  return {
    checkout: {
      type: "checkout",
      leaseId,
      product,
      user: userName(),
      ...(version !== undefined && { version }),
      ...(seats > 1 && { seats }),
      ...(wait !== undefined && { waitMs: lengthMs(wait, "--wait", LONGEST_WAIT_MS) }),
      ...(attest && { attested: true }),
      ...(reason !== undefined && { breakGlassReason: reasonFrom(reason, "--break-glass") }),
    },
    command: [program, ...rest],
  };
}
