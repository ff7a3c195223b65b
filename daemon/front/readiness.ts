import type { InForce } from "../domain/register.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Readiness } from "./api-shapes.ts";

/**
 * Whether requests should be sent here. A ledger that is away is no reason against it: another daemon would not reach it
 * either, and shims are told so.
 */
export async function readinessOf(parts: {
  ledger: Pick<Ledger, "health">;
  inForce: () => InForce;
  state: () => { draining: boolean; history?: { up: boolean; backlog: number } | undefined };
}): Promise<{ ready: boolean; body: Readiness }> {
  const { up, durable } = await parts.ledger.health();
  const { draining, history } = parts.state();
  const register = revisionOf(parts.inForce);
  return {
    ready: !draining && register !== null,
    body: {
      ...{ ledger: up ? "up" : "down", durable, history: history ? (history.up ? "up" : "down") : "off" },
      ...{ backlog: history?.backlog ?? 0, register, draining },
    },
  };
}

function revisionOf(inForce: () => InForce): number | null {
  try {
    return inForce().revision;
  } catch {
    return null;
  }
}
