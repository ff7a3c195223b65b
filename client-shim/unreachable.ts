import { SeatmeterError } from "../daemon/domain/errors.ts";

const NOT_VOUCHED_FOR =
  "this computer does not know the authority that signed its certificate: name a file with the authority's own " +
  "(PEM) in SEATMETER_CA_FILE, or as certificateAuthorityFile in shim.yaml";

const NO_TLS = "ERR_SSL_WRONG_VERSION_NUMBER";
/** As `ws` tells it with Node and with Bun, and Bun's `fetch`. */
const SPEAKS_NO_TLS = /:wrong[ _]version[ _]number\b|\bDoes the server speak TLS\b/i;

/** What is wrong with a daemon's TLS, mostly with its certificate, and what to do, by the code that Node gives it. */
const TLS_TROUBLES: Record<string, string> = {
  [NO_TLS]: "what answers there does not speak TLS: should the address begin with ws:// instead of wss://?",
  SELF_SIGNED_CERT_IN_CHAIN: NOT_VOUCHED_FOR,
  DEPTH_ZERO_SELF_SIGNED_CERT: NOT_VOUCHED_FOR,
  UNABLE_TO_GET_ISSUER_CERT: NOT_VOUCHED_FOR,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NOT_VOUCHED_FOR,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NOT_VOUCHED_FOR,
  CERT_SIGNATURE_FAILURE: NOT_VOUCHED_FOR,
  CERT_UNTRUSTED: NOT_VOUCHED_FOR,
  CERT_HAS_EXPIRED:
    "its certificate has expired: whoever runs it has to renew it, unless this computer's clock is wrong",
  CERT_NOT_YET_VALID: "its certificate is not valid yet: is this computer's clock right?",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "its certificate bears another name: use that in the address, or have one made for this",
};

/** As `ws` and `fetch` say that the other side hung up, Bun's last; a listener for TLS does so with whoever speaks none. */
const HUNG_UP = /^(socket hang up|other side closed)$|\bThe socket connection was closed unexpectedly\b/;

export const unreachable = (why: string, cause?: unknown) => new SeatmeterError("unreachable", why, { cause });

/** Why nobody could be asked at an address, from the error of `ws` or `fetch`; in one line. */
export function whyUnreachable(error: Error): string {
  // `fetch failed` says nothing; its cause does.
  const { code, message } = (error.cause ?? error) as { code?: string; message?: string };
  if (HUNG_UP.test(message ?? "")) return "it hangs up at once: if it speaks TLS, the address begins with wss://";
  const said = message?.replace(/\s+/g, " ").trim();
  return tlsTrouble(error) ?? (said || code || error.message || "no route");
}

/** Whether a daemon was not believed because nobody who is known vouches for it. */
export const isUnvouched = (error: Error) => tlsTrouble(error) === NOT_VOUCHED_FOR;

/** What is wrong with TLS there, if it is that. */
export function tlsTrouble(error: Error): string | undefined {
  const { code = "", message = "" } = (error.cause ?? error) as { code?: string; message?: string };
  // An error of the protocol, like many others.
  const known = code === "EPROTO" && SPEAKS_NO_TLS.test(message) ? NO_TLS : code;
  return Object.hasOwn(TLS_TROUBLES, known) ? TLS_TROUBLES[known] : undefined;
}

/** As Node and Bun call it where nobody was there to hear a question. */
const NOBODY_THERE: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Whether the question cannot have been heard. */
export function isUnheard(error: Error): boolean {
  const { code = "" } = (error.cause ?? error) as { code?: string };
  return tlsTrouble(error) !== undefined || NOBODY_THERE.has(code);
}
