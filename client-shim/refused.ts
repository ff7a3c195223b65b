import { ERRORS, type ErrorCode, SeatmeterError } from "../daemon/domain/errors.ts";
import { unreachable } from "./unreachable.ts";

const IN_A_VARIABLE = "in SEATMETER_TOKEN, or in a file that SEATMETER_TOKEN_FILE names";

/** What somebody needs who is refused, by whose token it takes: a computer's to launch, a person's for all else. */
const WAYS_IN = {
  computer: {
    withNone: `The licence service wants this computer's token: ${IN_A_VARIABLE}, or tokenFile in shim.yaml.`,
    withWrong: "A launch takes a computer's token, of the role shim or gateway; a person's launches nothing.",
    refusals: ["unauthenticated"],
  },
  person: {
    withNone: `The licence service wants a token of yours: ${IN_A_VARIABLE}.`,
    withWrong: `This takes a person's token, ${IN_A_VARIABLE}; a computer's only launches programs.`,
    // Here the daemon knows the tokens of computers, and says that they may not.
    refusals: ["unauthenticated", "forbidden"],
  },
} as const;

/** A refusal with what to do about it, where the right token would. @param token the one that was presented */
export function withWayIn(error: SeatmeterError, wanted: keyof typeof WAYS_IN, token?: string): SeatmeterError {
  const { withNone, withWrong, refusals } = WAYS_IN[wanted];
  if (token === undefined) return error.code === "unauthenticated" ? new SeatmeterError(error.code, withNone) : error;
  if (!refusals.some((code) => code === error.code)) return error;
  return new SeatmeterError(error.code, `${error.message.replace(/\.$/, "")}. ${withWrong}`);
}

/** What a daemon finds wrong in a checkout are the words on the command line. */
export function asUsage(error: unknown): unknown {
  if (!(error instanceof SeatmeterError) || error.code !== "message_invalid") return error;
  return new SeatmeterError("usage", error.message, { cause: error });
}

/** What a daemon finds wrong in how this computer introduces itself stands in its settings. */
export function ofIntroduction(error: unknown): unknown {
  if (!(error instanceof SeatmeterError) || error.code !== "message_invalid") return error;
  const why = `The licence service does not understand how this computer introduces itself (${error.message}).`;
  return new SeatmeterError("settings_invalid", why, { cause: error });
}

/** What a daemon said went wrong; a code of a newer daemon counts as unreachable if it says that asking again may help. */
export function toldError(code: string, message: string, retry: boolean): SeatmeterError {
  if (Object.hasOwn(ERRORS, code)) return new SeatmeterError(code as ErrorCode, message);
  return new SeatmeterError(retry ? "unreachable" : "internal", message);
}

/** An answer to the upgrade that is no upgrade: an error of the daemon's, or of something that stands before it. */
export function refusedUpgrade(status: number, body: string): SeatmeterError {
  try {
    const { code, message, retry } = JSON.parse(body);
    if (typeof code === "string" && typeof message === "string") return toldError(code, message, retry === true);
  } catch {
    // Not one of ours.
  }
  if (status === 401) return new SeatmeterError("unauthenticated", "The licence service does not know this token.");
  if (status === 403) return new SeatmeterError("forbidden", "The licence service does not let this computer in.");
  return unreachable(`HTTP status ${status}`);
}

/** Close codes of RFC 6455: 1008 is a refusal, everything else may be better next time. */
export function closedWith(code: number, reason: string): SeatmeterError {
  if (code === 1008) return new SeatmeterError("forbidden", reason || "The licence service has closed the connection.");
  return unreachable(reason || "the connection has ended");
}
