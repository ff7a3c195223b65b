import { randomUUID } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
import type { CapacityStep } from "../../daemon/domain/capacity.ts";
import { encodeFacts, type Facts } from "../../daemon/domain/events.ts";
import type { PoolPolicy } from "../../daemon/domain/policy.ts";
import type { CheckoutRequest } from "../../daemon/ledger/answers.ts";
import { Ledger, type LedgerOptions } from "../../daemon/ledger/ledger.ts";
import { startRedis } from "./redis.ts";

export function step(change: Partial<CapacityStep> = {}): CapacityStep {
  return { fromMs: 0, seats: 1, reason: "no_seats", termMs: 0, reserved: [], ...change };
}

/** A policy of one capacity for ever. */
export function policy(change: Partial<PoolPolicy> & { seats?: number } = {}): PoolPolicy {
  const { seats = 1, ...rest } = change;
  return {
    revision: 1,
    ttlMs: 60_000,
    noteMs: 120_000,
    steps: [step({ seats })],
    limits: {},
    rules: {},
    offsets: [{ fromMs: 0, offsetMs: 0 }],
    ...rest,
  };
}

export const facts = (change: Partial<Facts> = {}): Facts => ({
  product: "cad",
  site: "hall",
  version: "",
  askedFirst: "",
  user: "u",
  userLastYear: "",
  device: "d",
  deviceLastYear: "",
  department: "",
  attemptId: "",
  attested: "",
  breakGlassReason: "",
  ...change,
});

/** A checkout of its own user and device, unless told otherwise. */
export function request(change: Partial<CheckoutRequest> = {}): CheckoutRequest {
  const leaseId = change.leaseId ?? randomUUID();
  const site = change.site ?? "hall";
  const holder = change.holder ?? `pc-${leaseId}`;
  return {
    leaseId,
    holder,
    user: `user-${leaseId}`,
    device: holder,
    seatKey: "",
    seats: 1,
    site,
    facts: encodeFacts(facts({ site })),
    ...change,
  };
}

/**
 * A real Redis for this test file, and ledgers on it. Nothing pulses by itself, so that no test depends on the time it
 * takes; a pool is new for each `openPool`.
 */
export function useLedger() {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  const opened: Ledger[] = [];
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(async () => {
    for (const ledger of opened) await ledger.close();
    await redis.stop();
  });
  async function openLedger(options: Partial<LedgerOptions> = {}) {
    const ledger = await Ledger.open({ redis: { path: redis.socket }, pulseMs: 0, ...options });
    opened.push(ledger);
    return ledger;
  }
  return {
    openLedger,
    socket: () => redis.socket,
    /** A pool with this policy, its ledger, which is a new one unless told otherwise, and short ways to ask it. */
    async openPool(
      change: Parameters<typeof policy>[0] = {},
      { ledger: there, ...options }: Partial<LedgerOptions> & { ledger?: Ledger } = {},
    ) {
      const ledger = there ?? (await openLedger(options));
      const pool = `pool-${randomUUID()}`;
      await ledger.adopt(new Map([[pool, policy(change)]]));
      return {
        ledger,
        pool,
        checkout: (asked: CheckoutRequest) => ledger.checkout(pool, asked),
        checkin: (asked: CheckoutRequest) => ledger.checkin(pool, asked.leaseId, asked.holder, "checked_in"),
        async renew(asked: CheckoutRequest) {
          const renewed = ledger.renew(pool, asked.leaseId, asked.holder);
          await ledger.pulse();
          return (await renewed).outcome;
        },
        level: async () => (await ledger.levels([pool]))[0]!,
      };
    },
  };
}
