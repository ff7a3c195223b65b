import { compactVerify } from "jose/jws/compact/verify";
import { importJWK } from "jose/key/import";
import type { TicketClaims } from "../daemon/protocol/messages.ts";
import { clock, plain } from "./denial.ts";
import { CLOCK_TOLERANCE_MS } from "./seen-moments.ts";

/** For which launch a ticket shall do, and by what it is judged. */
export interface TicketQuestion {
  product: string;
  device: string;
  seats: number;
  /** What the daemons sign with: public keys, 32 bytes in base64url. */
  keys: readonly string[];
  nowMs: number;
  /** The latest moment that this computer has seen. */
  latestMs: number;
}

export type CheckedTicket = { good: true; untilMs: number } | { good: false; why: string };

/** Whether a ticket is good for this launch, without asking anybody; else why not, as the person reads it. */
export async function checkTicket(ticket: string, question: TicketQuestion): Promise<CheckedTicket> {
  const { product, device, seats, keys, nowMs, latestMs } = question;
  if (keys.length === 0)
    return bad("this computer knows no key to check it with until it has spoken with the licence service");
  const claims = await signedClaims(ticket, keys);
  if (typeof claims === "string") return bad(claims);
  if (folded(claims.device) !== folded(device)) {
    return bad(`it was given to the computer ${plain(claims.device)}, and this is ${plain(device)}`);
  }
  if (folded(claims.product) !== folded(product)) return bad(`it is a seat of ${plain(claims.product)}`);
  if (claims.seats < seats) return bad(`it is for ${claims.seats} of the ${seats} seats that are asked for`);
  const untilMs = claims.exp * 1000;
  if (nowMs >= untilMs) return bad(`it ended at ${clock(untilMs)}`);
  const seenMs = Math.max(latestMs, claims.iat * 1000);
  if (nowMs < seenMs - CLOCK_TOLERANCE_MS) {
    return bad(`this computer's clock is wrong: it shows ${clock(nowMs)}, and has seen ${clock(seenMs)} before`);
  }
  return { good: true, untilMs };
}

/** @returns what is wrong, where nobody whom we trust has signed it */
export async function signedClaims(ticket: string, keys: readonly string[]): Promise<TicketClaims | string> {
  let payload: Uint8Array;
  try {
    ({ payload } = await compactVerify(ticket, ({ kid }) => keyOf(kid, keys), { algorithms: ["EdDSA"] }));
  } catch (error) {
    return TROUBLES[(error as { code?: string }).code ?? ""] ?? UNREADABLE;
  }
  const claims = asClaims(payload);
  return claims ?? UNREADABLE;
}

/** Its head names the key; a name that we were not told is nobody's. */
async function keyOf(kid: unknown, keys: readonly string[]) {
  const known = keys.find((key) => key === kid);
  if (known === undefined) throw Object.assign(new Error("unknown key"), { code: UNKNOWN_KEY });
  return importJWK({ kty: "OKP", crv: "Ed25519", x: known }, "EdDSA");
}

function asClaims(payload: Uint8Array): TicketClaims | undefined {
  try {
    const claims = JSON.parse(new TextDecoder().decode(payload));
    const texts = [claims.leaseId, claims.product, claims.pool, claims.device];
    const numbers = [claims.seats, claims.iat, claims.exp];
    const sound = texts.every((it) => typeof it === "string") && numbers.every((it) => Number.isSafeInteger(it));
    return sound ? claims : undefined;
  } catch {
    return undefined;
  }
}

const UNKNOWN_KEY = "unknown_key";
const UNREADABLE = "its ticket cannot be read";
const TROUBLES: Record<string, string> = {
  [UNKNOWN_KEY]: "its ticket is signed with a key that the licence service does not use",
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: "its ticket was altered, or is forged",
  ERR_JOSE_ALG_NOT_ALLOWED: "its ticket is forged: no daemon signs in that way",
};

const bad = (why: string) => ({ good: false, why }) as const;

/** As `daemon/domain/names.ts` has it, whose schemas would cost a launch their loading. */
const folded = (name: string) => name.normalize("NFC").toLowerCase();
