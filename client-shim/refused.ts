import { SeatmeterError } from "../daemon/domain/errors.ts";

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
