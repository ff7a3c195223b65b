import { isFault, SeatmeterError } from "../domain/errors.ts";
import type { RedisAddress } from "./connection.ts";

/** THE TABLE of what Redis answers when it does not do what it is asked, by the first word; behind `the ledger`. */
const REFUSALS: Record<string, string> = {
  WRONGPASS: "refuses the daemon's user or password",
  NOAUTH: "wants a password of the daemon, which has none",
  NOPERM: "does not let the daemon's user do what is needed",
  OOM: "is full",
  READONLY: "is read-only: it is a replica, and no master",
  LOADING: "is loading its data",
  MISCONF: "cannot write to its disk, and takes nothing until it can",
  MASTERDOWN: "is a replica without its master",
  CLUSTERDOWN: "has no master for a part of its data",
  NOREPLICAS: "has too few replicas that follow it",
  BUSY: "is held up by a script",
  TRYAGAIN: "is being moved to another server",
  MOVED: "is being moved to another server",
  ASK: "is being moved to another server",
};

const UNTRUSTED = "shows a certificate that nobody here vouches for";
/** The same of connections, by Node's code. What is not here comes to nobody being reached. */
const BROKEN: Record<string, string> = {
  ECONNREFUSED: "cannot be reached: nobody listens there",
  ENOENT: "cannot be reached: nobody listens there",
  EACCES: "cannot be reached: the daemon's user may not use its socket",
  ENOTFOUND: "cannot be reached: there is no such host",
  EAI_AGAIN: "cannot be reached: its host's name is not answered for",
  ETIMEDOUT: "does not answer",
  EPROTO: "cannot be reached: it speaks no TLS",
  ERR_SSL_WRONG_VERSION_NUMBER: "cannot be reached: it speaks no TLS",
  CERT_HAS_EXPIRED: "shows a certificate that has ended",
  ERR_TLS_CERT_ALTNAME_INVALID: "shows the certificate of another host",
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
};

/** As patience.ts says it. */
const SILENT = /^no answer within /;

/** Whether Redis itself said so: then the connection is there, and nobody else tells that something is wrong. */
export const isRefusal = (error: Error) => error.name === "ReplyError";

/**
 * What is wrong with a ledger, in plain words that go behind `the ledger`. Whoever launches something hears them, so there
 * is no host in them, no user and nothing that Redis or its client said; that stands in the log.
 */
export function troubleOf(cause: unknown): string {
  const { code = "", message } = cause as { code?: string; message: string };
  const [word = ""] = message.split(" ", 1);
  if (isRefusal(cause as Error)) return REFUSALS[word] ?? "gives an answer that the daemon did not expect";
  return BROKEN[code] ?? (SILENT.test(message) ? "does not answer" : "cannot be reached");
}

/**
 * What went wrong with a question to the ledger, for those who asked. A time-out never means that it was not done; and a
 * fault of ours keeps nobody from starting a program that may be used without the ledger.
 */
export function asLedgerError(cause: unknown): SeatmeterError {
  if (cause instanceof SeatmeterError) return cause;
  const trouble = isFault(cause) ? "was not understood by the daemon, whose log says why" : troubleOf(cause);
  return new SeatmeterError("ledger_unavailable", `the ledger ${trouble}; ask again`, { cause });
}

/** Redis's troubles in our words. */
export async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw asLedgerError(cause);
  }
}

/** Where a Redis is, for whoever runs the daemon: an address may hold a password. */
export function placeInWords(address: RedisAddress): string {
  if (typeof address !== "string") return address.path;
  const [, , hosts = ""] = /^[a-z+]+:\/\/(.*@)?([^/?]*)/.exec(address) ?? [];
  return `${hosts} (REDIS_URL)`;
}
