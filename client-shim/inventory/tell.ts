import { SeatmeterError } from "../../daemon/domain/errors.ts";
import type { Connection } from "../connection.ts";
import type { InventoryPart } from "./parts.ts";

/**
 * Tell a daemon what is installed here, part by part. It counts when the last one is answered.
 *
 * Errors: SeatmeterError history_off where the daemon keeps none; unreachable, or what the daemon says
 */
export async function tellInventory(connection: Pick<Connection, "ask" | "welcome">, parts: readonly InventoryPart[]) {
  if (!connection.welcome.accepts.includes("inventory")) {
    throw new SeatmeterError("history_off", "this licence service keeps no list of what is installed on computers.");
  }
  for (const part of parts) await connection.ask({ type: "inventory", ...part });
}
