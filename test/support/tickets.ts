import { exportJWK, generateKeyPair, SignJWT } from "jose";

/** A key by which daemons sign tickets, and the public half as a welcome tells it. */
export async function ticketKey() {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const { x } = await exportJWK(publicKey);
  return { privateKey, told: x! };
}
export type TicketKey = Awaited<ReturnType<typeof ticketKey>>;

export const DAY_MS = 86_400_000;
const seconds = (ms: number) => Math.floor(ms / 1000);

/** A ticket as a daemon makes it, unless told otherwise. */
export function ticket(key: TicketKey, change: Record<string, unknown> = {}, head: Record<string, unknown> = {}) {
  const claims = {
    ...{ leaseId: "01900000-0000-7000-8000-000000000000", product: "demo", pool: "demo", device: "pc-12", seats: 1 },
    ...{ iat: seconds(Date.now()), exp: seconds(Date.now() + DAY_MS), ...change },
  };
  return new SignJWT(claims).setProtectedHeader({ alg: "EdDSA", kid: key.told, ...head }).sign(key.privateKey);
}
