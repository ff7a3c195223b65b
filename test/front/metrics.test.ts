import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { METRICS, type Metric } from "../../daemon/metrics/table.ts";
import { demoRegister, startDaemon, type TestDaemon, UNHURRIED } from "../support/daemon.ts";
import { startPrometheus, type TestPrometheus } from "../support/prometheus.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

/** People write what they like on a contract. */
const REFERENCE = 'PO 7" \\n {North}, ½';
const LAST_DAY = "2090-03-31";

let redis: TestRedis;
let direct: Redis;
let daemon: TestDaemon;
beforeAll(async () => {
  redis = await startRedis();
  direct = new Redis({ path: redis.socket });
  direct.on("error", () => {});
  daemon = await startDaemon({
    register: demoRegister({ seats: 3, lease: UNHURRIED, pool: "sites: { here: { seats: 3 } }" }).replace(
      "reference: PO-1,",
      `reference: ${JSON.stringify(REFERENCE)}, ends: ${LAST_DAY}, notice: 90d,`,
    ),
    env: { REDIS_URL: redis.url },
  });
});
afterAll(async () => {
  direct?.disconnect();
  await daemon?.stop();
  await redis?.stop();
});

async function checkout(product: string, names = { user: "asmith", device: "PC-12" }, leaseId: string = randomUUID()) {
  const { status } = await fetch(`${daemon.httpUrl}/api/v1/checkouts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ leaseId, product, ...names }),
  });
  return { status, leaseId };
}

async function page(accept = "text/plain"): Promise<string> {
  const response = await fetch(`${daemon.httpUrl}/metrics`, { headers: { accept } });
  expect(response.status).toBe(200);
  return response.text();
}

test("promtool takes the scrape configuration that comes with seatmeter", () => {
  const file = join(import.meta.dirname, "../../dashboards/prometheus.yaml");
  const check = spawnSync("/usr/bin/promtool", ["check", "config", file], { encoding: "utf8" });
  expect([check.status, check.stdout]).toEqual([0, expect.stringContaining("SUCCESS")]);
});

test("promtool finds nothing to say about the page", async () => {
  await checkout("no such product");
  const check = spawnSync("/usr/bin/promtool", ["check", "metrics"], { input: await page(), encoding: "utf8" });
  expect(check.error).toBeUndefined();
  expect(`${check.stdout}${check.stderr}`).toBe("");
  expect(check.status).toBe(0);
});

test("nobody's name, computer, lease or made-up product comes out at /metrics", async () => {
  const names = { user: "canary-user-7Q", device: "canary-device-7Q" };
  const { leaseId } = await checkout("demo", names);
  await checkout("canary-product-7Q", names);
  for (const accept of ["text/plain", "application/openmetrics-text"]) {
    const text = await page(accept);
    expect(text).not.toMatch(/canary/i);
    expect(text).not.toContain(leaseId);
    expect(text).not.toContain("127.0.0.1");
  }
  await fetch(`${daemon.httpUrl}/api/v1/checkouts/${leaseId}`, {
    method: "DELETE",
    headers: { "seatmeter-device": names.device },
  });
});

describe("a Prometheus that scrapes the daemon", () => {
  let prometheus: TestPrometheus;
  beforeAll(async () => {
    prometheus = await startPrometheus([daemon.httpUrl]);
  });
  afterAll(() => prometheus?.stop());

  test("finds every metric of the table", async () => {
    for (const [name, metric] of Object.entries<Metric>(METRICS)) {
      const series = metric.type === "histogram" ? `${name}_count` : name;
      expect((await prometheus.query(series)).size, name).toBeGreaterThan(0);
    }
  });

  test("reads a contract's reference as it was written", async () => {
    const ends = await prometheus.query("seatmeter_entitlement_end_timestamp_seconds");
    const labels = JSON.stringify({ pool: "demo", reference: REFERENCE });
    expect(ends).toEqual(new Map([[labels, Date.parse("2090-03-31T23:00:00Z") / 1000]]));
  });

  test("reads the text that it likes best, and the other one, to the same series", async () => {
    const [open, plain] = await Promise.all(["application/openmetrics-text", "text/plain"].map(page));
    expect(open).toMatch(/# EOF\n$/);
    const series = (text: string) => [...text.matchAll(/^\w.* (?=\S+$)/gm)].map(([name]) => name);
    expect(series(open!)).toEqual(series(plain!));
    const scraped = async () => [...(await prometheus.query("scrape_samples_scraped")).values()];
    await expect.poll(scraped).toEqual([series(open!).length]);
  });

  test("sees a seat that is taken, and the denial when there is none left", async () => {
    const inUse = async (seats: number) => {
      expect(await prometheus.query(`max by (pool) (seatmeter_seats_in_use) == ${seats}`)).toEqual(
        new Map([[`{"pool":"demo"}`, seats]]),
      );
    };
    const one = await checkout("demo");
    expect(one.status).toBe(201);
    await inUse(1);
    await checkout("demo");
    await checkout("demo");
    expect((await checkout("demo")).status).toBe(409);
    await inUse(3);
    expect(await prometheus.query(`seatmeter_denials_total{reason="no_seats"} == 1`)).toEqual(
      new Map([[`{"pool":"demo","reason":"no_seats"}`, 1]]),
    );
    // Nobody heartbeats: the sweep takes the seats back after their time.
    await direct.hincrby("seatmeter:{demo}:state", "vnow", 60_000);
    await inUse(0);
    expect((await prometheus.query(`seatmeter_leases_ended_total{why="expired"} >= 3`)).size).toBe(1);
    expect((await prometheus.query("seatmeter_full_seconds_total > 0")).size).toBe(1);
  });

  test("is told when the ledger is away, and is not shown old figures", async () => {
    await redis.stop();
    expect(await prometheus.query("seatmeter_ledger_up == 0")).toEqual(new Map([["{}", 0]]));
    for (const accept of ["text/plain", "application/openmetrics-text"]) {
      const told = new Set(
        [...(await page(accept)).matchAll(/^(seatmeter_\w+?)(?:_count)?(?:\{.*\})? \S+$/gm)].map(([, name]) => name),
      );
      const expected = Object.entries<Metric>(METRICS).filter(([, { shared }]) => !shared);
      for (const [name] of expected) expect(told, name).toContain(name);
      for (const [name, { shared }] of Object.entries<Metric>(METRICS))
        if (shared) expect(told, name).not.toContain(name);
    }
    const text = await page();
    expect(text).toMatch(/^seatmeter_ledger_up 0$/m);
    expect(text).toMatch(/^seatmeter_denials_total\{pool="demo",reason="no_seats"\} 1$/m);
  });
});
