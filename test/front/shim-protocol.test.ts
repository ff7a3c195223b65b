import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Front, openFront } from "../support/front.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import type { TestShim } from "../support/test-shim.ts";

let redis: TestRedis;
let front: Front;
beforeAll(async () => {
  redis = await startRedis();
  front = await openFront({ redis, register: SITES });
});
afterAll(async () => {
  await front.close();
  await redis.stop();
});

const SITES = "sites: { here: { networks: [127.0.0.0/8] } }";

async function greeted(device?: string): Promise<TestShim> {
  const shim = await front.connect();
  await shim.greet(device);
  return shim;
}

describe("hello", () => {
  test("is answered with where the shim is, the pace of the most demanding pool, and what the daemon understands", async () => {
    const shim = await front.connect();
    const before = Date.now();
    const welcome = await shim.greet();
    expect(welcome).toMatchObject({ daemon: "0.1.0", site: "here", heartbeatEveryMs: 10_000 });
    expect(welcome.ticketKeys).toEqual([expect.stringMatching(/^[\w-]{43}$/)]);
    expect(welcome.nowMs).toBeGreaterThanOrEqual(before);
    expect(welcome.accepts).toEqual(expect.arrayContaining(["hello", "checkout", "checkout.version", "checkin.why"]));
    await shim.close();
  });

  test("tells reconnects to spread over no more than a lease can spare after a missed heartbeat", async () => {
    const hasty = await openFront({
      redis,
      pools: `
  cad: { lease: { ttl: 6s, heartbeatEvery: 2s }, entitlements: [] }
  gis: { lease: { ttl: 60s, heartbeatEvery: 20s }, entitlements: [] }`,
    });
    const shim = await hasty.connect();
    expect(await shim.greet()).toMatchObject({ heartbeatEveryMs: 2000, reconnectWithinMs: 3000 });
    await hasty.close();
  });

  test("of an agent is followed by the policy of every product", async () => {
    const shim = await front.connect();
    await shim.greet("pc-agent", { agent: true });
    const { products } = await shim.next("policy");
    expect(products).toEqual([
      { product: "cad", executables: ["acad.exe"], whenUnreachable: "allow", onDenied: "tell", onReclaimed: "tell" },
      { product: "gis", executables: [], whenUnreachable: "refuse", onDenied: "tell", onReclaimed: "tell" },
    ]);
    await shim.close();
  });

  test("comes first: whatever is said before is answered with an error", async () => {
    const shim = await front.connect();
    const leaseId = randomUUID();
    shim.say({ type: "checkout", leaseId, product: "cad", user: "asmith" });
    const error = await shim.next("error");
    expect(error).toMatchObject({ code: "message_invalid", leaseId, field: "type" });
    expect(error.message).toContain("hello");
    await shim.greet();
    await shim.close();
  });

  test("is said once", async () => {
    const shim = await greeted("pc-1");
    shim.say({ type: "hello", device: "pc-2", shim: "test/1" });
    expect(await shim.next("error")).toMatchObject({ code: "message_invalid", field: "type" });
    await shim.checkout();
    await shim.close();
  });
});

describe("a launch", () => {
  test("is answered with the product's policy, then with a seat; the seat is renewed and given back", async () => {
    const shim = await greeted();
    const { leaseId, ...granted } = await shim.checkout();
    expect(granted).toMatchObject({ pool: "cad", site: "here", seats: 1, ttlMs: 60_000, heartbeatEveryMs: 20_000 });
    shim.say({ type: "heartbeat", leaseIds: [leaseId] });
    expect(await shim.next("alive")).toEqual({ type: "alive", ttlMs: 60_000, gone: [] });
    shim.say({ type: "checkin", leaseId, why: "program_exited" });
    expect(await shim.next("returned")).toEqual({ type: "returned", leaseId });
    await shim.close();
  });

  test("is told a product's policy once on a connection, and again after another product's", async () => {
    const shim = await greeted();
    const told: string[] = [];
    for (const product of ["cad", "cad", "gis", "gis", "cad"]) {
      const leaseId = randomUUID();
      shim.say({ type: "checkout", leaseId, product, user: "asmith" });
      shim.say({ type: "checkin", leaseId });
      for (let type = ""; type !== "returned"; ) {
        const message = await shim.hear();
        type = message.type;
        told.push(message.type === "policy" ? `policy of ${message.products[0]?.product}` : type);
      }
    }
    const launch = ["granted", "returned"];
    const [cad, gis] = ["policy of cad", "policy of gis"];
    expect(told).toEqual([cad, ...launch, ...launch, gis, ...launch, ...launch, cad, ...launch]);
    await shim.close();
  });

  test("is denied with a sentence and whom to ask", async () => {
    const [first, second] = [await greeted(), await greeted()];
    const product = "gis";
    const { leaseId } = await first.checkout({ product });
    const denied = randomUUID();
    second.say({ type: "checkout", leaseId: denied, product, user: "bjones" });
    await second.next("policy");
    expect(await second.next("denied")).toMatchObject({
      ...{ leaseId: denied, reason: "no_seats", pool: "gis", owner: "gis@exampleshire.example" },
      message: expect.stringMatching(/\w+/),
    });
    first.say({ type: "checkin", leaseId });
    await first.next("returned");
    await Promise.all([first.close(), second.close()]);
  });

  test("may be said in letters beyond ASCII, in fragments of a frame, and with pings between", async () => {
    const shim = await greeted("Zoë’s 电脑");
    const text = JSON.stringify({ type: "checkout", leaseId: randomUUID(), product: "cad", user: "Ångström" });
    const bytes = Buffer.from(text);
    // In the middle of a letter.
    const middle = bytes.indexOf(0xc3) + 1;
    shim.socket.send(bytes.subarray(0, middle), { binary: false, fin: false });
    shim.socket.ping();
    shim.socket.send(bytes.subarray(middle), { binary: false, fin: true });
    await shim.next("policy");
    await shim.next("granted");
    await shim.close();
  });
});

const leaseId = "0193e7a0-0000-7000-8000-000000000001";
const checkout = { type: "checkout", leaseId, product: "cad", user: "asmith" };

/** What is said, the field that the error names, and words that it holds. */
const MISTAKES: [what: string, said: string | object, field: string | undefined, words: RegExp][] = [
  ["no JSON", "{", undefined, /JSON/],
  ["nothing", "", undefined, /JSON/],
  ["a list", [], undefined, /a list/],
  ["null", "null", undefined, /null/],
  ["a text", '"hello"', undefined, /not text$/],
  ["no type", {}, "type", /hello, checkout, heartbeat, checkin, postpone, journal, inventory, not nothing/],
  [
    "an unknown type",
    { type: "horoscope" },
    "type",
    /hello, checkout, heartbeat, checkin, postpone, journal, inventory, not "horoscope"/,
  ],
  ["a type that every object has", { type: "toString" }, "type", /hello, checkout/],
  ["a type that is no text", { type: ["checkout"] }, "type", /hello, checkout/],
  ["an unknown field", { ...checkout, seat: 1 }, "seat", /no field "seat"; its fields are .*seats/],
  ["a field of every object", `{"__proto__":{},${JSON.stringify(checkout).slice(1)}`, "__proto__", /no field/],
  ["an unknown field within", { ...checkout, program: { name: "x", pid: 1, path: "/" } }, "program.path", /no field/],
  ["a wrong field within", { ...checkout, program: { name: "x", pid: -1 } }, "program.pid", /program\.pid/],
  ["a missing field", { ...checkout, user: undefined }, "user", /user: is missing/],
  ["a field of another type", { ...checkout, user: 7 }, "user", /user: must be text, and is a whole number/],
  ["a lease that is no UUID", { ...checkout, leaseId: "1" }, "leaseId", /UUID/],
  ["no seats", { ...checkout, seats: 0 }, "seats", /seats/],
  ["half a seat", { ...checkout, seats: 1.5 }, "seats", /seats/],
  ["more seats than there can be", { ...checkout, seats: 1e15 }, "seats", /seats/],
  ["a user with a line break", { ...checkout, user: "a\nb" }, "user", /control/],
  ["a user that turns the direction of text", { ...checkout, user: "a\u202eb" }, "user", /invisible/],
  ["a name without end", { ...checkout, user: "a".repeat(200) }, "user", /user/],
  ["no leases to renew", { type: "heartbeat", leaseIds: [] }, "leaseIds", /leaseIds/],
  ["too many leases to renew", { type: "heartbeat", leaseIds: Array(401).fill(leaseId) }, "leaseIds", /400/],
  ["a wrong lease among others", { type: "heartbeat", leaseIds: [leaseId, "x"] }, "leaseIds.1", /UUID/],
  ["a reason of ours", { type: "checkin", leaseId, why: "expired" }, "why", /program_exited/],
];

describe("a mistake is answered, the field named, and the connection lives", () => {
  let shim: TestShim;
  beforeAll(async () => {
    shim = await greeted();
  });
  afterAll(() => shim.close());

  test.each(MISTAKES)("%s", async (_what, said, field, words) => {
    shim.socket.send(typeof said === "string" ? said : JSON.stringify(said));
    const error = await shim.next("error");
    expect(error).toMatchObject({ code: "message_invalid", retry: false });
    expect(error.message).toMatch(words);
    expect(error.field).toBe(field);
    shim.say({ type: "heartbeat", leaseIds: [randomUUID()] });
    await shim.next("alive");
  });

  test("an error about a launch names its lease", async () => {
    shim.say({ ...checkout, leaseId: leaseId.toUpperCase(), seats: 0 });
    expect(await shim.next("error")).toMatchObject({ leaseId });
  });

  test("an error quotes little of what was said", async () => {
    shim.say({ ...checkout, ["x".repeat(10_000)]: 1 });
    const { message, field } = await shim.next("error");
    expect(message.length + field!.length).toBeLessThan(500);
  });

  test("somebody else's lease is neither renewed nor given back", async () => {
    const other = await greeted();
    const { leaseId } = await other.checkout();
    shim.say({ type: "heartbeat", leaseIds: [randomUUID(), leaseId] });
    expect(await shim.next("error")).toMatchObject({ code: "not_holder", retry: false, field: "leaseIds", leaseId });
    // That was its answer, and there is no other that could be mistaken for the next one's.
    const unknown = randomUUID();
    shim.say({ type: "heartbeat", leaseIds: [unknown] });
    expect(await shim.next("alive")).toMatchObject({ gone: [unknown] });
    shim.say({ type: "checkin", leaseId });
    expect(await shim.next("error")).toMatchObject({ code: "not_holder", leaseId });
    other.say({ type: "heartbeat", leaseIds: [leaseId] });
    expect(await other.next("alive")).toMatchObject({ gone: [] });
    await other.close();
  });

  test("an unknown lease cannot be given back, and is gone when it is renewed", async () => {
    const leaseId = randomUUID();
    shim.say({ type: "checkin", leaseId });
    expect(await shim.next("error")).toMatchObject({ code: "lease_unknown", leaseId });
    shim.say({ type: "heartbeat", leaseIds: [leaseId] });
    expect(await shim.next("alive")).toMatchObject({ gone: [leaseId] });
  });

  test("32 levels of nesting are not too many", async () => {
    shim.socket.send(`{"type":"checkout","user":${"[".repeat(31)}${"]".repeat(31)}}`);
    expect(await shim.next("error")).toMatchObject({ code: "message_invalid" });
    shim.say({ ...checkout, user: `${"[".repeat(50)}"\\` });
    await shim.next("policy");
    await shim.next("granted");
  });
});

describe("an attack closes the connection", () => {
  test("a binary frame: 1003", async () => {
    const shim = await greeted();
    shim.socket.send(Buffer.from(JSON.stringify(checkout)), { binary: true });
    expect(await shim.closed).toBe(1003);
  });

  test("a frame over 16 KiB: 1009", async () => {
    const shim = await greeted();
    shim.say({ ...checkout, user: "a".repeat(16 * 1024) });
    expect(await shim.closed).toBe(1009);
  });

  test("fragments that together are over 16 KiB: 1009", async () => {
    const shim = await greeted();
    for (let part = 0; part < 5; part++) shim.socket.send("a".repeat(4 * 1024), { fin: false });
    expect(await shim.closed).toBe(1009);
  });

  test.each(["[", '{"a":'])("nesting of %s over 32 levels: 1007, before anybody parses it", async (open) => {
    const shim = await greeted();
    shim.socket.send(open.repeat(33));
    expect(await shim.closed).toBe(1007);
  });

  test("text that is no UTF-8: 1007", async () => {
    const shim = await greeted();
    shim.socket.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false });
    expect(await shim.closed).toBe(1007);
  });

  test("no hello in time: 1008", async () => {
    const hasty = await openFront({ redis, patience: { helloWithinMs: 20, inspectEveryMs: 10 } });
    const silent = await hasty.connect();
    const talking = await hasty.connect();
    talking.say({ type: "heartbeat", leaseIds: [leaseId] });
    expect(await Promise.all([silent.closed, talking.closed])).toEqual([1008, 1008]);
    await hasty.close();
  });

  test("answers that are not read: 1008, when 256 KiB of them lie about", async () => {
    const shim = await greeted();
    shim.socket.pause();
    while (!front.log.some((line) => line.includes("answers are not read"))) {
      await shim.sayOften(`{"type":"${"x".repeat(64)}"}`, 10_000);
    }
    shim.socket.resume();
    expect(await shim.closed).toBe(1008);
  });
});

test("while the ledger is away shims are told to try again, and afterwards it goes on", async () => {
  const own = await startRedis();
  const other = await openFront({ redis: own });
  const shim = await other.connect();
  await shim.greet();
  await shim.checkout();
  await own.stop();
  const leaseId = randomUUID();
  shim.say({ ...checkout, leaseId });
  expect(await shim.next("error")).toMatchObject({ code: "ledger_unavailable", retry: true, leaseId });
  shim.say({ type: "hello", device: "pc-1", shim: "test/1" });
  expect(await shim.next("error")).toMatchObject({ code: "message_invalid" });
  await other.close();
});
