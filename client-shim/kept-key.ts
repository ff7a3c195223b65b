import type { KeyObject } from "node:crypto";

/** A key of Ed25519: the private half, and the public one, 32 bytes each in base64url. */
export interface Key {
  d: string;
  x: string;
}

/** What is kept in the file of a computer's own key, which only whoever launches programs may read. */
export interface KeptKey {
  device: string;
  key: Key;
  /** What we call the daemons in what we sign; none: it never came to the end of the enrolment. */
  audience?: string;
  /** The key that shall follow; it may be in force already, where the answer was lost. */
  next?: Key;
  /** The key of an enrolment that has not come to its end; until then the computer is known by the one that it has. */
  pending?: { device: string; key: Key };
  /** Public halves of the keys before, the last first: what was signed with them is believed still. */
  earlier?: string[];
  /** Since when what is written down here is signed. */
  sinceMs?: number;
}

/** @param kept what a file held */
export function isKey(kept: unknown): kept is KeptKey {
  const { device, key } = (kept ?? {}) as Partial<KeptKey>;
  return typeof device === "string" && typeof key?.d === "string" && typeof key.x === "string";
}

/** Loaded only where there is a key: each launch reads this file. */
const crypto = () => process.getBuiltinModule("node:crypto");
const OKP = { kty: "OKP", crv: "Ed25519" };
export const privateKey = ({ d, x }: Key): KeyObject =>
  crypto().createPrivateKey({ key: { ...OKP, d, x }, format: "jwk" });
export const publicKey = (x: string): KeyObject => crypto().createPublicKey({ key: { ...OKP, x }, format: "jwk" });
