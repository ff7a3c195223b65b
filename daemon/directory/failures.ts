import type { Directory } from "../domain/register.ts";

/** What the names of errors mean, of a directory's answers and of connections; none of it names a person. */
const MEANINGS: Record<string, (directory: Directory) => string> = {
  InvalidCredentialsError: () => "refuses bindDn with the password of passwordFile",
  NoSuchObjectError: ({ base }) => `has no entry ${base}, or does not show it to bindDn: look at base`,
  InvalidDNSyntaxError: () => "takes base or bindDn for no name of an entry: one is written OU=Staff,DC=example,DC=org",
  InsufficientAccessError: () => "does not let bindDn read what is below base",
  StrongAuthRequiredError: () => "wants TLS: write ldaps://, or add startTls: true",
  ConfidentialityRequiredError: () => "wants TLS: write ldaps://, or add startTls: true",
  SizeLimitExceededError: () => "gives no more entries to bindDn, page by page neither: have its limit raised",
  ECONNREFUSED: () => "cannot be reached: nobody listens there",
  ENOTFOUND: () => "cannot be reached: there is no such host",
  EAI_AGAIN: () => "cannot be reached: its host's name is not answered for",
  ECONNRESET: () => "broke the connection off",
  ERR_TLS_CERT_ALTNAME_INVALID: () =>
    "shows the certificate of another host: write the host's name as in the certificate",
  CERT_HAS_EXPIRED: () => "shows a certificate that has ended",
};

const UNTRUSTED = [
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
];

/** Why a directory could not be read, to be put behind `the directory`. */
export function whyNot(error: unknown, directory: Directory): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  if (UNTRUSTED.includes(String(code))) {
    return "shows a certificate that nobody here vouches for: name who does in certificateAuthorityFile";
  }
  const meaning = MEANINGS[String(code)] ?? MEANINGS[error.name];
  if (error.message === "Connection timeout") return "cannot be reached: it does not answer";
  return meaning?.(directory) ?? `could not be read: ${error.message.split("\n").join(" ")}`;
}
