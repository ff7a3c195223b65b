import { SeatmeterError } from "../daemon/domain/errors.ts";
import type { Connection } from "./connection.ts";
import type { Route } from "./route.ts";

const REACH_WITHIN_MS = 5_000;

/**
 * A daemon, for a command that can do nothing without one.
 *
 * Errors: SeatmeterError unreachable, as a sentence; others as of `Route.reach`.
 */
export async function reached(route: Route): Promise<Connection> {
  try {
    return await route.reach(REACH_WITHIN_MS);
  } catch (cause) {
    if (!(cause instanceof SeatmeterError) || cause.code !== "unreachable") throw cause;
    throw new SeatmeterError("unreachable", `No daemon could be asked (${cause.message}).`, { cause });
  }
}
