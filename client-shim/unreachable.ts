const NOT_VOUCHED_FOR =
  "this computer does not know the authority that signed its certificate: name a file with the authority's own " +
  "(PEM) in SEATMETER_CA_FILE, or as certificateAuthorityFile in shim.yaml";

/** What is wrong with a daemon's certificate and what to do, by the code that TLS gives it. */
const CERTIFICATE_TROUBLES: Record<string, string> = {
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

/** Why nobody could be asked at an address, from the error of `ws` or `fetch`. */
export function whyUnreachable(error: Error): string {
  // `fetch failed` says nothing; its cause does.
  const { code, message } = (error.cause ?? error) as { code?: string; message?: string };
  return certificateTrouble(error) ?? (message || code || error.message || "no route");
}

/** Whether a daemon was not believed because nobody who is known vouches for it. */
export const isUnvouched = (error: Error) => certificateTrouble(error) === NOT_VOUCHED_FOR;

/** What is wrong with the certificate there, if it is that. */
export function certificateTrouble(error: Error): string | undefined {
  const { code } = (error.cause ?? error) as { code?: string };
  return code !== undefined && Object.hasOwn(CERTIFICATE_TROUBLES, code) ? CERTIFICATE_TROUBLES[code] : undefined;
}
