import { randomUUID } from "node:crypto";
import { encodeFacts } from "../daemon/domain/events.ts";
import { encodeCall, type Operation } from "../daemon/ledger/batch.ts";
import { Keys } from "../daemon/ledger/keys.ts";
import { CALL_SETTINGS, NOTHING_KNOWN } from "../daemon/ledger/operations.ts";
import { encodePolicy } from "../daemon/ledger/policy-text.ts";
import type { BenchRedis } from "./redis-server.ts";

export const POOLS = 64;
export const LIVE = 1000;
export const SITES = 40;
const CALLS_IN_FLIGHT = 8;
/** As many as connections would be waiting when each decision is a call of its own. */
const SINGLES_IN_FLIGHT = 500;

const SETTINGS = Object.values(CALL_SETTINGS).map(String);
const keys = new Keys("bench:");

export const FACTS = encodeFacts({
  product: "autocad",
  site: "civic-centre",
  version: "2026",
  askedFirst: "",
  user: "aB3dE6gH9jK2mN5p",
  userLastYear: "qR8tU1wX4zA7cD0f",
  device: "gH3jK6mN9pQ2sT5v",
  deviceLastYear: "wX8zA1cD4fG7iJ0l",
  department: "planning",
  attemptId: "",
  attested: "",
  breakGlassReason: "",
});

export const POLICY = {
  revision: 1,
  ttlMs: 600_000,
  noteMs: 1_200_000,
  limits: {},
  rules: {},
  offsets: [{ fromMs: 0, offsetMs: 0 }],
  steps: [{ fromMs: 0, seats: 1_000_000, reason: "no_seats" as const, termMs: 0, reserved: [] }],
};

interface Live {
  leaseId: string;
  holder: string;
}

/** Pools full of leases, and the ledger's script asked for many decisions at a time, without a daemon between. */
export class Fleet {
  readonly redis: BenchRedis;
  readonly #grouped: boolean;
  readonly #live: Live[][] = [];
  #next = 0;

  private constructor(redis: BenchRedis, grouped: boolean) {
    this.redis = redis;
    this.#grouped = grouped;
  }

  /** @param grouped seats shared by user and device, not one for each lease */
  static async filled(redis: BenchRedis, { grouped = false } = {}): Promise<Fleet> {
    const fleet = new Fleet(redis, grouped);
    for (let pool = 0; pool < POOLS; pool++) {
      await redis.client.poolAdopt(keys.of(`p${pool}`, "state"), ...encodePolicy(POLICY));
      fleet.#live.push([]);
      for (let i = 0; i < LIVE; i += 250) {
        const checkouts = Array.from({ length: 250 }, () => fleet.#checkout(pool));
        await fleet.#call(pool, checkouts);
      }
    }
    return fleet;
  }

  /** One call with so many decisions, pool after pool: half checkouts, half returns. */
  async decide(batch: number): Promise<void> {
    const pool = this.#next++ % POOLS;
    const live = this.#live[pool]!;
    const returnsNow = this.#next % (2 * POOLS) >= POOLS ? 1 : 0;
    const returns = batch === 1 ? returnsNow : batch / 2;
    const operations: Operation[] = [];
    for (let i = 0; i < returns; i++) {
      const [lease] = live.splice(Math.floor(Math.random() * live.length), 1);
      operations.push({ kind: "checkin", leaseId: lease!.leaseId, column: lease!.holder, optional: [""], ...NOBODY });
    }
    for (let i = returns; i < batch; i++) operations.push(this.#checkout(pool));
    await this.#call(pool, operations);
  }

  /** One call with so many heartbeats, pool after pool. */
  async renew(batch: number): Promise<void> {
    const pool = this.#next++ % POOLS;
    const live = this.#live[pool]!;
    const first = Math.floor(Math.random() * (live.length - batch));
    const renewals = live.slice(first, first + batch).map(({ leaseId, holder }): Operation => {
      return { kind: "renew", leaseId, column: holder, optional: [], ...NOBODY };
    });
    await this.#call(pool, renewals);
  }

  /** What all pools hold in Redis for one lease, in bytes, the events that were written aside. */
  async bytesPerLease(): Promise<number> {
    const usage = await Promise.all(
      this.#live.flatMap((_, pool) =>
        (["leases", "due", "seats", "counts", "state"] as const).map((key) =>
          this.redis.client.call("MEMORY", "USAGE", keys.of(`p${pool}`, key), "SAMPLES", "0"),
        ),
      ),
    );
    return usage.reduce<number>((sum, bytes) => sum + Number(bytes), 0) / (POOLS * LIVE);
  }

  #checkout(pool: number): Operation {
    const leaseId = randomUUID();
    const holder = `pc-${leaseId.slice(0, 8)}`;
    this.#live[pool]!.push({ leaseId, holder });
    const key = this.#grouped ? `user-${leaseId.slice(0, 8)}\u001f${holder}` : "";
    const draws = `site:site-${Math.floor(Math.random() * SITES)}`;
    const record = [holder, key, "1", draws, "asmith", holder, FACTS].join("\t");
    return { kind: "checkout", leaseId, column: record, optional: ["", ""], ...NOBODY };
  }

  #call(pool: number, operations: Operation[]) {
    return this.redis.client.poolCall(...keys.all(`p${pool}`), ...encodeCall(SETTINGS, NOTHING_KNOWN, operations));
  }
}

const NOBODY = { resolve: () => {}, reject: () => {} };

/** Redis CPU, in microseconds per decision, of so many calls of `decisions` each. */
export async function redisCost(
  redis: BenchRedis,
  calls: number,
  decisions: number,
  call: () => Promise<unknown>,
): Promise<number> {
  const inFlight = decisions === 1 ? SINGLES_IN_FLIGHT : CALLS_IN_FLIGHT;
  const before = await redis.cpuSeconds();
  let left = calls;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left-- > 0) await call();
    }),
  );
  return (((await redis.cpuSeconds()) - before) * 1e6) / (calls * decisions);
}
