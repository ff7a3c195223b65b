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
/** In so many calls a fleet is filled, some under way at a time. */
const FILLED_A_CALL = 250;

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

/** What a fleet needs of a Redis. */
export type Scripted = Pick<BenchRedis, "client">;

interface FleetShape {
  /** Seats shared by user and device, not one for each lease. */
  grouped: boolean;
  pools: number;
  /** Leases in each. */
  live: number;
  prefix: string;
}

/** Pools full of leases, and the ledger's script asked for many decisions at a time, without a daemon between. */
export class Fleet<Of extends Scripted = BenchRedis> {
  readonly redis: Of;
  readonly #shape: FleetShape;
  readonly #keys: Keys;
  readonly #live: Live[][];
  #next = 0;

  private constructor(redis: Of, shape: FleetShape) {
    this.redis = redis;
    this.#shape = shape;
    this.#keys = new Keys(shape.prefix);
    this.#live = Array.from({ length: shape.pools }, () => []);
  }

  static async filled<Of extends Scripted>(
    redis: Of,
    { grouped = false, pools = POOLS, live = LIVE, prefix = "bench:" }: Partial<FleetShape> = {},
  ): Promise<Fleet<Of>> {
    const fleet = new Fleet(redis, { grouped, pools, live, prefix });
    const adopted = fleet.#live.map((_, pool) =>
      redis.client.poolAdopt(fleet.#keys.of(fleet.pools[pool]!, "state"), ...encodePolicy(POLICY)),
    );
    await Promise.all(adopted);
    const callsEach = Math.ceil(live / FILLED_A_CALL);
    let call = 0;
    await repeated(pools * callsEach, CALLS_IN_FLIGHT, async () => {
      const pool = Math.floor(call++ / callsEach);
      const missing = Math.min(FILLED_A_CALL, live - fleet.#live[pool]!.length);
      await fleet.#call(
        pool,
        Array.from({ length: missing }, () => fleet.#checkout(pool)),
      );
    });
    return fleet;
  }

  /** The names of its pools. */
  get pools(): string[] {
    return this.#live.map((_, pool) => `p${pool}`);
  }

  /** One call with so many decisions, pool after pool: half checkouts, half returns. */
  async decide(batch: number): Promise<void> {
    const { pools } = this.#shape;
    const pool = this.#next++ % pools;
    const live = this.#live[pool]!;
    const returnsNow = this.#next % (2 * pools) >= pools ? 1 : 0;
    const returns = batch === 1 ? returnsNow : batch / 2;
    const operations: Operation[] = [];
    for (let i = 0; i < returns; i++) {
      const { leaseId, holder } = taken(live);
      operations.push({ kind: "checkin", leaseId, column: holder, optional: [""], ...NOBODY });
    }
    for (let i = returns; i < batch; i++) operations.push(this.#checkout(pool));
    await this.#call(pool, operations);
  }

  /** One call with so many heartbeats, pool after pool. */
  async renew(batch: number): Promise<void> {
    const pool = this.#next++ % this.#shape.pools;
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
      this.pools.flatMap((pool) =>
        (["leases", "due", "seats", "counts", "state"] as const).map((key) =>
          this.redis.client.call("MEMORY", "USAGE", this.#keys.of(pool, key), "SAMPLES", "0"),
        ),
      ),
    );
    return usage.reduce<number>((sum, bytes) => sum + Number(bytes), 0) / (this.#shape.pools * this.#shape.live);
  }

  #checkout(pool: number): Operation {
    const leaseId = randomUUID();
    const holder = `pc-${leaseId.slice(0, 8)}`;
    this.#live[pool]!.push({ leaseId, holder });
    const key = this.#shape.grouped ? `user-${leaseId.slice(0, 8)}\u001f${holder}` : "";
    const draws = `site:site-${Math.floor(Math.random() * SITES)}`;
    const record = [holder, key, "1", draws, "asmith", holder, FACTS].join("\t");
    return { kind: "checkout", leaseId, column: record, optional: ["", ""], ...NOBODY };
  }

  #call(pool: number, operations: Operation[]) {
    return this.redis.client.poolCall(
      ...this.#keys.all(`p${pool}`),
      ...encodeCall(SETTINGS, NOTHING_KNOWN, operations),
    );
  }
}

const NOBODY = { resolve: () => {}, reject: () => {} };

/** Any one of them, which they then lack. Their order is nobody's concern, and a million of them do not move up. */
function taken<Item>(items: Item[]): Item {
  const at = Math.floor(Math.random() * items.length);
  const item = items[at]!;
  items[at] = items.at(-1)!;
  items.pop();
  return item;
}

async function repeated(times: number, inFlight: number, act: () => Promise<unknown>): Promise<void> {
  let left = times;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left-- > 0) await act();
    }),
  );
}

/** Redis CPU, in microseconds per decision, of so many calls of `decisions` each. */
export async function redisCost(
  redis: BenchRedis,
  calls: number,
  decisions: number,
  call: () => Promise<unknown>,
): Promise<number> {
  const inFlight = decisions === 1 ? SINGLES_IN_FLIGHT : CALLS_IN_FLIGHT;
  const before = await redis.cpuSeconds();
  await repeated(calls, inFlight, call);
  return (((await redis.cpuSeconds()) - before) * 1e6) / (calls * decisions);
}
