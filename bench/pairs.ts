import { randomUUID } from "node:crypto";
import { Semaphore as RedisSemaphore } from "redis-semaphore";
import { Ledger } from "../daemon/ledger/ledger.ts";
import { FACTS, POLICY } from "./fleet.ts";
import { inTurn, type Measured, measured, ratio } from "./measure.ts";
import { BenchRedis } from "./redis-server.ts";

const ROUNDS = 3;
const SECONDS = 1;
const IN_FLIGHT = [500, 50, 1] as const;
const PLENTY = 1_000_000;
const POOL = "plenty";
const FULL = "full";

/** How often a second something is done, so many at a time. */
async function rate(inFlight: number, act: () => Promise<void>): Promise<number> {
  const beganAtMs = performance.now();
  const untilMs = beganAtMs + SECONDS * 1000;
  let done = 0;
  const again = async () => {
    while (performance.now() < untilMs) {
      await act();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, again));
  return (done * 1000) / (performance.now() - beganAtMs);
}

function refuse(problem: string): never {
  throw new Error(problem);
}

/** Through our ledger: with site, holder, event, peak and integrals. */
function ours(ledger: Ledger) {
  const who = {
    holder: "pc-1",
    user: "asmith",
    device: "pc-1",
    seatKey: "",
    seats: 1,
    site: "civic-centre",
    facts: FACTS,
  };
  const checkout = (pool: string, leaseId: string) => ledger.checkout(pool, { leaseId, ...who });
  return {
    pair: async () => {
      const leaseId = randomUUID();
      const answer = await checkout(POOL, leaseId);
      if (answer.outcome !== "granted") refuse(`a checkout was ${answer.outcome}`);
      await ledger.checkin(POOL, leaseId, who.holder, "checked_in");
    },
    refusal: async () => {
      const answer = await checkout(FULL, randomUUID());
      if (answer.outcome !== "denied") refuse(`a checkout of a full pool was ${answer.outcome}`);
    },
  };
}

/**
 * Through redis-semaphore, without the timer that keeps a lock alive: it counts, and does no more. It waits after a refusal
 * although it will not try again; as briefly as it can.
 */
async function theirs({ client }: BenchRedis) {
  const once = { refreshInterval: 0, lockTimeout: 600_000, acquireAttemptsLimit: 1, retryInterval: 0 };
  const full = new RedisSemaphore(client, "semaphore:full", 1, once);
  if (!(await full.tryAcquire())) refuse("the semaphore was full before");
  return {
    pair: async () => {
      const semaphore = new RedisSemaphore(client, "semaphore:plenty", PLENTY, once);
      await semaphore.acquire();
      await semaphore.release();
    },
    refusal: async () => {
      const granted = await new RedisSemaphore(client, "semaphore:full", 1, once).tryAcquire();
      if (granted) refuse("a full semaphore granted");
    },
  };
}

/** Taking a seat and giving it back, and being refused: our ledger beside `redis-semaphore`, both straight at Redis. */
export async function pairs(): Promise<Measured[]> {
  await using redis = await BenchRedis.start();
  const ledger = await Ledger.open({ redis: { path: redis.socket } });
  const none = { ...POLICY, steps: [{ ...POLICY.steps[0]!, seats: 0 }] };
  await ledger.adopt(new Map(Object.entries({ [POOL]: POLICY, [FULL]: none })));
  const peers = { ledger: ours(ledger), "redis-semaphore": await theirs(redis) };
  const questions = Object.fromEntries(
    IN_FLIGHT.flatMap((inFlight) =>
      Object.entries(peers).flatMap(([peer, { pair, refusal }]) => [
        [`pairs, ${inFlight} in flight: ${peer}`, () => rate(inFlight, pair)] as const,
        [`refusals, ${inFlight} in flight: ${peer}`, () => rate(inFlight, refusal)] as const,
      ]),
    ),
  );
  const rates = await inTurn(questions, ROUNDS);
  await ledger.close();

  const compared = (what: string, inFlight: number) => {
    const name = `${what}, ${inFlight} in flight`;
    return ratio(`${name}: ledger ÷ redis-semaphore`, rates[`${name}: ledger`]!, rates[`${name}: redis-semaphore`]!);
  };
  const refusals = IN_FLIGHT.map((inFlight) => compared("refusals", inFlight));
  const least = Math.min(...refusals.map(({ value }) => value));
  return [
    ...Object.entries(rates).map(([name, values]) => measured(name, "/s", values)),
    ...IN_FLIGHT.map((inFlight) => ({ ...compared("pairs", inFlight), id: `pairs-${inFlight}` as const })),
    ...refusals,
    { name: "refusals: the least of these ratios", unit: "ratio", value: least, id: "refusals" },
  ];
}
