import { onTestFinished } from "vitest";
import { Ledger } from "../../daemon/ledger/ledger.ts";
import { policy } from "./ledger.ts";

export const POOL = "cad";
/** Longer than any failover: what is gone was lost. */
const TTL_MS = 600_000;

/** Of a replicated Redis, with one pool, until the test is over. */
export async function openLedger(redis: string, onConfirmed?: (confirmed: boolean) => void, seats = 3) {
  const ledger = await Ledger.open({ redis, pulseMs: 0, ...(onConfirmed && { onConfirmed }) });
  onTestFinished(() => ledger.close());
  await ledger.adopt(new Map([[POOL, policy({ seats, ttlMs: TTL_MS })]]));
  return ledger;
}
