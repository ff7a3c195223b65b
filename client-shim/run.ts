import { SeatmeterError } from "../daemon/domain/errors.ts";
import { throughAgent } from "./agent/through-agent.ts";
import { only, parsed, reasonFrom, wholeNumber } from "./arguments.ts";
import type { Checkout } from "./keep-alive.ts";
import { lengthMs } from "./moments.ts";
import { Signals } from "./signals.mjs";

export const usage = `
Usage: seatmeter run PRODUCT [OPTIONS] -- COMMAND [ARGUMENT …]

Asks for a seat of PRODUCT, starts COMMAND when it is granted, and gives the seat back when COMMAND ends.
Keyboard, screen, pipes and signals are COMMAND's. Nothing is written to stdout.

  --version V           the version that is launched, where the register rules on versions
  --seats N             how many seats, all of them or none (1)
  --wait LENGTH         where all seats are in use, wait in the queue for one: 90s, 10m, 2h. Ctrl-C gives the place up
  --attest              agree to what the product may be used for, where the register asks for that; else you are asked
  --break-glass REASON  on duty, launch even without a free seat: the reason is recorded, and the product's owner told

Where this computer's agent runs ("seatmeter agent"), the launch goes through it, and the same happens.

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
  SEATMETER_AGENT    the agent's socket, where it is not at its usual place; none: launch without one. Nor is it asked
                     where one of SEATMETER_URL, _TOKEN, _TOKEN_FILE, _DEVICE, _DEVICE_KEY is set, and this is not
  SEATMETER_DEVICE   another name for this computer · SEATMETER_USER another name for you: both are only claims
`;

const MOST_SEATS = 1_000_000;
/** More than a day is not waited for; the register's own limit is far below. */
const LONGEST_WAIT_MS = 86_400_000;

/** What somebody typed. */
export interface Wanted {
  checkout: Pick<Checkout, "product" | "version" | "seats" | "waitMs" | "attested" | "breakGlassReason">;
  command: readonly [string, ...string[]];
}

export async function run(args: readonly string[]): Promise<number> {
  const wanted = asked(args);
  const signals = new Signals();
  const served = await throughAgent(wanted, signals);
  if (typeof served === "number") return served;
  // All that a launch alone needs is loaded only where there is no agent: it is most of what a launch takes.
  return (await import("./run-alone.ts")).runAlone(wanted, served.leaseId, signals);
}

function asked(args: readonly string[]): Wanted {
  const end = args.indexOf("--");
  const { values, positionals } = parsed(end < 0 ? args : args.slice(0, end), {
    version: { type: "string" },
    seats: { type: "string" },
    wait: { type: "string" },
    attest: { type: "boolean" },
    "break-glass": { type: "string" },
  });
  const [program, ...rest] = end < 0 ? [] : args.slice(end + 1);
  if (!program) throw new SeatmeterError("usage", "What shall be started stands after --, and is missing.");
  const product = only(positionals, "PRODUCT");
  const { version, wait, attest, "break-glass": reason } = values;
  const seats = values.seats === undefined ? 1 : wholeNumber(values.seats, "--seats", MOST_SEATS);
  return {
    checkout: {
      product,
      ...(version !== undefined && { version }),
      ...(seats > 1 && { seats }),
      ...(wait !== undefined && { waitMs: lengthMs(wait, "--wait", LONGEST_WAIT_MS) }),
      ...(attest && { attested: true }),
      ...(reason !== undefined && { breakGlassReason: reasonFrom(reason, "--break-glass") }),
    },
    command: [program, ...rest],
  };
}
