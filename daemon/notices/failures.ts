/** What codes of connections and of mail servers mean. None of it names a person. */
const MEANINGS: Record<string, string> = {
  ECONNREFUSED: "cannot be reached: nobody listens there",
  ENOTFOUND: "cannot be reached: there is no such host",
  EDNS: "cannot be reached: there is no such host",
  EAI_AGAIN: "cannot be reached: its host's name is not answered for",
  ETIMEDOUT: "does not answer",
  ECONNRESET: "broke the connection off",
  EAUTH: "refuses user with the password of passwordFile",
  ETLS: "has no TLS as it should: look at security and port",
  CERT_HAS_EXPIRED: "shows a certificate that has ended",
  ERR_TLS_CERT_ALTNAME_INVALID: "shows the certificate of another host: write the host's name as in the certificate",
};

const UNTRUSTED = [
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
];
const VOUCH = "shows a certificate that nobody here vouches for: name who does in certificateAuthorityFile";

/** For whom nobody waits any longer. */
export const tooSlow = () => Object.assign(new Error("it takes too long"), { code: "ETIMEDOUT" });

/**
 * Why somebody could not be told. What a mail server says is kept without the addresses in it: whoever reads the log need
 * not know them.
 *
 * @param who as it begins the sentence: the mail server
 */
export function whyNotSent(error: unknown, who: string): string {
  if (!(error instanceof Error)) return String(error);
  const { code, message, responseCode } = error as NodeJS.ErrnoException & { responseCode?: number };
  const inner = /\b(DEPTH_ZERO\w+|SELF_SIGNED\w+|UNABLE_TO_\w+|CERT_\w+|ECONN\w+|ERR_TLS\w+)\b/.exec(message)?.[0];
  const codes = [(error.cause as NodeJS.ErrnoException | undefined)?.code, inner, code];
  if (codes.some((one) => UNTRUSTED.includes(String(one))) || /self-signed|unable to verify|issuer cert/i.test(message))
    return `${who} ${VOUCH}`;
  const known = codes.map((one) => MEANINGS[String(one)]).find((meaning) => meaning);
  // What the server itself says is told, unless it is about the password.
  if (known && (responseCode === undefined || code === "EAUTH")) return `${who} ${known}`;
  const said = message.replace(/\S+@\S+/g, "…").replace(/\s+/g, " ");
  return responseCode === undefined ? said : `${who} refuses: ${said}`;
}
