import { parse } from "yaml";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import { folded } from "../daemon/domain/names.ts";
import { none, parsed, wholeNumber } from "./arguments.ts";
import { simulate } from "./fleet.ts";
import type { FleetCounts } from "./fleet-counts.ts";
import { HttpApi } from "./http-api.ts";
import { OperationLog } from "./operation-log.ts";
import { print } from "./print.ts";
import { daemonsAt } from "./settings.ts";
import { tell } from "./tell.ts";

export const usage = `
Usage: seatmeter sim --product P [--shims K] [--seconds S] [--oplog FILE] [--think MS] [--hold MS] [--seed N]
                     [--spread N] [--seats N] [--json] [--url URL]
       seatmeter sim --replay LOG… [--speed X] [--seat-for LIST] [--seats N] [--timezone ZONE] [--json] [--url URL]
       seatmeter sim --replay LOG… --print-register

The first is a simulated fleet: K (10) people, each at a computer of their own and over a WebSocket of its own, who
launch the product, work, end it, and launch it again, at random, for S (30) seconds. What they hold is given back at
the end.

  --oplog FILE  write down each call, for "seatmeter verify"; the pool should be nobody else's meanwhile
  --think MS    from one launch's end to the next, in milliseconds and on average (1000)
  --hold MS     from launch to end, likewise (2000)
  --seed N      the same choices again (1)
  --spread N    speak from 127.0.0.2, 127.0.0.3, … N of them, where the daemon is on this computer
  --seats N     what the log says of the pool, instead of what the daemon says
  --json        the summary as one object

The second plays FlexNet debug logs (plain or gzip, several of one server): each computer in them a WebSocket
of its own, each OUT a checkout, each IN a checkin, in each feature's order. Then what the daemon saw stands beside what
the log shows. It puts a register of its own in force, with a product and a pool for each feature, but never over one
that is not a replay's: --print-register writes one, with which to start a daemon for it.

  --speed X        so many times the log's own speed; max (the default): as fast as answers come
  --seat-for LIST  who shares a seat: user,device (the default), user, device, or session: nobody
  --seats N        seats of every pool (100000: nobody is denied)
  --timezone ZONE  of the server that wrote the log (Europe/London)
  --json           the report as one object

Exit code: 0 · 1 the daemon's peaks are not the log's, a lease was lost, or Ctrl-C stopped a replay
  64 wrong arguments, no such product or log · 69 no daemon answers · 77 not allowed
  78 the register in force is not a replay's
`;

const OPTIONS = {
  product: { type: "string" },
  shims: { type: "string", default: "10" },
  seconds: { type: "string", default: "30" },
  oplog: { type: "string" },
  think: { type: "string", default: "1000" },
  hold: { type: "string", default: "2000" },
  seed: { type: "string", default: "1" },
  spread: { type: "string" },
  seats: { type: "string" },
  json: { type: "boolean" },
  url: { type: "string" },
} as const;

const A_DAY_MS = 86_400_000;

export async function run(args: readonly string[]): Promise<number> {
  if (args.some((arg) => arg === "--replay" || arg.startsWith("--replay="))) {
    return (await import("./replay.ts")).replayLog(args);
  }
  const { values, positionals } = parsed(args, OPTIONS);
  none(positionals);
  if (values.product === undefined) throw new SeatmeterError("usage", "--product P is missing.");
  const plan = {
    product: values.product,
    shims: wholeNumber(values.shims, "--shims", 100_000),
    seconds: wholeNumber(values.seconds, "--seconds", 86_400),
    thinkMs: wholeNumber(values.think, "--think", A_DAY_MS),
    holdMs: wholeNumber(values.hold, "--hold", A_DAY_MS),
    seed: wholeNumber(values.seed, "--seed", 2 ** 32 - 1),
    spread: values.spread === undefined ? 0 : wholeNumber(values.spread, "--spread", 16_000),
  };
  const told = values.seats === undefined ? undefined : wholeNumber(values.seats, "--seats", 1_000_000_000);
  const { owned, used } = await seatsOf(await HttpApi.open(values.url), plan.product).catch((error) => {
    // Whoever tells the seats needs no token that may look at pools.
    if (told === undefined) throw error;
    return { owned: told, used: 0 };
  });
  const seats = told ?? owned;
  if (used > 0) tell(`others use seats of ${plan.product} now (${used}): a verdict on this run would not hold.`);
  const daemons = await daemonsAt(values.url);
  const log = values.oplog === undefined ? undefined : new OperationLog(values.oplog);
  const counts = await simulate(plan, daemons, seats, log);
  const summary = { product: plan.product, shims: plan.shims, seconds: plan.seconds, seats, ...counts.summary() };
  print(values.json ? `${JSON.stringify(summary)}\n` : asText(summary));
  if (counts.checkouts === 0 && counts.firstFailure !== undefined) {
    throw new SeatmeterError("unreachable", `No daemon answered: ${counts.firstFailure}.`);
  }
  return 0;
}

/** The seats that the product may take, from all of its pools, and how many of them are taken. */
async function seatsOf(api: HttpApi, product: string): Promise<{ owned: number; used: number }> {
  const { text } = await api.ask<{ text: string }>("GET", "/api/v1/register");
  const products = (parse(text)?.products ?? {}) as Record<string, { pools?: string[]; aliases?: string[] } | null>;
  const found = Object.entries(products).find(([name, one]) =>
    [name, ...(one?.aliases ?? [])].some((known) => folded(known) === folded(product)),
  );
  if (!found) {
    const known = Object.keys(products).join(", ");
    throw new SeatmeterError("not_found", `There is no product ${product}. There are: ${known || "none"}.`);
  }
  const counts = await Promise.all(
    (found[1]?.pools ?? []).map((pool) =>
      api.ask<{ owned: number; used: number }>("GET", `/api/v1/pools/${encodeURIComponent(pool)}`),
    ),
  );
  const sum = (of: "owned" | "used") => counts.reduce((all, count) => all + count[of], 0);
  return { owned: sum("owned"), used: sum("used") };
}

function asText(
  summary: ReturnType<FleetCounts["summary"]> & { shims: number; product: string; seats: number },
): string {
  const { shims, product, seats, checkouts, granted, denied, heartbeats, checkins, lost, unknown, reconnects } =
    summary;
  const { p50, p99, max } = summary.checkoutMs;
  return [
    `${shims} shims launched ${product}, of which there are ${seats} seats.`,
    `${checkouts} checkouts: ${granted} granted, ${denied} denied; at most ${summary.mostHeld} held at once.`,
    `${heartbeats} heartbeats, ${checkins} checkins; ${lost} leases lost, ${unknown} answers unknown, ${reconnects} reconnects.`,
    `A checkout was answered within ${p50} ms (half of them), ${p99} ms (99 of 100), ${max} ms (all).`,
    "",
  ].join("\n");
}
