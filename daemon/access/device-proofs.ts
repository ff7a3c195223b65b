import { createPublicKey } from "node:crypto";
import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from "jose";
import { PROOF_SECONDS, PROOF_TYPES } from "../domain/device-proof.ts";
import { folded } from "../domain/names.ts";

/** By what a proof is judged: what the ledger knows of the computer. */
export interface Judged {
  device: string;
  publicKey: string;
  audience: string;
}

type Verdict<Good> = Good | { wrong: string };

/** Whether a computer has answered this challenge with its key; else what is wrong with it, in words without secrets. */
export async function judgeConnection(proof: string, judged: Judged & { challenge: string }): Promise<Verdict<"good">> {
  const required = ["sub", "aud", "nonce", "iat", "exp"];
  const claims = await signedClaims(proof, judged, {
    typ: PROOF_TYPES.connection,
    requiredClaims: required,
    maxTokenAge: PROOF_SECONDS,
  });
  if ("wrong" in claims) return claims as { wrong: string };
  if (claims.nonce !== judged.challenge) return { wrong: "it answers another challenge" };
  if (claims.exp! - claims.iat! > PROOF_SECONDS) return { wrong: `it is good for more than ${PROOF_SECONDS} s` };
  return "good";
}

/** The public key that shall follow; else what is wrong. */
export async function judgeRotation(proof: string, judged: Judged): Promise<Verdict<{ next: string }>> {
  const options = { typ: PROOF_TYPES.rotation, requiredClaims: ["sub", "aud", "next"] };
  const claims = await signedClaims(proof, judged, options);
  if ("wrong" in claims) return claims as { wrong: string };
  return isPublicKey(claims.next) ? { next: claims.next } : { wrong: "the key that shall follow is none" };
}

/** Whether a computer has signed a journal of that digest; else what is wrong. */
export async function judgeJournal(signature: string, judged: Judged & { digest: string }): Promise<Verdict<"good">> {
  const options = { typ: PROOF_TYPES.journal, requiredClaims: ["sub", "aud", "entries"] };
  const claims = await signedClaims(signature, judged, options);
  if ("wrong" in claims) return claims as { wrong: string };
  return claims.entries === judged.digest ? "good" : { wrong: "it is of other entries" };
}

/** Thirty-two bytes in base64url that are a public key of Ed25519. */
export function isPublicKey(text: unknown): text is string {
  if (typeof text !== "string" || !/^[\w-]{43}$/.test(text)) return false;
  try {
    return keyOf(text).asymmetricKeyType === "ed25519";
  } catch {
    return false;
  }
}

async function signedClaims(
  proof: string,
  { device, publicKey, audience }: Judged,
  options: JWTVerifyOptions,
): Promise<Verdict<JWTPayload>> {
  let claims: JWTPayload;
  try {
    // The one algorithm: what a proof says of itself is never asked, so that "none" and the public key as a password fail.
    const { payload } = await jwtVerify(proof, keyOf(publicKey), { ...options, algorithms: ["EdDSA"], audience });
    claims = payload;
  } catch (error) {
    return { wrong: inWords(error) };
  }
  if (folded(String(claims.sub)) !== folded(device)) return { wrong: "it is another computer's" };
  // One that was made for several would be good at the others, too.
  if (Array.isArray(claims.aud)) return { wrong: "it is for several services" };
  return claims;
}

function inWords(error: unknown): string {
  if (error instanceof errors.JOSEAlgNotAllowed) return "it is not signed with EdDSA";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "the signature is not by this computer's key";
  if (error instanceof errors.JWTExpired) return "its time is over";
  if (error instanceof errors.JWTClaimValidationFailed) return `its ${error.claim} is wrong or missing`;
  return "it cannot be read";
}

const keyOf = (x: string) => createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
