import { hkdfSync } from "node:crypto";
import { EncryptJWT, jwtDecrypt } from "jose";
import { z } from "zod";

/** How long somebody may take to sign in at the issuer, in seconds. */
export const SIGN_ON_SECONDS = 600;

/** What has to be known again when somebody comes back from the issuer. */
const SignOnBegun = z.object({
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  /** Where the issuer sends them, as it was told. */
  redirectUri: z.string(),
  /** The page that was wanted. */
  next: z.string(),
});
export type SignOnBegun = z.infer<typeof SignOnBegun>;

/*
 * It lies in the browser's cookie, sealed, so that strangers who begin and do not finish fill nobody's memory. The key
 * comes from the secret that the issuer gave: every daemon has it, and a changed one ends what was begun.
 */
const keyOf = (secret: string) => new Uint8Array(hkdfSync("sha256", secret, "", "seatmeter sign-on", 32));

export function sealed(begun: SignOnBegun, secret: string): Promise<string> {
  return new EncryptJWT({ ...begun })
    .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
    .setExpirationTime(`${SIGN_ON_SECONDS}s`)
    .encrypt(keyOf(secret));
}

/** @returns nothing where it was not sealed by us, or too long ago */
export async function unsealed(text: string, secret: string): Promise<SignOnBegun | undefined> {
  try {
    const { payload } = await jwtDecrypt(text, keyOf(secret), { requiredClaims: ["exp"] });
    return SignOnBegun.safeParse(payload).data;
  } catch {
    return undefined;
  }
}
