import { SeatmeterError } from "../daemon/domain/errors.ts";
import { only, parsed, wholeNumber } from "./arguments.ts";
import { denialExit, denialSentence, holderLines, plain } from "./denial.ts";
import { type Checkout, KeepAlive } from "./keep-alive.ts";
import { KnownPolicy } from "./known-policy.ts";
import { giveBack, type Launch, launch } from "./launch.ts";
import { newLeaseId } from "./lease-id.ts";
import { startProgram } from "./program.mjs";
import { Route } from "./route.ts";
import { daemonsAt, stateFolder, userName } from "./settings.ts";
import { Signals } from "./signals.mjs";
import { tell } from "./tell.ts";

export const usage = `
Usage: seatmeter run PRODUCT [--version V] [--seats N] -- COMMAND [ARGUMENT …]

Asks for a seat of PRODUCT, starts COMMAND when it is granted, and gives the seat back when COMMAND ends.
Keyboard, screen, pipes and signals are COMMAND's. Nothing is written to stdout.

  --version V   the version that is launched, where the register rules on versions
  --seats N     how many seats, all of them or none (1)

Exit code: COMMAND's own; 128+n when signal n ended it; 127 not found; 126 cannot be started.
  75 no seat is free now · 77 not allowed · 64 no such product, or wrong arguments
  69 no daemon can be reached, and the product may not be used without · 78 wrong settings

Where no daemon can be reached, the product's own rule applies, as last heard on this computer. If it was never heard,
COMMAND is started. A COMMAND that runs is never stopped: a daemon that went away is looked for until it is back.

  SEATMETER_URL      addresses of daemons with commas between (else /etc/seatmeter/shim.yaml, ws://127.0.0.1:7070)
  SEATMETER_TOKEN    or SEATMETER_TOKEN_FILE: this computer's token
  SEATMETER_CA_FILE  authorities (PEM) that vouch for the daemon, besides those that the operating system knows
  SEATMETER_STATE    folder for what is known of products (~/.local/state/seatmeter)
  SEATMETER_DEVICE   another name for this computer · SEATMETER_USER another name for you: both are only claims
`;

const MOST_SEATS = 1_000_000;

export async function run(args: readonly string[]): Promise<number> {
  const { checkout, command } = asked(args);
  const signals = new Signals();
  const policy = new KnownPolicy(stateFolder(), checkout.product);
  const route = new Route(await daemonsAt(), (told) => policy.learn(told));

  const answer = await launch(route, checkout, signals.interrupted);
  // At once: whatever still waits for a daemon is of no interest any more.
  if (answer.outcome === "interrupted") process.exit(answer.exit);
  const refused = await refusal(answer, checkout, policy);
  if (refused !== undefined) return refused;

  const { child, ended } = startProgram(command[0], command.slice(1));
  signals.passTo(child);
  const keepAlive = new KeepAlive(route, { checkout, ...answer }, tell);
  keepAlive.start();
  const { exit, why, failure } = await ended;
  if (failure) tell(failure);
  await keepAlive.end(why);
  return exit;
}

function asked(args: readonly string[]): { checkout: Checkout; command: [string, ...string[]] } {
  const end = args.indexOf("--");
  const { values, positionals } = parsed(end < 0 ? args : args.slice(0, end), {
    version: { type: "string" },
    seats: { type: "string" },
  });
  const [program, ...rest] = end < 0 ? [] : args.slice(end + 1);
  if (program === undefined)
    throw new SeatmeterError("usage", "What shall be started stands after --, and is missing.");
  const product = only(positionals, "PRODUCT");
  const { version } = values;
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
    },
    command: [program, ...rest],
  };
}

/** Tell the person what they must know before the program starts. @returns the exit code if it does not start */
async function refusal(
  answer: Exclude<Launch, { outcome: "interrupted" }>,
  { product, leaseId }: Checkout,
  policy: KnownPolicy,
): Promise<number | undefined> {
  switch (answer.outcome) {
    case "granted":
      if (answer.granted.notice) tell(plain(answer.granted.notice));
      return undefined;
    case "denied":
      tell(denialSentence(answer.denied));
      for (const line of holderLines(answer.denied)) tell(line);
      return denialExit(answer.denied.reason);
    case "undecided": {
      const away = `the licence service cannot be asked (${plain(answer.why).replace(/\.$/, "")})`;
      if (policy.whenUnreachable() === "refuse") {
        tell(`${product} may not be used while ${away}. Try again later.`);
        if (answer.connection) await giveBack(answer.connection, leaseId);
        return 69;
      }
      tell(`${away}; ${product} starts without a seat and takes one when it can.`);
      return undefined;
    }
  }
}
