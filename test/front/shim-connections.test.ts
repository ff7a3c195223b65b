import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Front, type FrontOptions, openFront } from "../support/front.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import type { Refused } from "../support/test-shim.ts";

let redis: TestRedis;
let opened: Front[] = [];
beforeAll(async () => {
  redis = await startRedis();
});
afterEach(async () => {
  await Promise.all(opened.map((front) => front.close()));
  opened = [];
});
afterAll(() => redis.stop());

async function open(options: Omit<FrontOptions, "redis"> = {}): Promise<Front> {
  const front = await openFront({ redis, ...options });
  opened.push(front);
  return front;
}

const refusal = (connecting: Promise<unknown>): Promise<Refused> =>
  connecting.then(
    () => Promise.reject(new Error("it was let in")),
    (error: Refused) => error,
  );

describe("who is let in", () => {
  test("nobody who does not speak seatmeter.v1: 400", async () => {
    const front = await open();
    expect(await refusal(front.connect({ protocols: [] }))).toMatchObject({ status: 400 });
    const other = await refusal(front.connect({ protocols: ["seatmeter.v2", "mqtt"] }));
    expect(other).toMatchObject({ status: 400, body: { code: "message_invalid", retry: false } });
    expect(other.body.message).toContain("seatmeter.v1");
    const both = await front.connect({ protocols: ["seatmeter.v2", "seatmeter.v1"] });
    expect(both.socket.protocol).toBe("seatmeter.v1");
  });

  test.each(["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])(
    "no page of %s: 403",
    async (origin) => {
      const front = await open();
      const refused = await refusal(front.connect({ headers: { origin } }));
      expect(refused).toMatchObject({ status: 403, body: { code: "forbidden" } });
    },
  );

  test("no page that gave its own name our address: 403", async () => {
    const front = await open();
    const headers = { host: `evil.example:${front.port}`, origin: `http://evil.example:${front.port}` };
    expect(await refusal(front.connect({ headers }))).toMatchObject({ status: 403 });
  });

  test("nobody at another path: 404", async () => {
    const front = await open();
    expect(await refusal(front.connect({ path: "/v1/shims" }))).toMatchObject({ status: 404 });
    expect(await refusal(front.connect({ path: "/" }))).toMatchObject({ status: 404 });
  });

  test("as many connections of one device as the register says, and the next when one is gone", async () => {
    const front = await open({ register: "limits: { connectionsPerDevice: 2 }" });
    const [first, second, third] = await Promise.all([front.connect(), front.connect(), front.connect()]);
    await first.greet("PC-12");
    await second.greet("pc-12");
    third.say({ type: "hello", device: "Pc-12", shim: "test/1" });
    expect(await third.next("error")).toMatchObject({ code: "too_many_connections", retry: true });
    expect(await third.closed).toBe(1013);
    await first.close();
    const fourth = await front.connect();
    await fourth.greet("pc-12");
  });

  test("nobody new while the event loop stands still: 1013", async () => {
    const delay = { max: 0, reset() {} };
    const front = await open({ delay, patience: { overloadedAboveMs: 0, inspectEveryMs: 10 } });
    const before = await front.connect();
    delay.max = 1;
    await expect.poll(() => front.app.shims.overloaded).toBe(true);
    expect(await (await front.connect()).closed).toBe(1013);
    await before.greet();
  });
});

describe("shims that have to say who they are", () => {
  let front: Front;
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  const connect = (role: "shim" | "gateway") => front.connect(bearer(front.token(role)));

  beforeAll(async () => {
    front = await openFront({ redis, shims: true, people: true, register: "limits: { connectionsPerDevice: 2 }" });
  });
  afterAll(() => front.close());

  test("are refused without a token, with a wrong one and with a person's: 401", async () => {
    expect(await refusal(front.connect())).toMatchObject({ status: 401, body: { code: "unauthenticated" } });
    for (const token of ["seatmeter_x", front.token("admin"), ""]) {
      expect(await refusal(front.connect(bearer(token)))).toMatchObject({ status: 401 });
    }
    const basic = Buffer.from(`pc-1:${front.token("shim")}`).toString("base64");
    expect(await refusal(front.connect({ headers: { authorization: `Basic ${basic}` } }))).toMatchObject({
      status: 401,
    });
  });

  test("are the device of their token, in whatever case, and no other: 1008", async () => {
    const shim = await connect("shim");
    await shim.greet("PC-1");
    await shim.close();
    const liar = await connect("shim");
    liar.say({ type: "hello", device: "pc-2", shim: "test/1" });
    expect(await liar.next("error")).toMatchObject({ code: "forbidden" });
    expect(await liar.closed).toBe(1008);
  });

  test("ask for other devices only as a gateway", async () => {
    const [shim, gateway] = [await connect("shim"), await connect("gateway")];
    await shim.greet("pc-1");
    await gateway.greet("gateway-1");
    shim.say({ type: "checkout", leaseId: randomUUID(), product: "cad", user: "asmith", device: "pc-2" });
    expect(await shim.next("error")).toMatchObject({ code: "not_holder", field: "device" });
    await gateway.checkout({ device: "pc-2" });
    await Promise.all([shim.close(), gateway.close()]);
  });

  test("count as their device before they say hello: 429", async () => {
    const shims = [await connect("shim"), await connect("shim")];
    const refused = await refusal(connect("shim"));
    expect(refused).toMatchObject({ status: 429, body: { code: "too_many_connections", retry: true } });
    await Promise.all(shims.map((shim) => shim.close()));
    await expect.poll(() => front.app.shims.size).toBe(0);
    await (await connect("shim")).close();
  });

  test("leave no token in the log", () => {
    for (const role of ["shim", "gateway", "admin"] as const) {
      expect(front.log.join("")).not.toContain(front.token(role));
    }
  });
});

/** Have the ledger answer nobody until `release`; `waiting` counts who waits for it. */
function holdLedger({ ledger }: Front) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const checkout = ledger.checkout.bind(ledger);
  const held = { waiting: 0, release: resolve };
  ledger.checkout = async (pool, request) => {
    held.waiting += 1;
    await promise;
    return checkout(pool, request);
  };
  return held;
}

test("beyond 1,024 unanswered messages a connection is not read until it is answered, and none is dropped", async () => {
  const front = await open();
  const held = holdLedger(front);
  const [busy, other] = [await front.connect(), await front.connect()];
  await busy.greet();
  const leaseIds = Array.from({ length: 8000 }, () => randomUUID());
  for (const leaseId of leaseIds) {
    busy.say({ type: "checkout", leaseId, product: "cad", user: "asmith", device: `pc-${leaseId}` });
  }
  await expect.poll(() => held.waiting).toBeGreaterThan(1024);
  // Whatever could still be read of the first has been read when another one was answered so often.
  await other.greet();
  for (let time = 0; time < 100; time++) {
    other.say({ type: "heartbeat" });
    await other.next("error");
  }
  // What one read of the socket brought is answered; it brings 64 KiB at most, and a checkout here is over 130 bytes.
  expect(held.waiting).toBeLessThan(1024 + 65_536 / 130);

  held.release();
  // A busy machine may answer some of them `ledger_unavailable`, which is an answer too.
  const answered: unknown[] = [];
  while (answered.length < leaseIds.length) {
    const message = await busy.hear();
    if (message.type !== "policy") answered.push(message.leaseId);
  }
  expect(answered.sort()).toEqual(leaseIds.sort());
});

describe("pings", () => {
  const patience = { pingHolderEveryMs: 30, pingOtherEveryMs: 600_000, inspectEveryMs: 10 };

  test("come often to who holds a lease, and seldom to others", async () => {
    const front = await open({ patience });
    const [holder, idle] = [await front.connect(), await front.connect()];
    await Promise.all([holder.greet(), idle.greet()]);
    await holder.checkout();
    for (let time = 0; time < 3; time++) await once(holder.socket, "ping");
    expect(idle.pings).toBe(0);
  });

  test("that are answered keep a connection", async () => {
    const front = await open({ patience });
    const shim = await front.connect();
    await shim.greet();
    await shim.checkout();
    for (let time = 0; time < 6; time++) await once(shim.socket, "ping");
    expect(front.app.shims.size).toBe(1);
  });

  test("of which two are missed end a connection", async () => {
    const front = await open({ patience: { ...patience, pingOtherEveryMs: 30 } });
    const dead = await front.connect({ autoPong: false });
    await dead.greet();
    expect(await dead.closed).toBe(1006);
    expect(dead.pings).toBe(2);
    await expect.poll(() => front.app.shims.size).toBe(0);
  });
});

describe("a daemon that drains", () => {
  test("answers what it was asked, sends everybody away with 1012, and is closed", async () => {
    const front = await open();
    const held = holdLedger(front);
    const [asking, idle, silent] = [await front.connect(), await front.connect(), await front.connect()];
    await Promise.all([asking.greet(), idle.greet()]);
    const leaseId = randomUUID();
    asking.say({ type: "checkout", leaseId, product: "cad", user: "asmith" });
    await expect.poll(() => held.waiting).toBe(1);

    const closed = front.app.close();
    expect(await (await front.connect()).closed).toBe(1012);
    held.release();
    await asking.next("policy");
    expect(await asking.next("granted")).toMatchObject({ leaseId });
    expect(await Promise.all([asking, idle, silent].map((shim) => shim.closed))).toEqual([1012, 1012, 1012]);
    await closed;
    await expect(front.connect()).rejects.toThrow();
  });

  test("does not wait for those that do not go", async () => {
    const front = await open({ patience: { drainWithinMs: 50 } });
    const deaf = await front.connect();
    await deaf.greet();
    deaf.socket.pause();
    await front.app.close();
    expect(front.app.shims.size).toBe(0);
    deaf.socket.resume();
    await deaf.closed;
  });
});

test("an answer of any length arrives whole", async () => {
  const products = Array.from(
    { length: 900 },
    (_, i) => `  p${i}: { owner: o, pools: [cad], executables: [${"é".repeat((i % 199) + 1)}] }`,
  );
  const front = await open({ products: products.join("\n") });
  const shim = await front.connect();
  await shim.greet("pc-1", { agent: true });
  const policy = await shim.next("policy");
  expect(policy.products.slice(2).map(({ executables }) => executables[0]?.length)).toEqual(
    products.map((_, i) => (i % 199) + 1),
  );
  expect(JSON.stringify(policy).length).toBeGreaterThan(2 ** 16);
  for (let length = 1; length < 128; length++) {
    shim.say({ type: "x".repeat(length) });
    expect((await shim.next("error")).message).toContain("x".repeat(Math.min(length, 63)));
  }
});

test("an agent hears of a register that says something else, once, and of one policy no second time; a shim does not", async () => {
  const front = await open({ patience: { inspectEveryMs: 10 } });
  const [agent, shim] = [await front.connect(), await front.connect()];
  await agent.greet("pc-agent", { agent: true });
  await shim.greet("pc-shim");
  expect(await agent.next("policy")).toMatchObject({ all: true });
  const text = (owner: string, aliases: string) => `
organisation: Exampleshire Council
products:
  drawing: { name: Drawing, owner: ${owner}, executables: [draw], aliases: [${aliases}], pools: [drawing] }
pools:
  drawing: { entitlements: [{ reference: PO-1, seats: 9, starts: 2020-01-01 }] }
`;
  await front.adopt(text("ann", "draw"));
  const told = await agent.next("policy");
  expect(told.products).toEqual([
    expect.objectContaining({ product: "drawing", name: "Drawing", executables: ["draw"], aliases: ["draw"] }),
  ]);
  // Who owns it is nothing that agents are told of.
  await front.adopt(text("bob", "draw"));
  const checkout = (leaseId: string) => ({ type: "checkout", leaseId, product: "draw", user: "ann" });
  await setTimeout(50);
  agent.say(checkout(randomUUID()));
  expect(await agent.hear()).toMatchObject({ type: "granted" });
  await front.adopt(text("bob", "sketch"));
  expect((await agent.next("policy")).products[0]?.aliases).toEqual(["sketch"]);
  shim.say({ ...checkout(randomUUID()), product: "drawing" });
  expect((await shim.next("policy")).all).toBe(undefined);
});
