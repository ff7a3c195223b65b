import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LedgerEvent } from "../../daemon/domain/events.ts";
import type { RedisClient } from "../../daemon/ledger/connection.ts";
import { readEvents } from "../../daemon/ledger/event-reader.ts";
import { Keys } from "../../daemon/ledger/keys.ts";
import { startDaemon, type TestDaemon } from "../support/daemon.ts";
import { startPrometheus, type TestPrometheus } from "../support/prometheus.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

/** `npm run test:prometheus` asks as often as people's Prometheus does; here all times are a fifteenth. */
const SCRAPED_EVERY_S = Number(process.env.SEATMETER_SCRAPED_EVERY_S ?? 1);
const FULL_FOR_S = SCRAPED_EVERY_S / 5;
const SEATS = 3;
/** In case a scrape comes just when the first is full. */
const POOLS = ["first", "second", "third", "fourth"];

const REGISTER = `
organisation: Exampleshire Council
sites: { here: { name: Here, networks: [127.0.0.0/8] } }
products:
${POOLS.map((pool) => `  ${pool}: { owner: it.desk@exampleshire.example, pools: [${pool}] }`).join("\n")}
pools:
${POOLS.map((pool) => `  ${pool}: { seatFor: [session], entitlements: [{ reference: PO-1, seats: ${SEATS}, starts: 2020-01-01 }] }`).join("\n")}
`;

let redis: TestRedis;
let direct: Redis;
let daemon: TestDaemon;
let prometheus: TestPrometheus;
beforeAll(async () => {
  redis = await startRedis();
  direct = new Redis({ path: redis.socket });
  daemon = await startDaemon({ register: REGISTER, env: { REDIS_URL: redis.url } });
  prometheus = await startPrometheus([daemon.httpUrl], { everySeconds: SCRAPED_EVERY_S });
});
afterAll(async () => {
  await prometheus?.stop();
  await daemon?.stop();
  direct?.disconnect();
  await redis?.stop();
});

async function checkout(product: string, user: string) {
  const leaseId = randomUUID();
  const { status } = await fetch(`${daemon.httpUrl}/api/v1/checkouts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ leaseId, product, user, device: user }),
  });
  const checkin = () =>
    fetch(`${daemon.httpUrl}/api/v1/checkouts/${leaseId}`, { method: "DELETE", headers: { "seatmeter-device": user } });
  return { status, checkin };
}

async function eventsOf(pool: string): Promise<LedgerEvent[]> {
  const events = [];
  for await (const event of readEvents(direct as unknown as RedisClient, new Keys("seatmeter:"), pool))
    events.push(event);
  return events;
}

/** The one value that Prometheus has of it for the pool, once the condition holds. */
async function told(pool: string, metric: string, condition = ""): Promise<number> {
  const [value, ...more] = (
    await prometheus.query(`${metric.replace("POOL", `pool="${pool}"`)} ${condition}`)
  ).values();
  expect(more).toEqual([]);
  return value!;
}

/** All seats are taken right after a scrape, and given back when the ledger has seen them taken for so long. */
async function fullForAMoment(pool: string) {
  const scrapedAtS = await told(pool, "timestamp(seatmeter_seats_in_use{POOL})");
  await told(pool, "timestamp(seatmeter_seats_in_use{POOL})", `> ${scrapedAtS}`);
  const held = [];
  for (let seat = 1; seat <= SEATS; seat++) held.push(await checkout(pool, `holder-${seat}`));
  expect(held.map(({ status }) => status)).toEqual(held.map(() => 201));
  // One person tries and tries, and each try lets time pass.
  const state = `seatmeter:{${pool}}:state`;
  while (Number(await direct.hget(state, "fullMs")) < FULL_FOR_S * 1000) {
    expect((await checkout(pool, "unlucky")).status).toBe(409);
  }
  for (const { checkin } of held) await checkin();
}

test(`a pool that is full for ${FULL_FOR_S} s between scrapes ${SCRAPED_EVERY_S} s apart is seen, to the millisecond`, {
  timeout: 240_000,
}, async () => {
  let pool: string | undefined;
  for (const one of POOLS) {
    await fullForAMoment(one);
    await told(one, "seatmeter_full_seconds_total{POOL}", "> 0");
    const sampled = await told(one, "max_over_time(seatmeter_seats_in_use{POOL}[10m])");
    if (sampled === 0) pool = one;
    if (pool) break;
  }
  expect(pool, "sampling misses one of them").toBeDefined();

  const events = await eventsOf(pool!);
  let [fullMs, seatMs, peak] = [0, 0, 0];
  for (const [i, { virtualMs, level }] of events.entries()) {
    const passedMs = (events[i + 1]?.virtualMs ?? virtualMs) - virtualMs;
    seatMs += level * passedMs;
    if (level >= SEATS) fullMs += passedMs;
    peak = Math.max(peak, level);
  }
  expect(fullMs).toBeGreaterThanOrEqual(FULL_FOR_S * 1000);
  expect(await told(pool!, "seatmeter_seats_in_use_max_5m{POOL}")).toBe(peak);
  expect(peak).toBe(SEATS);
  expect(await told(pool!, "seatmeter_full_seconds_total{POOL}")).toBe(fullMs / 1000);
  expect(await told(pool!, "seatmeter_seat_seconds_total{POOL}")).toBe(seatMs / 1000);

  const tries = events.filter(({ kind }) => kind === "denied").length;
  expect(tries).toBeGreaterThan(1);
  expect(await told(pool!, 'seatmeter_denials_total{POOL, reason="no_seats"}')).toBe(tries);
  expect(await told(pool!, "seatmeter_people_refused_total{POOL}")).toBe(1);
});
