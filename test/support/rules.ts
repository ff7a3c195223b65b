import { randomUUID } from "node:crypto";
import { request as httpRequest } from "node:http";
import { Redis } from "ioredis";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { wallTime } from "../../daemon/domain/calendar.ts";
import type { LedgerEvent } from "../../daemon/domain/events.ts";
import type { RedisClient } from "../../daemon/ledger/connection.ts";
import { readEvents } from "../../daemon/ledger/event-reader.ts";
import { decodeSteps, encodeSteps } from "../../daemon/ledger/policy-text.ts";
import { type Front, openFront } from "./front.ts";
import { type CheckoutFields, Person } from "./person.ts";
import { startRedis, type TestRedis } from "./redis.ts";
import { TestShim } from "./test-shim.ts";

export const TIMEZONE = "Europe/London";
export const SECOND = 1000;
export const MINUTE = 60_000;
export const DAY = 86_400_000;

/** Where people may come from. */
const SITES = { hall: "127.0.0.1", depot: "127.0.2.1", home: "127.0.3.1" } as const;
export type SiteName = keyof typeof SITES;

const around = (contracts: Record<string, string>) => `
organisation: Exampleshire Council
timezone: ${TIMEZONE}
sites:
  hall: { name: Town Hall, networks: [127.0.0.0/8] }
  depot: { name: Depot, networks: [127.0.2.0/24] }
  home: { name: Home (VPN), networks: [127.0.3.0/24] }
groups:
  planning: { department: Planning, members: [ann, bob] }
  contractors: { members: [${["carl", "cora"].map((user) => member(user, contracts[user])).join(", ")}] }
  duty: { members: [dora] }
`;

const member = (user: string, contractEnds?: string) =>
  contractEnds === undefined ? user : `{ user: ${user}, contractEnds: ${contractEnds} }`;

/** A day of the register, so many from today. */
export const day = (fromToday: number) => wallTime(Date.now() + fromToday * DAY, TIMEZONE).date;

/**
 * A register of few lines. A pool is what stands between its braces; `seats: 2` is what was bought for ever. Each pool has
 * a product of its name, unless products are given, of each what stands between its braces but the owner.
 */
export interface Rules {
  pools: Record<string, string>;
  products?: Record<string, string>;
  /** Last days of the contracts of `carl` and `cora`. */
  contracts?: Record<string, string>;
  /** More of the register. */
  more?: string;
}

function textOf({ pools, products, contracts = {}, more = "" }: Rules): string {
  const names = Object.keys(pools).map((pool) => [pool, `pools: [${pool}]`]);
  const lines = Object.entries(products ?? (Object.fromEntries(names) as Record<string, string>)).map(
    ([name, product]) => `  ${name}: { owner: ${name}@exampleshire.example, ${product} }`,
  );
  const bought = (pool: string) =>
    pool.replace(/^seats: (\d+)/, "entitlements: [{ reference: PO-1, seats: $1, starts: 2020-01-01 }]");
  const poolLines = Object.entries(pools).map(([name, pool]) => `  ${name}: { ${bought(pool)} }`);
  return `${around(contracts)}\nproducts:\n${lines.join("\n")}\npools:\n${poolLines.join("\n")}\n${more}\n`;
}

/** Doors over a real Redis, for each test a register of its own. */
export function useRules() {
  let redis: TestRedis;
  let direct: Redis;
  beforeAll(async () => {
    redis = await startRedis();
    direct = new Redis({ path: redis.socket });
  });
  afterAll(async () => {
    direct.disconnect();
    await redis.stop();
  });
  /** @param beside a daemon whose ledger is this one's, too */
  return async (rules: Rules, beside?: Licensing) => {
    const clock = { aheadMs: 0 };
    const now = () => Date.now() + clock.aheadMs;
    const patience = { inspectEveryMs: 20 };
    const front = await openFront({
      ...{ redis, text: textOf(rules), logLevel: "silent", pulseMs: 20, now, patience },
      ...(beside && { prefix: beside.front.ledger.keys.prefix }),
    });
    onTestFinished(() => front.close());
    return new Licensing(front, direct, clock);
  };
}

/** A daemon under some rules, and time that passes when a test says so. */
export class Licensing {
  readonly front: Front;
  readonly #redis: Redis;
  readonly #clock: { aheadMs: number };

  constructor(front: Front, redis: Redis, clock: { aheadMs: number }) {
    this.front = front;
    this.#redis = redis;
    this.#clock = clock;
  }

  /** Somebody at a computer, connected. */
  async person(user: string, { at = "hall", device = `${user}-pc` }: { at?: SiteName; device?: string } = {}) {
    const shim = await TestShim.connect(this.front.url, { localAddress: SITES[at] });
    const welcome = await shim.greet(device);
    return new Person(user, shim, welcome);
  }

  /** The rules are other ones from now on. */
  async change(rules: Rules) {
    await this.front.adopt(textOf(rules));
    for (const pool of Object.keys(rules.pools)) await this.settled(pool);
  }

  /** Virtual time passes: leases, offers and what lingers grow older. */
  async age(pool: string, ms: number) {
    await this.#redis.hincrby(this.#key(pool, "state"), "vnow", ms);
    await this.settled(pool);
  }

  /** Wall time passes for the daemon and for what is dated in the pool, which then lies so much nearer. */
  async pass(pool: string, ms: number) {
    this.#clock.aheadMs += ms;
    const state = this.#key(pool, "state");
    const dated = this.#key(pool, "dated");
    for (const name of await this.#redis.zrange(dated, "0", "-1")) await this.#redis.zincrby(dated, -ms, name);
    const [steps, term, tally] = await this.#redis.hmget(state, "steps", "termMs", "tally");
    const nearer = decodeSteps(steps!).map((step) => ({
      ...step,
      fromMs: Math.max(0, step.fromMs - ms),
      termMs: Math.max(0, step.termMs - ms),
    }));
    const sooner = (tally ?? "").replace(
      /\b(dated|overdraftTerm|overdraftSince)=(\d+)/g,
      (_, name, at) => `${name}=${Number(at) - ms}`,
    );
    await this.#redis.hset(state, {
      ...{ steps: encodeSteps(nearer), tally: sooner, termMs: Number(term) - ms },
      ...{ stepFromMs: 0, stepUntilMs: 0 },
    });
    await this.settled(pool);
  }

  /** What a call frees is given on in the next one. */
  async settled(pool: string) {
    for (let calls = 0; calls < 3; calls++) await this.front.ledger.act(pool, "nobody's", { order: "look" });
  }

  /** All that happened in a pool, but for capacity and for gaps that a busy machine makes. */
  async events(pool: string): Promise<LedgerEvent[]> {
    const events: LedgerEvent[] = [];
    for await (const event of readEvents(this.#redis as unknown as RedisClient, this.front.ledger.keys, pool))
      if (event.kind !== "gap" && event.kind !== "capacity") events.push(event);
    return events;
  }

  /** The last event of that kind. */
  async last(pool: string, kind: LedgerEvent["kind"]) {
    return (await this.events(pool)).findLast((event) => event.kind === kind);
  }

  /** The same in words: `granted overdraft`, `denied no_seats`. */
  async story(pool: string): Promise<string[]> {
    return (await this.events(pool)).map(({ kind, word }) => `${kind} ${word}`.trimEnd());
  }

  /** What the pool's page shows. */
  async counts(pool: string) {
    return (await this.http("GET", `/api/v1/pools/${pool}`)).body;
  }

  async used(pool: string): Promise<number> {
    return (await this.counts(pool)).used;
  }

  async leases(pool: string) {
    return (await this.http("GET", `/api/v1/leases?pool=${pool}`)).body.items;
  }

  async explain(product: string, user: string, more: Record<string, string> = {}) {
    return (await this.http("POST", "/api/v1/explain", { product, user, site: "hall", ...more })).body;
  }

  /** A counter of this daemon: `seatmeter_checkouts_total{pool="cad",outcome="observed"}`. */
  async counter(series: string): Promise<number> {
    const { text } = await this.http("GET", "/metrics");
    const line = text.split("\n").find((line) => line.startsWith(`${series} `));
    return Number(line?.split(" ").at(-1));
  }

  async http(
    method: string,
    path: string,
    body?: object,
    { device, at = "hall" }: { device?: string; at?: SiteName } = {},
  ) {
    const text = body ? JSON.stringify(body) : "";
    const headers = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(text),
      ...(device && { "Seatmeter-Device": device }),
    };
    const asked = httpRequest(`${this.front.url}${path}`, { method, headers, localAddress: SITES[at] });
    const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      asked.on("error", reject);
      asked.on("response", async (response) => {
        let text = "";
        for await (const part of response.setEncoding("utf8")) text += part;
        resolve({ status: response.statusCode!, text });
      });
      asked.end(text);
    });
    // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of all shapes.
    const read: any = answer.text.startsWith("{") ? JSON.parse(answer.text) : undefined;
    return { ...answer, body: read };
  }

  /** A launch over HTTP. */
  launch(user: string, product: string, more: CheckoutFields = {}, at: SiteName = "hall") {
    const asked = { leaseId: randomUUID(), product, user, ...more };
    return this.http("POST", "/api/v1/checkouts", asked, { device: `${user}-pc`, at });
  }

  reclaim(leaseId: string, graceMs = 60_000) {
    return this.http("DELETE", `/api/v1/leases/${leaseId}`, { reason: "needed", graceMs });
  }

  recall(leaseId: string) {
    return this.http("POST", `/api/v1/leases/${leaseId}/recall`, { reason: "needed" });
  }

  reassign(pool: string, holder: { user: string } | { device: string }) {
    return this.http("POST", `/api/v1/pools/${pool}/reassign`, { reason: "left", ...holder });
  }

  retire(device: string) {
    return this.http("POST", "/api/v1/devices/retire", { device, reason: "stolen" });
  }

  #key(pool: string, key: "state" | "dated") {
    return this.front.ledger.keys.of(pool, key);
  }
}
