/*
 * What a computer signs with the key that was made on it (Ed25519), so that its copy in the ledger, the public half, is
 * worth nothing to whoever reads it. Each is a JWT of a type of its own, or one could be shown in the place of another.
 */

/** How long a proof of who connects may be good. It answers one challenge, so it is good once anyway. */
export const PROOF_SECONDS = 60;

/** THE TABLE of their types. */
export const PROOF_TYPES = {
  /** `sub` the computer, `aud` the daemons of its ledger, `nonce` the challenge, `iat`, `exp`. */
  connection: "seatmeter-connection+jwt",
  /** `sub`, `aud`, `next` the public key that follows. Asking twice is asking once, so it has no end. */
  rotation: "seatmeter-rotation+jwt",
  /** `sub`, `aud`, `entries` the digest of what is told (domain/journal.ts). Told twice it counts once, so it has no end. */
  journal: "seatmeter-journal+jwt",
} as const;

/**
 * By what a key is told from another without showing it: its thumbprint of RFC 7638.
 *
 * @param x the public half, 32 bytes in base64url
 */
export const keyIdOf = (x: string) =>
  // Loaded only where there is a key: a launch reads this file, too.
  process
    .getBuiltinModule("node:crypto")
    .createHash("sha256")
    .update(JSON.stringify({ crv: "Ed25519", kty: "OKP", x }))
    .digest("base64url");

/** The header of a WebSocket's beginning in which the daemon says what has to be signed. */
export const CHALLENGE_HEADER = "Seatmeter-Challenge";

/**
 * A challenge begins with the daemon's time, by which the computer dates its proof: its own clock may be wrong.
 *
 * @param random of 32 bytes, in base64url
 */
export const challengeAt = (nowMs: number, random: string) => `${Math.floor(nowMs)}.${random}`;
export const secondsOf = (challenge: string) => Math.floor(Number(challenge.split(".")[0]) / 1000);
