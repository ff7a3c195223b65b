import type { IncomingMessage } from "node:http";
import type { FastifyBaseLogger } from "fastify";
import { isFault, SeatmeterError } from "../domain/errors.ts";
import type { Message } from "../protocol/messages.ts";

/**
 * What went wrong as it is said on the wire and over HTTP. What nobody foresaw is logged here, once, and its words stay
 * in the log.
 *
 * @param askedFor the lease that the question named
 */
export function failed(
  error: unknown,
  log: FastifyBaseLogger,
  askedFor?: string,
): Message<"error"> & { status: number } {
  const known =
    error instanceof SeatmeterError
      ? error
      : new SeatmeterError("internal", "something went wrong in the daemon; its log says what", { cause: error });
  const leaseId = askedFor ?? known.leaseId;
  // What somebody sends may be no JSON, and is no fault of ours.
  const isOurs = known.code === "internal" || (known.status >= 500 && isFault(known.cause));
  if (isOurs) log.error({ err: known.cause ?? known }, "a request could not be answered");
  return {
    type: "error",
    code: known.code,
    message: known.message,
    retry: known.retry,
    status: known.status,
    ...(leaseId !== undefined && { leaseId }),
    ...(known.field !== undefined && { field: known.field }),
  };
}

/** What is said to somebody who has to say who he is, and did not, or not well. */
export function unauthenticated({ headers }: IncomingMessage): SeatmeterError {
  return new SeatmeterError(
    "unauthenticated",
    headers.authorization === undefined
      ? "a token is needed here: Authorization: Bearer TOKEN"
      : "this token is unknown here, or its last day is past",
  );
}
