// interface agreed; implementation in progress (owner: ledger)
import type { LedgerEvent } from "../domain/events.ts";
import type { PoolPolicy } from "../domain/policy.ts";
import type {
  CheckinAnswer,
  CheckinWhy,
  CheckoutAnswer,
  CheckoutRequest,
  LiveLease,
  PoolLevel,
  Publication,
  RenewAnswer,
} from "./answers.ts";

export interface LedgerShape {
  /** Errors: SeatmeterError ledger_unavailable. */
  checkout(pool: string, request: CheckoutRequest): Promise<CheckoutAnswer>;
  checkin(pool: string, leaseId: string, holder: string, why: CheckinWhy): Promise<CheckinAnswer>;
  /** Gathered for a second with all others of the pool. */
  renew(pool: string, leaseId: string, holder: string): Promise<RenewAnswer>;
  /** In which pool a lease lives; reads every pool. */
  find(leaseId: string): Promise<string | undefined>;
  levels(pools: readonly string[]): Promise<PoolLevel[]>;
  leases(pool: string, cursor?: string): Promise<{ items: LiveLease[]; next?: string }>;
  /** The newest denials of these pools, newest first. */
  recentDenials(pools: readonly string[], most: number): Promise<LedgerEvent[]>;
  publication(): Promise<Publication | undefined>;
  /** @returns the revision published; throws register_stale when somebody else published meanwhile */
  publish(
    next: { text: string; files: Record<string, string>; author: string; revision?: number },
    expectedRevision: number,
  ): Promise<number>;
  onPublication(listener: (revision: number) => void): void;
  /** Give pools their policy; a pool that has a later one keeps it. */
  adopt(policies: Map<string, PoolPolicy>): Promise<void>;
  health(): Promise<{
    up: boolean;
    durable: boolean;
    memoryUsedBytes: number;
    memoryMaxBytes: number;
    evictedKeys: number;
  }>;
  close(): Promise<void>;
}
