import { setMaxListeners } from "node:events";
import { seeded } from "../daemon/domain/random.ts";
import { FleetCounts } from "./fleet-counts.ts";
import type { Header, OperationLog } from "./operation-log.ts";
import type { Daemons } from "./settings.ts";
import { type Fleet, SimulatedShim } from "./simulated-shim.ts";
import { tell } from "./tell.ts";
import { VERSION } from "./version.ts";

/** So many shims come in a second at the start: a connection and its upgrade cost the daemon about 0.15 ms. */
const STARTS_PER_SECOND = 500;
const PROGRESS_EVERY_MS = 5_000;
/** What is given back at the end is waited for so long; the rest expires by itself. */
const FAREWELL_MS = 10_000;
/** How long a lease lives is said with the first grant; a log does not wait for it in memory for ever. */
const UNTOLD_TTL_MS = 60_000;
const MOST_DENIED_BEFORE = 10_000;

export interface Plan {
  product: string;
  shims: number;
  seconds: number;
  thinkMs: number;
  holdMs: number;
  seed: number;
  spread: number;
}

/**
 * Let a fleet launch until its time is over, or Ctrl-C.
 *
 * @param seats what the log says of the pool
 * Errors: as SimulatedShim.run, of the first shim that has one; SeatmeterError usage where the log cannot be written.
 */
export async function simulate(
  plan: Plan,
  daemons: Daemons,
  seats: number,
  log: OperationLog | undefined,
): Promise<FleetCounts> {
  const [over, ended] = [new AbortController(), new AbortController()];
  for (const { signal } of [over, ended]) setMaxListeners(0, signal);
  const counts = new FleetCounts();
  let header: Header | undefined;
  let deniedBefore = 0;
  const fleet: Fleet = {
    ...plan,
    addresses: daemons.addresses,
    counts,
    record: async (operation) => log?.write(operation),
    answered: (answer) => {
      if (header) return;
      if (answer.type === "denied" && ++deniedBefore < MOST_DENIED_BEFORE) return;
      header = { seats, ttlMs: answer.type === "granted" ? answer.ttlMs : UNTOLD_TTL_MS };
      log?.begin(header);
    },
    over: over.signal,
    ended: ended.signal,
  };
  const stop = () => over.abort();
  process.once("SIGINT", stop);
  over.signal.addEventListener("abort", () => setTimeout(() => ended.abort(), FAREWELL_MS).unref());
  const atEnd = setTimeout(stop, plan.seconds * 1000);
  const progress = setInterval(() => tell(progressOf(counts, plan)), PROGRESS_EVERY_MS);
  try {
    const startWithinMs = Math.min(plan.thinkMs + (plan.shims / STARTS_PER_SECOND) * 1000, plan.seconds * 500);
    await allOrNone(
      shimsOf(plan, fleet, daemons.token).map((shim) => shim.run(startWithinMs)),
      ended,
    );
    log?.begin(header ?? { seats, ttlMs: UNTOLD_TTL_MS });
    return counts;
  } finally {
    over.abort();
    ended.abort();
    clearTimeout(atEnd);
    clearInterval(progress);
    process.off("SIGINT", stop);
    await log?.end();
  }
}

/** Where one cannot go on, none does: all come to their end before its error is told. */
async function allOrNone(runs: Promise<void>[], ended: AbortController): Promise<void> {
  try {
    await Promise.all(runs);
  } catch (error) {
    ended.abort();
    await Promise.allSettled(runs);
    throw error;
  }
}

function shimsOf({ shims, seed, spread }: Plan, fleet: Fleet, token: string | undefined): SimulatedShim[] {
  return Array.from({ length: shims }, (_, i) => {
    const name = String(i + 1).padStart(5, "0");
    const introduction = {
      device: `SIM-${name}`,
      shim: `seatmeter-sim/${VERSION}`,
      ...(token && { token }),
      ...(spread > 0 && { localAddress: localAddress(i % spread) }),
    };
    return new SimulatedShim(fleet, { user: `sim-user-${name}`, introduction }, seeded(seed * 1_000_003 + i));
  });
}

/** 127.0.0.2, 127.0.0.3, …: all of 127.0.0.0/8 is this computer on Linux and Windows. */
function localAddress(i: number): string {
  const host = i + 2;
  return `127.0.${Math.floor(host / 250)}.${(host % 250) + (host < 250 ? 0 : 1)}`;
}

function progressOf({ granted, denied, held, unknown, reconnects }: FleetCounts, { shims }: Plan): string {
  const trouble = unknown + reconnects > 0 ? `, ${unknown} unknown, ${reconnects} reconnects` : "";
  return `${shims} shims hold ${held} leases; ${granted} granted, ${denied} denied${trouble}`;
}
