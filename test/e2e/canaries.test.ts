import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { dataFolder, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { startRedis } from "../support/redis.ts";
import { TestShim } from "../support/test-shim.ts";

/** `npm run test:canaries` goes on for so long; without it every name is used once. */
const MINUTES = Number(process.env.SEATMETER_CANARY_MINUTES ?? 0);
const NAMES = 1_000;
const AT_ONCE = 16;
const A_DAY_MS = 86_400_000;

const REGISTER = `
organisation: Exampleshire Council
sites: { here: { networks: [127.0.0.0/8] } }
products:
  cad: { owner: it@exampleshire.example, pools: [cad, spare], versions: { current: "2026", required: false } }
  gis: { owner: it@exampleshire.example, pools: [gis] }
  named: { owner: it@exampleshire.example, pools: [named] }
  kiosk: { owner: it@exampleshire.example, pools: [kiosk] }
  seen: { owner: it@exampleshire.example, pools: [seen] }
pools:
  cad:
    linger: 5m
    limits: [{ each: user, seats: 2 }, { each: device, seats: 2 }]
    borrow: { maxDays: 14 }
    entitlements: [{ reference: A, seats: 200, starts: 2020-01-01 }]
  spare: { seatFor: [user], entitlements: [{ reference: B, seats: 1, starts: 2020-01-01 }] }
  gis:
    queue: { maxWait: 1m }
    sharedBy: 2
    deny: ["device:nobody"]
    entitlements: [{ reference: C, seats: 1, starts: 2020-01-01 }]
  named: { metric: named-user, holdDays: 30, entitlements: [{ reference: D, seats: 5000, starts: 2020-01-01 }] }
  kiosk: { metric: device, entitlements: [{ reference: E, seats: 1, starts: 2020-01-01 }] }
  seen: { enforcement: observe, entitlements: [{ reference: F, seats: 1, starts: 2020-01-01 }] }
`;

interface Answer {
  status: number;
  body: string;
  location: string | null;
}

/** One daemon, and what was ever said to it and by it that a stranger might read. */
class Ground {
  readonly daemon: TestDaemon;
  readonly redis: Redis;
  /** Redirections, and addresses in pages. */
  readonly addresses = new Set<string>();
  readonly outcomes = new Map<string, number>();

  constructor(daemon: TestDaemon, redis: Redis) {
    this.daemon = daemon;
    this.redis = redis;
  }

  async ask(method: string, path: string, body?: object, more: Record<string, string> = {}): Promise<Answer> {
    const headers = { ...(body && { "content-type": "application/json" }), ...more };
    const asked = { method, headers, redirect: "manual" as const, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(this.daemon.httpUrl + path, asked);
    const answer = { status: response.status, body: await response.text(), location: response.headers.get("location") };
    const { code, outcome, type, reason } = ground(answer.body);
    const name = [method, path.replace(/[0-9a-f-]{36}/, ":id"), code ?? reason ?? outcome ?? type ?? ""].join(" ");
    this.outcomes.set(name, (this.outcomes.get(name) ?? 0) + 1);
    return answer;
  }

  async page(path: string, form?: Record<string, string>): Promise<void> {
    const headers = { accept: "text/html", ...(form && { origin: this.daemon.httpUrl }) };
    const body = form && new URLSearchParams(form);
    const asked = { method: form ? "POST" : "GET", headers, redirect: "manual" as const, ...(body && { body }) };
    const response = await fetch(this.daemon.httpUrl + path, asked);
    const html = await response.text();
    this.addresses.add(response.headers.get("location") ?? "");
    for (const [, address] of html.matchAll(/(?:href|src|action)="([^"]*)"/g)) this.addresses.add(address!);
  }
}

const ground = (body: string): Record<string, string | undefined> => {
  try {
    return JSON.parse(body);
  } catch {
    return {};
  }
};

/** All that somebody of that name may do at a computer of that name, and a few things that go wrong. */
async function use(at: Ground, user: string, device: string, nth: number): Promise<void> {
  const asDevice = { "seatmeter-device": device };
  const checkout = async (product: string, more: object = {}, leaseId: string = randomUUID()) => {
    await at.ask("POST", "/api/v1/checkouts", { leaseId, user, product, ...more }, asDevice);
    return leaseId;
  };
  const checkin = (leaseId: string, as = asDevice) => at.ask("DELETE", `/api/v1/checkouts/${leaseId}`, undefined, as);
  const heartbeat = (leaseId: string, body: object = {}) =>
    at.ask("PUT", `/api/v1/checkouts/${leaseId}`, body, asDevice);
  const reason = "a test of names";

  const cad = await checkout("cad", { version: "2026", attemptId: randomUUID() });
  const further = [
    () => checkout("cad", { version: "2019" }),
    () => checkout("no-such-product"),
    () => checkout("gis", { waitMs: 60_000 }),
    () => checkout("kiosk"),
    () => checkout("seen", { alreadyRunning: true }),
  ];
  await further[nth % further.length]!();
  await further[(nth + 1) % further.length]!();
  const named = await checkout("named");
  switch (nth % 5) {
    case 0:
      await checkout("cad", { borrowUntilMs: Date.now() + A_DAY_MS });
      break;
    case 1:
      await at.ask("DELETE", `/api/v1/leases/${cad}`, { reason, graceMs: 0 });
      await heartbeat(cad);
      break;
    case 2:
      await checkin(cad, { "seatmeter-device": `${device}-other` });
      await heartbeat(cad, { nonsense: user });
      break;
    case 3: {
      const shim = await TestShim.connect(at.daemon.httpUrl);
      shim.socket.send(JSON.stringify({ type: "hello", device, user, protocol: "nonsense" }));
      shim.socket.close();
      break;
    }
    default:
      await at.ask("POST", "/api/v1/checkouts", { leaseId: "none", user: `${user}\u0007`, product: "cad" }, asDevice);
      await at.ask("POST", "/api/v1/checkouts", { leaseId: randomUUID(), user, product: { user } }, asDevice);
  }
  await checkin(cad);
  await checkin(named);
  if (nth % 4 === 0) await at.ask("POST", "/api/v1/explain", { product: "cad", user, device });
  if (nth % 4 === 1) await at.ask("POST", "/api/v1/denials/search", { user });
  if (nth % 4 === 2) await at.ask("POST", "/api/v1/denials/search", { device, most: 5 });
  if (nth % 6 === 0) await at.ask("POST", "/api/v1/pools/named/reassign", { user, reason });
  if (nth % 6 === 1) await at.ask("POST", "/api/v1/pools/kiosk/reassign", { device, reason });
  if (nth % 125 === 0) {
    await at.ask("POST", "/api/v1/privacy/export", { user });
    await at.page("/denials/search", { user });
    for (const path of ["/", "/pools/gis", "/pools/cad", "/denials", "/register"]) await at.page(path);
  }
  if (nth % 250 === 0) await at.ask("POST", "/api/v1/privacy/erase", { user, reason });
  if (nth % 500 === 0) await at.ask("POST", "/api/v1/devices/retire", { device, reason });
}

/** Each key of Redis with all that it holds, as text. */
async function everything(redis: Redis): Promise<Map<string, string>> {
  const held = new Map<string, string>();
  for (const key of await redis.keys("*")) {
    const type = await redis.type(key);
    const read = {
      hash: () => redis.hgetall(key),
      zset: () => redis.zrange(key, "0", "-1"),
      list: () => redis.lrange(key, 0, -1),
      set: () => redis.smembers(key),
      stream: () => redis.xrange(key, "-", "+"),
      string: () => redis.get(key),
    }[type as "hash"];
    held.set(key, JSON.stringify(read ? await read() : ""));
  }
  return held;
}

const lastWord = (key: string) => key.slice(key.lastIndexOf(":") + 1);

test("of a thousand names none is in a log, a metric, an address, the stream or the history; in the ledger only while leases live", {
  timeout: 420_000 + MINUTES * 60_000,
}, async () => {
  const data = dataFolder();
  onTestFinished(() => data[Symbol.dispose]());
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const env = { REDIS_URL: server.url, SEATMETER_HISTORY: "on", SEATMETER_LOG: "trace" };
  await using daemon = await startDaemon({ register: REGISTER, data: data.path, env });
  const redis = new Redis({ path: server.socket });
  onTestFinished(() => redis.disconnect());
  const at = new Ground(daemon, redis);
  // Nobody is called so, and the text stands nowhere by accident.
  const canary = `canary${randomUUID().slice(0, 6)}`;
  const untilMs = Date.now() + MINUTES * 60_000;

  let round = 0;
  do {
    let next = 0;
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (next < NAMES) {
          const nth = next++;
          await use(at, `${canary}u${round}x${nth}`, `${canary}d${round}x${nth}`, nth);
        }
      }),
    );
    round += 1;
    const during = await everything(redis);
    const named = [...during].filter(([, text]) => text.includes(canary)).map(([key]) => lastWord(key));
    // The register names the computers that were retired, as whoever looks after it may.
    expect([...new Set(named)].filter((key) => !["leases", "seats", "{register}"].includes(key))).toEqual([]);
    expect(named).toContain("leases");
    for (const [key, text] of during) {
      if (lastWord(key) === "leases") expect(namesBeyondLeases(text, canary)).toEqual([]);
    }
    expect((await at.ask("GET", "/metrics")).body).not.toContain(canary);
  } while (Date.now() < untilMs);

  // A year later: every lease, wait and loan is over.
  for (const key of await redis.keys("*:state")) await redis.hincrby(key, "vnow", 400 * A_DAY_MS);
  for (const key of await redis.keys("*:dated")) {
    const dated = await redis.zrange(key, "0", "-1");
    for (const name of dated) await redis.zadd(key, 1, name);
    await redis.hset(
      key.replace(/:dated$/, ":state"),
      "tally",
      withDated(await redis.hget(key.replace(/:dated$/, ":state"), "tally")),
    );
  }
  await expect
    .poll(
      async () =>
        [...(await everything(redis))]
          .filter(([key, text]) => text.includes(canary) && !key.includes("{register}"))
          .map(([key]) => key),
      {
        timeout: 60_000,
        interval: 500,
      },
    )
    .toEqual([]);
  await expect.poll(async () => ground((await at.ask("GET", "/readyz")).body).backlog, { timeout: 60_000 }).toBe(0);
  await at.page("/denials");

  expect([...at.addresses].filter((address) => address.includes(canary))).toEqual([]);
  expect(at.addresses.size).toBeGreaterThan(20);
  expect(await daemon.stop()).toBe(0);
  expect(
    daemon
      .output()
      .split("\n")
      .filter((line) => line.includes(canary)),
  ).toEqual([]);
  expect(daemon.output().split("\n").length).toBeGreaterThan(100);
  for (const file of filesBelow(data.path)) {
    if (file.endsWith("register.yaml")) continue;
    expect(readFileSync(file).includes(canary), file).toBe(false);
  }
  const history = new DatabaseSync(join(data.path, "history.sqlite"), { readOnly: true });
  const count = (table: string) => Number(history.prepare(`select count(*) as n from ${table}`).get()!.n);
  expect(count("sessions")).toBeGreaterThanOrEqual(2 * NAMES * round);
  expect(count("denials")).toBeGreaterThanOrEqual((NAMES / 2) * round);
  expect(count("changes")).toBeGreaterThan(NAMES);
  history.close();
  // What went wrong on purpose did, and so did each way to be refused.
  const happened = [...at.outcomes.keys()].join("\n");
  for (const word of [
    "message_invalid",
    "not_holder",
    "granted",
    "queued",
    "no_seats",
    "version_retired",
    "product_unknown",
    "not_found",
  ]) {
    expect(happened).toContain(word);
  }
});

/** Fields of a pool's leases that hold a name and are neither a live lease nor somebody who waits. */
function namesBeyondLeases(text: string, canary: string): string[] {
  return Object.entries(JSON.parse(text) as Record<string, string>)
    .filter(([field, line]) => field.includes(canary) || (line.includes(canary) && /^\t(?!waiting|offered)/.test(line)))
    .map(([field]) => field);
}

/** The next of what is dated is due. */
const withDated = (tally: string | null) => (tally ?? "").replace(/dated=\d+/, "dated=1");

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}
