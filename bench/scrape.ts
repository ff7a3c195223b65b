import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { Ledger } from "../daemon/ledger/ledger.ts";
import { FACTS } from "./fleet.ts";
import { type Measured, measured, median } from "./measure.ts";
import { Product } from "./product.ts";

const POOLS = 200;
const SITES = 30;
const SCRAPES = 40;
/** A decision that nothing disturbs takes less than this by far; so long before a scrape its like are asked for. */
const BEFORE_MS = 100;

const pools = Array.from({ length: POOLS }, (_, i) => `pool-${i}`);
const sites = Array.from({ length: SITES }, (_, i) => `site-${i}`);

const REGISTER = JSON.stringify({
  organisation: "Exampleshire Council",
  timezone: "Europe/London",
  sites: Object.fromEntries([
    ["here", { name: "Here", networks: ["127.0.0.0/8"] }],
    ...sites.slice(1).map((site, i) => [site, { name: site, networks: [`10.${i}.0.0/16`] }]),
  ]),
  products: Object.fromEntries(pools.map((pool) => [pool, { owner: "desk@council.example", pools: [pool] }])),
  pools: Object.fromEntries(
    pools.map((pool) => [
      pool,
      {
        seatFor: ["session"],
        lease: { ttl: "1h", heartbeatEvery: "10m" },
        entitlements: [{ reference: "PO-1", seats: 1000, starts: "2020-01-01", ends: "2090-03-31", notice: "90d" }],
      },
    ]),
  ),
});

/** A lease at every site in every pool, so that there is something to tell of each. */
async function fill(socket: string) {
  const ledger = await Ledger.open({ redis: { path: socket }, pulseMs: 0 });
  const who = { holder: "pc-1", user: "asmith", device: "pc-1", seatKey: "", seats: 1, facts: FACTS };
  for (const pool of pools) {
    const taken = ["here", ...sites.slice(1)].map((site) =>
      ledger.checkout(pool, { leaseId: randomUUID(), ...who, site }),
    );
    const denied = (await Promise.all(taken)).filter(({ outcome }) => outcome !== "granted");
    if (denied.length > 0) throw new Error(`${denied.length} leases of ${pool} were not granted`);
  }
  await ledger.close();
}

/** One request over a connection that stays; its body is counted and not looked at, for the daemon is what is measured. */
function asks(url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (method: string, path: string, { body = "", device = "" } = {}) =>
    new Promise<number>((resolve, reject) => {
      const headers = {
        ...(body && { "content-type": "application/json" }),
        ...(device && { "seatmeter-device": device }),
      };
      const asked = request(`${url}${path}`, { agent, method, headers }, (answer) => {
        let bytes = 0;
        answer.on("data", (part: Buffer) => {
          bytes += part.length;
        });
        answer.on("end", () =>
          (answer.statusCode ?? 0) < 300
            ? resolve(bytes)
            : reject(new Error(`${method} ${path}: ${answer.statusCode}`)),
        );
      });
      asked.on("error", reject);
      asked.end(body);
    });
  return { ask, close: () => agent.destroy() };
}

/** What took from then until then. */
interface Taking {
  fromMs: number;
  untilMs: number;
}

/** Takes seats and gives them back, one after the other, and says how long each decision took, and when. */
function decisions(url: string) {
  const { ask, close } = asks(url);
  const device = "pc-decides";
  const took: Taking[] = [];
  let running = true;
  const timed = async (decision: Promise<number>, fromMs = performance.now()) => {
    await decision;
    took.push({ fromMs, untilMs: performance.now() });
  };
  const done = (async () => {
    for (let turn = 0; running; turn++) {
      const leaseId = randomUUID();
      const body = JSON.stringify({ leaseId, product: pools[turn % POOLS], user: "asmith", device });
      await timed(ask("POST", "/api/v1/checkouts", { body, device }));
      await timed(ask("DELETE", `/api/v1/checkouts/${leaseId}`, { device }));
    }
    close();
  })();
  done.catch(() => {}); // told by stop
  return {
    took,
    async stop() {
      running = false;
      await done;
    },
  };
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What a scrape of a large installation costs, and what those feel who ask for a seat meanwhile. */
export async function scrape(): Promise<Measured[]> {
  await using product = await Product.start({ register: REGISTER });
  await fill(product.redisSocket);
  const prometheus = asks(product.httpUrl);
  const scraped = () => prometheus.ask("GET", "/metrics");
  for (let warmUp = 0; warmUp < 20; warmUp++) await scraped();

  const before = await product.cpu();
  const alone: number[] = [];
  let bytes = 0;
  for (let i = 0; i < SCRAPES; i++) {
    const beganAtMs = performance.now();
    bytes = await scraped();
    alone.push(performance.now() - beganAtMs);
  }
  const after = await product.cpu();
  const cpuMs = (side: "daemon" | "redis") => ((after[side] - before[side]) * 1000) / SCRAPES;

  const people = decisions(product.httpUrl);
  const during: Taking[] = [];
  for (let i = 0; i < SCRAPES; i++) {
    await wait(BEFORE_MS);
    const fromMs = performance.now();
    await scraped();
    during.push({ fromMs, untilMs: performance.now() });
  }
  await people.stop();
  prometheus.close();

  const slowest = (some: readonly Taking[]) => Math.max(0, ...some.map(({ fromMs, untilMs }) => untilMs - fromMs));
  const underWay = ({ fromMs, untilMs }: Taking) =>
    people.took.filter((decision) => decision.untilMs > fromMs && decision.fromMs < untilMs);
  const asLongBefore = ({ fromMs, untilMs }: Taking) =>
    people.took.filter((decision) => decision.untilMs > fromMs - (untilMs - fromMs) && decision.untilMs < fromMs);
  const scraping = during.map((scrape) => slowest(underWay(scrape)));
  const undisturbed = during.map((scrape) => slowest(asLongBefore(scrape)));
  return [
    { name: `a scrape of ${POOLS} pools at ${SITES} sites`, unit: "KiB", value: bytes / 1024 },
    { name: "a scrape: daemon", unit: "CPU ms", value: cpuMs("daemon") },
    { name: "a scrape: Redis", unit: "CPU ms", value: cpuMs("redis") },
    { name: "a scrape: daemon and Redis", unit: "CPU ms", value: cpuMs("daemon") + cpuMs("redis"), id: "scrape" },
    measured("a scrape, from its question to its last byte", "ms", alone),
    measured("the slowest decision while a scrape is under way", "ms", scraping),
    measured("the slowest decision in as long a time before it", "ms", undisturbed),
    {
      name: "by how much a scrape delays a decision",
      unit: "ms",
      value: median(scraping) - median(undisturbed),
      id: "scrape-delay",
    },
  ];
}
