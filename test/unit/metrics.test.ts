import { expect, test } from "vitest";
import { DENIAL_REASONS, END_REASONS } from "../../daemon/domain/denials.ts";
import type { Register } from "../../daemon/domain/register.ts";
import { formatFor } from "../../daemon/metrics/exposition.ts";
import { Metrics, type Snapshot } from "../../daemon/metrics/metrics.ts";
import { METRICS, type Metric, OUTCOMES } from "../../daemon/metrics/table.ts";
import { readRegister } from "../../daemon/register/read.ts";
import { levelOf } from "../support/levels.ts";

const AT_MS = Date.parse("2026-11-20T12:00:00Z");
const OPENMETRICS = "application/openmetrics-text;version=1.0.0";

function register(...pools: string[]): Register {
  const read = readRegister(
    JSON.stringify({
      organisation: "Exampleshire Council",
      sites: { depot: { name: "Depot", networks: ["10.20.0.0/16"] } },
      products: Object.fromEntries(pools.map((pool) => [pool, { owner: "ict@exampleshire.example", pools: [pool] }])),
      pools: Object.fromEntries(
        pools.map((pool) => [
          pool,
          {
            sites: { depot: { seats: 2 } },
            entitlements: [
              { reference: "PO-1", seats: 5, starts: "2026-04-01", ends: "2027-03-31", notice: "90d" },
              { reference: "PO-2", seats: 5, starts: "2026-04-01" },
            ],
          },
        ]),
      ),
    }),
    {},
  );
  if ("mistakes" in read) throw new Error(JSON.stringify(read.mistakes));
  return read.register;
}

const level = (pool: string) =>
  levelOf({
    ...{ pool, used: 3, sites: { depot: 2, elsewhere: 1 }, dayPeak: 7, recentPeak: 4, reservedIdle: 2, lingering: 1 },
    ...{ seatMs: 5_400_500, fullMs: 60_000, overMs: 250, refusals: 6 },
  });

function snapshot(change: Partial<Snapshot> = {}): Snapshot {
  const health = { up: true, durable: true, memoryUsedBytes: 1_000_000, memoryMaxBytes: 0, evictedKeys: 0 };
  return {
    ...{ atMs: AT_MS, register: register("cad"), ledger: { levels: [level("cad")], health } },
    ...{ connections: 4, lastReloadSuccessful: true },
    ...change,
  };
}

/** The samples of a page, `name{labels}` to value. */
async function samples(metrics: Metrics, change: Partial<Snapshot> = {}, accept = "") {
  const { text } = await metrics.page(snapshot(change), accept);
  const lines = text.split("\n").filter((line) => line && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
}

test("a page has every metric of the table, with its type and labels, and no other", async () => {
  const { text } = await new Metrics("1.2.3").page(snapshot());
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]);
  expect(Object.fromEntries(types)).toEqual(
    Object.fromEntries(Object.entries(METRICS).map(([name, { type }]) => [name, type])),
  );
  for (const [name, metric] of Object.entries<Metric>(METRICS)) {
    const [, labels = ""] = new RegExp(`^${name}(?:_count)?(?:\\{(.*)\\})? `, "m").exec(text) ?? expect.fail(name);
    const found = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label);
    expect(found.sort(), name).toEqual([...metric.labels].sort());
  }
});

test("the help of what is the ledger's says that it is shared", async () => {
  const { text } = await new Metrics("1.2.3").page(snapshot());
  for (const [name, metric] of Object.entries<Metric>(METRICS)) {
    const help = new RegExp(`^# HELP ${name} (.*)$`, "m").exec(text)?.[1];
    expect(help?.includes("Shared: the same on every daemon, aggregate with max by"), name).toBe(!!metric.shared);
  }
});

test("counters are there at 0 before anything has happened, for every pool, reason and ending", async () => {
  const found = await samples(new Metrics("1.2.3"), { register: register("cad", "gis") });
  for (const pool of ["cad", "gis", "none"]) {
    for (const reason of DENIAL_REASONS)
      expect(found.get(`seatmeter_denials_total{pool="${pool}",reason="${reason}"}`), reason).toBe(0);
    for (const outcome of OUTCOMES)
      expect(found.get(`seatmeter_checkouts_total{pool="${pool}",outcome="${outcome}"}`)).toBe(0);
  }
  for (const why of END_REASONS) expect(found.get(`seatmeter_leases_ended_total{pool="gis",why="${why}"}`)).toBe(0);
  expect(found.get(`seatmeter_heartbeats_total{pool="gis"}`)).toBe(0);
  expect(found.get(`seatmeter_checkout_duration_seconds_count{outcome="denied"}`)).toBe(0);
});

test("what happens is counted once, however often the page is read", async () => {
  const metrics = new Metrics("1.2.3");
  metrics.checkout("cad", "granted", 0.002);
  metrics.checkout("cad", "denied", 0.004);
  metrics.denial("cad", "no_seats");
  metrics.ended("cad", "program_exited");
  metrics.ranOut("cad", "expired", 3);
  metrics.heartbeats("cad", 400);
  metrics.heartbeats("cad", 2);
  metrics.call(12, 0.001);
  metrics.call(20, 0.002);
  metrics.call(501, 3);
  metrics.ungoverned();
  await samples(metrics);
  await samples(metrics, {}, OPENMETRICS);
  const found = await samples(metrics);
  expect(found.get(`seatmeter_checkouts_total{pool="cad",outcome="granted"}`)).toBe(1);
  expect(found.get(`seatmeter_checkouts_total{pool="cad",outcome="denied"}`)).toBe(1);
  expect(found.get(`seatmeter_denials_total{pool="cad",reason="no_seats"}`)).toBe(1);
  expect(found.get(`seatmeter_leases_ended_total{pool="cad",why="program_exited"}`)).toBe(1);
  expect(found.get(`seatmeter_leases_ended_total{pool="cad",why="expired"}`)).toBe(3);
  expect(found.get(`seatmeter_heartbeats_total{pool="cad"}`)).toBe(402);
  expect(found.get(`seatmeter_checkout_duration_seconds_sum{outcome="denied"}`)).toBe(0.004);
  expect(found.get(`seatmeter_ledger_batch_size_bucket{le="10"}`)).toBe(0);
  expect(found.get(`seatmeter_ledger_batch_size_bucket{le="20"}`)).toBe(2);
  expect(found.get(`seatmeter_ledger_batch_size_bucket{le="500"}`)).toBe(2);
  expect(found.get(`seatmeter_ledger_batch_size_bucket{le="+Inf"}`)).toBe(3);
  expect(found.get("seatmeter_ledger_batch_size_count")).toBe(3);
  expect(found.get("seatmeter_ledger_duration_seconds_sum")).toBe(3.003);
  expect(found.get("seatmeter_ungoverned_grants_total")).toBe(1);
});

test("what the ledger counted is shown in seconds, and as the ledger has it now", async () => {
  const metrics = new Metrics("1.2.3");
  await samples(metrics);
  const found = await samples(metrics);
  expect(found.get(`seatmeter_seats_in_use{pool="cad"}`)).toBe(3);
  expect(found.get(`seatmeter_seats_entitled{pool="cad"}`)).toBe(10);
  expect(found.get(`seatmeter_seats_in_use_max_5m{pool="cad"}`)).toBe(4);
  expect(found.get(`seatmeter_seats_in_use_day_peak{pool="cad"}`)).toBe(7);
  expect(found.get(`seatmeter_seat_seconds_total{pool="cad"}`)).toBe(5400.5);
  expect(found.get(`seatmeter_full_seconds_total{pool="cad"}`)).toBe(60);
  expect(found.get(`seatmeter_over_entitlement_seconds_total{pool="cad"}`)).toBe(0.25);
  expect(found.get(`seatmeter_people_refused_total{pool="cad"}`)).toBe(6);
  expect(found.get(`seatmeter_site_seats_in_use{pool="cad",site="depot"}`)).toBe(2);
  expect(found.get(`seatmeter_site_seats_in_use{pool="cad",site="elsewhere"}`)).toBe(1);
});

test("an entitlement's end and notice deadline are the midnights after their last days", async () => {
  const found = await samples(new Metrics("1.2.3"));
  const of = (name: string, reference: string) => found.get(`${name}{pool="cad",reference="${reference}"}`);
  expect(of("seatmeter_entitlement_end_timestamp_seconds", "PO-1")).toBe(Date.parse("2027-03-31T23:00:00Z") / 1000);
  expect(of("seatmeter_notice_deadline_timestamp_seconds", "PO-1")).toBe(Date.parse("2027-01-01T00:00:00Z") / 1000);
  expect(of("seatmeter_entitlement_end_timestamp_seconds", "PO-2"), "perpetual").toBeUndefined();
});

test.each([
  ["2026-11-20", "2027-03-31T23:00:00Z", "2027-01-01T00:00:00Z"],
  ["2027-02-01", "2027-03-31T23:00:00Z", "2028-01-01T00:00:00Z"],
  ["2027-06-01", "2028-03-31T23:00:00Z", "2028-01-01T00:00:00Z"],
  ["2029-01-01", "2028-03-31T23:00:00Z", "2028-01-01T00:00:00Z"],
])(
  "of entitlements under one reference the end and the notice that come next are shown: on %s",
  async (today, end, notice) => {
    const years = register("cad");
    const [first] = years.pools.cad!.entitlements;
    years.pools.cad!.entitlements = [{ ...first!, ends: "2028-03-31" }, first!];
    const found = await samples(new Metrics("1.2.3"), { register: years, atMs: Date.parse(`${today}T12:00:00Z`) });
    const labels = '{pool="cad",reference="PO-1"}';
    expect(found.get(`seatmeter_entitlement_end_timestamp_seconds${labels}`)).toBe(Date.parse(end) / 1000);
    expect(found.get(`seatmeter_notice_deadline_timestamp_seconds${labels}`)).toBe(Date.parse(notice) / 1000);
  },
);

test("without the ledger what is its own is left out, not shown as 0 or as it was", async () => {
  const metrics = new Metrics("1.2.3");
  await samples(metrics);
  const { text } = await metrics.page(snapshot({ ledger: undefined }));
  for (const [name, metric] of Object.entries<Metric>(METRICS))
    expect(text.includes(`# TYPE ${name} `), name).toBe(!metric.shared);
  expect(text).toMatch(/^seatmeter_ledger_up 0$/m);
  expect((await samples(metrics)).get(`seatmeter_seats_in_use{pool="cad"}`), "back again").toBe(3);
});

test("a pool that left the register leaves the page, and so does a site that it never had", async () => {
  const metrics = new Metrics("1.2.3");
  metrics.checkout("gis", "granted", 0.1);
  metrics.ranOut("gis", "expired", 1);
  await samples(metrics, { register: register("cad", "gis") });
  const health = { up: true, durable: true, memoryUsedBytes: 0, memoryMaxBytes: 0, evictedKeys: 0 };
  const gone = { ...level("cad"), sites: { "old-depot": 1 } };
  const { text } = await metrics.page(snapshot({ ledger: { levels: [gone, level("gis")], health } }));
  expect(text).not.toContain(`pool="gis"`);
  expect(text).not.toContain("old-depot");
});

test("working time is 1 in the register's working hours only", async () => {
  const at = (moment: string) => samples(new Metrics("1.2.3"), { atMs: Date.parse(moment) });
  expect((await at("2026-11-20T12:00:00Z")).get("seatmeter_working_time"), "a Friday").toBe(1);
  expect((await at("2026-11-21T12:00:00Z")).get("seatmeter_working_time"), "a Saturday").toBe(0);
});

test.each([
  ["", "text/plain"],
  ["*/*", "text/plain"],
  ["text/html,application/xhtml+xml,*/*;q=0.8", "text/plain"],
  ["application/openmetrics-text", "application/openmetrics-text"],
  // Prometheus 2.42 and 3.0 as they come, and 3.0 where it is told to prefer its own text.
  [
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "application/openmetrics-text",
  ],
  [
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    "application/openmetrics-text",
  ],
  ["text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5", "text/plain"],
  ["application/openmetrics-text;q=0", "text/plain"],
])("of whoever accepts %j is wanted: %s", (accept, type) => {
  expect(formatFor(accept).split(";")[0]).toBe(type);
});

test("however many people, products and sites there are, a page has so many series and no more", async () => {
  const pools = ["cad", "gis", "sums"];
  const known = register(...pools);
  const metrics = new Metrics("1.2.3");
  const strangers = Array.from({ length: 50 }, (_, i) => [`stranger-${i}`, i] as const);
  for (const [name] of strangers) {
    metrics.checkout(name, "granted", 0.1);
    metrics.denial(name, "no_seats");
    metrics.heartbeats(name, 1);
  }
  const levels = [...pools, ...strangers.map(([name]) => name)].map((pool) => ({
    ...level(pool),
    sites: { depot: 1, elsewhere: 1, ...Object.fromEntries(strangers) },
  }));
  const health = { up: true, durable: true, memoryUsedBytes: 0, memoryMaxBytes: 0, evictedKeys: 0 };
  const found = await samples(metrics, { register: known, ledger: { levels, health } });

  const references = 2;
  const values: Record<string, number> = {
    ...{ pool: pools.length, site: Object.keys(known.sites).length + 1, reference: references, version: 1, node: 1 },
    ...{ outcome: OUTCOMES.length, reason: DENIAL_REASONS.length, why: END_REASONS.length },
  };
  for (const [name, metric] of Object.entries<Metric>(METRICS)) {
    // Of each histogram a line for each bound, for those beyond, for all, and their sum. Unknown products have no pool.
    const lines = metric.type === "histogram" ? metric.buckets!.length + 3 : 1;
    const withNone = name === "seatmeter_checkouts_total" || name === "seatmeter_denials_total";
    const most = metric.labels.reduce(
      (product, label) => product * (values[label]! + Number(withNone && label === "pool")),
      lines,
    );
    const series = [...found.keys()].filter(
      (key) => key.replace(/\{.*/, "").replace(/_(bucket|sum|count)$/, "") === name,
    );
    expect(series.length, name).toBeGreaterThan(0);
    expect(series.length, name).toBeLessThanOrEqual(most);
  }
});

test("OpenMetrics is written for those who ask for it, and changes nothing for the others", async () => {
  const metrics = new Metrics("1.2.3");
  const before = await metrics.page(snapshot());
  const open = await metrics.page(snapshot(), `${OPENMETRICS};q=0.9,text/plain;q=0.1`);
  const after = await metrics.page(snapshot(), "text/plain");
  expect(open.contentType).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
  expect(open.text).toMatch(/# EOF\n$/);
  expect(open.text).toContain("# TYPE seatmeter_checkouts counter");
  expect(open.text).toContain(`seatmeter_checkouts_total{pool="cad",outcome="granted"} 0`);
  expect(before.contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(after.text).toBe(before.text);
});
