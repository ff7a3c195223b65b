import { type ErrorCode, SeatmeterError } from "../daemon/domain/errors.ts";
import { asked } from "./agent/asked.ts";
import { only, parsed } from "./arguments.ts";
import { Kept } from "./kept.ts";
import { howLong } from "./moments.ts";
import { print } from "./print.ts";
import { reached } from "./reached.ts";
import { Route } from "./route.ts";
import { daemonsAt } from "./settings.ts";

export const usage = `
Usage: seatmeter postpone [LEASE]

Puts off that the seat of a running program is reclaimed, because it is still needed: its time begins anew. LEASE stands
in the line that announced it, on the screen where the program was started. Only the computer that has the seat may.
Where the agent of this computer runs, LEASE may be left out: then it is whatever of yours is about to be reclaimed.

Exit code: 0 · 64 there is no such lease, or it is not about to be reclaimed · 69 no daemon can be reached
  77 another computer's
`;

export async function run(args: readonly string[]): Promise<number> {
  const { positionals } = parsed(args, {});
  const leaseId = positionals.length > 0 ? only(positionals, "LEASE") : undefined;
  const byAgent = await asked({ type: "postpone", ...(leaseId !== undefined && { leaseId }) });
  if (byAgent?.type === "postponed") return postponed(byAgent);
  if (byAgent?.type === "failed" && byAgent.code !== "own_door" && !(byAgent.code === "not_found" && leaseId))
    throw new SeatmeterError(byAgent.code as ErrorCode, byAgent.message);
  return alone(only(positionals, "LEASE"));
}

function postponed({ graceMs, postponable }: { graceMs: number; postponable: boolean }): number {
  // Said after the last time that it could be put off, too, and where it could not be at all.
  const again = postponable ? "It can be put off again." : "It cannot be put off again.";
  print(`The seat is reclaimed in ${howLong(graceMs)}. ${again}\n`);
  return 0;
}

/** Over a connection of its own. */
async function alone(leaseId: string): Promise<number> {
  const connection = await reached(new Route(await daemonsAt(), new Kept("")));
  try {
    if (!connection.welcome.accepts.includes("postpone")) {
      throw new SeatmeterError("forbidden", "This licence service is of a version that puts nothing off.");
    }
    return postponed(await connection.ask({ type: "postpone", leaseId }));
  } catch (error) {
    throw asTyped(error);
  } finally {
    connection.close();
  }
}

/** What is wrong with a lease that somebody typed is no fault of ours. */
function asTyped(error: unknown): unknown {
  if (!(error instanceof SeatmeterError)) return error;
  if (error.code === "lease_unknown" || error.code === "message_invalid") {
    return new SeatmeterError("not_found", error.message, { cause: error });
  }
  return error.code === "not_holder" ? new SeatmeterError("forbidden", error.message, { cause: error }) : error;
}
