import { randomUUID } from "node:crypto";
import { encodeFacts } from "../daemon/domain/events.ts";
import { encodeCall, type Operation } from "../daemon/ledger/batch.ts";
import { Keys } from "../daemon/ledger/keys.ts";
import { CALL_SETTINGS } from "../daemon/ledger/operations.ts";
import { encodePolicy } from "../daemon/ledger/policy-text.ts";
import { inTurn, type Measured, median, spread } from "./measure.ts";
import { NATURAL } from "./natural-script.ts";
import { BenchRedis } from "./redis-server.ts";

const POOLS = 64;
const LIVE = 1000;
const SITES = 40;
const IN_FLIGHT = 8;
const SETTINGS = Object.values(CALL_SETTINGS).map(String);
const keys = new Keys("bench:");

const FACTS = encodeFacts({
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
});

interface Live {
  leaseId: string;
  holder: string;
}

/** Pools full of leases, and a way to ask `batch` decisions at a time of one: half checkouts, half returns. */
class Fleet {
  readonly #redis: BenchRedis;
  readonly #grouped: boolean;
  readonly #live: Live[][] = [];
  #next = 0;

  constructor(redis: BenchRedis, grouped: boolean) {
    this.#redis = redis;
    this.#grouped = grouped;
  }

  async fill() {
    for (let pool = 0; pool < POOLS; pool++) {
      const policy = { revision: 1, ttlMs: 600_000, ceilings: {}, offsets: [{ fromMs: 0, offsetMs: 0 }] };
      const steps = [{ fromMs: 0, seats: 1_000_000, reason: "no_seats" as const }];
      await this.#redis.client.poolAdopt(keys.of(`p${pool}`, "state"), ...encodePolicy({ ...policy, steps }));
      this.#live.push([]);
      for (let i = 0; i < LIVE; i += 250)
        await this.#call(
          pool,
          Array.from({ length: 250 }, () => this.#checkout(pool)),
        );
    }
  }

  /** One call with so many decisions, pool after pool. */
  async decide(batch: number): Promise<void> {
    const pool = this.#next++ % POOLS;
    const live = this.#live[pool]!;
    const returns = batch === 1 ? (this.#next % (2 * POOLS) >= POOLS ? 1 : 0) : batch / 2;
    const operations: Operation[] = [];
    for (let i = 0; i < returns; i++) {
      const at = Math.floor(Math.random() * live.length);
      const [lease] = live.splice(at, 1);
      operations.push({ kind: "checkin", leaseId: lease!.leaseId, column: lease!.holder, optional: [""], ...NOBODY });
    }
    for (let i = returns; i < batch; i++) operations.push(this.#checkout(pool));
    await this.#call(pool, operations);
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
    return this.#redis.client.poolCall(...keys.all(`p${pool}`), ...encodeCall(SETTINGS, operations));
  }
}
const NOBODY = { resolve: () => {}, reject: () => {} };

/** Redis CPU, in microseconds per decision, of so many calls of `decisions` each. */
async function cost(
  redis: BenchRedis,
  calls: number,
  decisions: number,
  call: () => Promise<unknown>,
): Promise<number> {
  const inFlight = decisions === 1 ? 500 : IN_FLIGHT;
  const before = await redis.cpuSeconds();
  let left = calls;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left-- > 0) await call();
    }),
  );
  return (((await redis.cpuSeconds()) - before) * 1e6) / (calls * decisions);
}

/** What a decision costs Redis: batched, one a call, in the natural one-call script, and beside a bare INCR. */
export async function ledger(): Promise<Measured[]> {
  const redis = await Promise.all([BenchRedis.start(), BenchRedis.start(), BenchRedis.start()]);
  const [own, grouped, bare] = redis as [BenchRedis, BenchRedis, BenchRedis];
  const ownFleet = new Fleet(own, false);
  const groupedFleet = new Fleet(grouped, true);
  await ownFleet.fill();
  await groupedFleet.fill();
  const natural = await naturalFleet(bare);
  const BATCHES = [1, 8, 32, 64, 128];
  const questions = {
    ...Object.fromEntries(
      BATCHES.map((batch) => [
        `own seat, ${batch} a call`,
        () => cost(own, 20_000 / Math.max(batch, 4), batch, () => ownFleet.decide(batch)),
      ]),
    ),
    ...Object.fromEntries(
      BATCHES.map((batch) => [
        `user and device, ${batch} a call`,
        () => cost(grouped, 20_000 / Math.max(batch, 4), batch, () => groupedFleet.decide(batch)),
      ]),
    ),
    "natural script, one a call": () => cost(bare, 10_000, 1, natural),
    "INCR, pipelined by 64": () =>
      cost(bare, 1000, 64, () => Promise.all(Array.from({ length: 64 }, () => bare.client.incr("bench:count")))),
  };
  const results = await inTurn(questions, 3);
  for (const each of redis) await each.stop();
  const of = (name: string) => median(results.get(name)!);
  const rows = [...results].map(([name, values]) => ({
    name,
    unit: "µs of Redis",
    value: median(values),
    range: spread(values),
  }));
  const ratio = (name: string, value: number, id?: string, goal?: string) => ({
    name,
    unit: "ratio",
    value,
    ...(id && { id, goal }),
  });
  return [
    ...rows,
    ratio(
      "one a call ÷ batches of 64, own seat",
      of("own seat, 1 a call") / of("own seat, 64 a call"),
      "redis-cpu",
      ">= 6",
    ),
    ratio(
      "INCR ÷ a decision in batches of 64",
      of("INCR, pipelined by 64") / of("own seat, 64 a call"),
      "batch-ceiling",
      ">= 0.20",
    ),
    ratio(
      "user and device ÷ own seat, batches of 64",
      of("user and device, 64 a call") / of("own seat, 64 a call"),
      "grouping",
      "<= 1.25",
    ),
    ratio("natural script ÷ own seat in batches of 64", of("natural script, one a call") / of("own seat, 64 a call")),
  ];
}

async function naturalFleet(redis: BenchRedis): Promise<() => Promise<unknown>> {
  redis.client.defineCommand("natural", { numberOfKeys: 6, lua: NATURAL });
  const client = redis.client as unknown as { natural(...args: (string | number)[]): Promise<unknown> };
  const live: string[][] = Array.from({ length: POOLS }, () => []);
  let turn = 0;
  const ask = (pool: number, op: "checkout" | "checkin", leaseId: string) => {
    const names = ["due", "leases", "counts", "state", "peak", "events"].map((name) => `bench:{n${pool}}:${name}`);
    const site = `site-${Math.floor(Math.random() * SITES)}`;
    return client.natural(...names, op, leaseId, Date.now(), 600_000, 1_000_000, site, FACTS);
  };
  const checkout = (pool: number) => {
    const leaseId = randomUUID();
    live[pool]!.push(leaseId);
    return ask(pool, "checkout", leaseId);
  };
  for (let pool = 0; pool < POOLS; pool++) await Promise.all(Array.from({ length: LIVE }, () => checkout(pool)));
  return () => {
    const pool = turn++ % POOLS;
    if (turn % (2 * POOLS) < POOLS) return checkout(pool);
    const leases = live[pool]!;
    return ask(pool, "checkin", leases.splice(Math.floor(Math.random() * leases.length), 1)[0]!);
  };
}
