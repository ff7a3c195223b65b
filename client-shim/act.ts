import { SeatmeterError } from "../daemon/domain/errors.ts";
import { plain } from "./denial.ts";
import { HttpApi } from "./http-api.ts";
import { print } from "./print.ts";

/** Where an act of an administrator's is done, over the daemon's HTTP API. */
export interface Act {
  method: "POST" | "DELETE";
  path: string;
  /** Names stand here, never in an address. */
  content: Record<string, string | number>;
}

/**
 * Do it, and say what was done.
 *
 * Errors: SeatmeterError.
 */
export async function done({ method, path, content }: Act, url: string | undefined): Promise<number> {
  const api = await HttpApi.open(url);
  const { message } = await api.ask<{ message: string }>(method, path, content).catch((error) => {
    throw asTyped(error);
  });
  print(`${plain(message)}\n`);
  return 0;
}

function asTyped(error: unknown): unknown {
  if (!(error instanceof SeatmeterError) || error.code !== "lease_unknown") return error;
  return new SeatmeterError("not_found", error.message, { cause: error });
}

/** What every act's `--help` ends with. */
export const ACT_USAGE = `
  --reason R   why; it stands in the audit trail
  --url URL    a daemon's address, instead of SEATMETER_URL

SEATMETER_TOKEN, or SEATMETER_TOKEN_FILE, is a token of yours that may do so, where people are authenticated.
Exit code: 0 · 64 wrong arguments, or no such thing · 69 no daemon answers · 77 not allowed`;

/** Options that every act has. */
export const ACT_OPTIONS = { reason: { type: "string" }, url: { type: "string" } } as const;
