import { randomUUID } from "node:crypto";
import type { RouteOptions } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROLES, type Role } from "../../daemon/access/tokens.ts";
import { FROM_SHIM } from "../../daemon/protocol/messages.ts";
import { demoRegister } from "../support/daemon.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { TestShim } from "../support/test-shim.ts";
import { startWholeDaemon, type WholeDaemon } from "../support/whole-daemon.ts";
import { ANYBODY, WHO_MAY_ASK, WHO_MAY_CONNECT, WHO_MAY_SAY } from "./who-may.ts";

/** Nobody is on loopback only, so that nothing is open because of that. */
const REGISTER = `${demoRegister({ seats: 1000 })}
access: { shims: { tokensFile: shims.txt }, people: { tokensFile: people.txt } }
behindProxy: true
trustedProxies: [192.0.2.1/32]
`;

let redis: TestRedis;
let daemon: WholeDaemon;
beforeAll(async () => {
  redis = await startRedis({ appendonly: "yes", appendfsync: "no" });
  daemon = await startWholeDaemon(redis.url, REGISTER);
});
afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await redis.stop();
});

/** As the table calls it. HEAD is GET without what it tells. */
const nameOf = ({ method, url }: RouteOptions) =>
  `${method === "HEAD" ? "GET" : method} ${url.replace(/^\/assets\/\w{16}\/.*/, "/assets/:digest/:file")}`;
const rowOf = (route: RouteOptions) => WHO_MAY_ASK[nameOf(route)] ?? [];

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** 401, 403, or undefined for whoever came through the gate; what is answered behind it is no matter of roles. */
async function refusal({ method, url }: RouteOptions, headers: Record<string, string> = {}) {
  const path = url.replaceAll(/:(\w+)/g, (_, name) => (name === "leaseId" ? randomUUID() : "demo"));
  const stop = new AbortController();
  const asked = { method: String(method), headers, redirect: "manual", signal: stop.signal } as const;
  const { status } = await fetch(daemon.url + path, asked);
  // The live board goes on until we leave.
  stop.abort();
  return status === 401 || status === 403 ? status : undefined;
}

describe("every route of a daemon", () => {
  test("is in the table of who may, and none is there that is not", () => {
    expect([...new Set(daemon.routes.map(nameOf))].sort()).toEqual(Object.keys(WHO_MAY_ASK).sort());
  });

  test.each([...ROLES])("lets %s in where the table says so, and nowhere else", async (role) => {
    const found = await asTable((route) => refusal(route, bearer(daemon.token(role))));
    expect(found).toEqual(expected((row) => (row.includes(role) ? undefined : 403)));
  });

  test.each([
    ["nobody", {}],
    ["somebody with a token that is none", bearer("seatmeter_wrong")],
    ["somebody with a session that is none", { cookie: `__Host-seatmeter=${"x".repeat(43)}` }],
    ["somebody with another way of saying who they are", { authorization: "Basic YWRtaW46YWRtaW4=" }],
  ])("lets %s in where it is open to anybody, and nowhere else", async (_who, headers) => {
    expect(await asTable((route) => refusal(route, headers))).toEqual(expected(() => 401));
  });

  test("is closed to pages elsewhere, where it changes anything, whoever asks", async () => {
    const changes = daemon.routes.filter(({ method }) => method !== "GET" && method !== "HEAD");
    expect(changes.length).toBeGreaterThan(10);
    for (const origin of [
      "https://evil.example",
      "null",
      "http://127.0.0.1:1",
      daemon.url.replace("127.0.0.1", "localhost"),
    ]) {
      for (const route of changes) {
        const found = await refusal(route, { ...bearer(daemon.token("admin")), origin });
        expect(found, `${nameOf(route)} from ${origin}`).toBe(403);
      }
    }
  });

  test("forbids scripts, styles and frames that are not ours, whatever it answers", async () => {
    for (const route of daemon.routes.filter(({ method, url }) => method === "GET" && url !== "/live")) {
      const headers = { ...bearer(daemon.token("admin")), accept: "text/html" };
      const answer = await fetch(daemon.url + route.url.replaceAll(/:\w+/g, "demo"), { headers, redirect: "manual" });
      const policy = answer.headers.get("content-security-policy");
      expect(policy, nameOf(route)).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(policy, nameOf(route)).not.toMatch(/unsafe-|data:|\*/);
      expect(answer.headers.get("x-content-type-options"), nameOf(route)).toBe("nosniff");
      const html = await answer.text();
      // Our own pages would not work with such things either; that they have none is what the policy rests on.
      if (!answer.headers.get("content-type")?.startsWith("text/html")) continue;
      expect(html, nameOf(route)).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=|href="javascript:/i);
    }
  });

  test("is kept by no browser and nobody between, where somebody has to say who they are to have it", async () => {
    const kept: string[] = [];
    let answered = 0;
    for (const route of daemon.routes.filter(({ method, url }) => method === "GET" && url !== "/live")) {
      const headers = bearer(daemon.token("admin"));
      const answer = await fetch(daemon.url + route.url.replaceAll(/:\w+/g, "cad"), { headers });
      if (rowOf(route) === ANYBODY || answer.status !== 200) continue;
      answered += 1;
      if (answer.headers.get("cache-control") !== "no-store") kept.push(nameOf(route));
    }
    expect(kept).toEqual([]);
    expect(answered).toBeGreaterThan(10);
  });

  async function asTable(ask: (route: RouteOptions) => Promise<number | undefined>) {
    const found: Record<string, number | undefined> = {};
    for (const route of daemon.routes) found[`${route.method} ${route.url}`] = await ask(route);
    return found;
  }
  const expected = (otherwise: (row: readonly Role[]) => number | undefined) =>
    Object.fromEntries(
      daemon.routes.map((route) => {
        const row = rowOf(route);
        return [`${route.method} ${route.url}`, row === ANYBODY ? undefined : otherwise(row)];
      }),
    );
});

describe("the WebSocket", () => {
  const connect = (role: Role) => TestShim.connect(daemon.url, { headers: bearer(daemon.token(role)) });

  test.each([...ROLES])("lets %s in where the table says so, and nobody else", async (role) => {
    const connected = connect(role);
    if (WHO_MAY_CONNECT.includes(role)) await (await connected).close();
    else await expect(connected).rejects.toMatchObject({ status: 401 });
  });

  test("lets nobody in who does not say who they are, and no page of another site", async () => {
    await expect(TestShim.connect(daemon.url)).rejects.toMatchObject({ status: 401 });
    await expect(TestShim.connect(daemon.url, { headers: bearer("seatmeter_wrong") })).rejects.toMatchObject({
      status: 401,
    });
    const headers = { ...bearer(daemon.token("shim")), origin: "https://evil.example" };
    await expect(TestShim.connect(daemon.url, { headers })).rejects.toMatchObject({ status: 403 });
  });
});

describe("every message of a shim", () => {
  const NAMES = { shim: "pc-1", gateway: "the-gateway" } as const;
  type Speaker = keyof typeof NAMES;
  const SPEAKERS = Object.keys(NAMES) as Speaker[];

  test("is in the table of who may, and none is there that is not", () => {
    expect(Object.keys(WHO_MAY_SAY)).toEqual(Object.keys(FROM_SHIM));
  });

  /** What each says about a lease; `device` is for those that name one. */
  const said: Record<string, (leaseId: string, device: string | undefined) => Record<string, unknown>> = {
    hello: (_leaseId, device) => ({ device, shim: "test/1" }),
    checkout: (_leaseId, device) => ({
      leaseId: randomUUID(),
      product: "demo",
      user: "asmith",
      ...(device && { device }),
    }),
    heartbeat: (leaseId) => ({ leaseIds: [leaseId] }),
    checkin: (leaseId) => ({ leaseId }),
    postpone: (leaseId) => ({ leaseId }),
    journal: (id) => ({
      entries: [{ id, product: "demo", user: "asmith", startedAtMs: 1, endedAtMs: 2, reason: "unreachable" }],
    }),
    inventory: () => ({ part: 1, of: 1, software: [] }),
  };

  async function greeted(speaker: Speaker): Promise<TestShim> {
    const shim = await TestShim.connect(daemon.url, { headers: bearer(daemon.token(speaker)) });
    await shim.greet(NAMES[speaker]);
    return shim;
  }

  async function answer(shim: TestShim): Promise<string> {
    const first = await shim.hear();
    const heard = first.type === "policy" ? await shim.hear() : first;
    return heard.type === "error" ? `error ${heard.code}` : heard.type;
  }

  describe.each(SPEAKERS)("as said by a %s", (speaker) => {
    const other = SPEAKERS.find((one) => one !== speaker)!;

    test.each(Object.entries(WHO_MAY_SAY))("%s is answered as the table says", async (type, { own, others }) => {
      const holder = await greeted(other);
      const held = await holder.checkout({ product: "demo" });
      for (const [whose, expected] of [
        ["own", own],
        ["others", others[speaker]],
      ] as const) {
        const hello = type === "hello";
        const shim = hello
          ? await TestShim.connect(daemon.url, { headers: bearer(daemon.token(speaker)) })
          : await greeted(speaker);
        const leaseId =
          whose === "others" ? held.leaseId : hello ? "" : (await shim.checkout({ product: "demo" })).leaseId;
        const device = whose === "others" ? "pc-9" : hello ? NAMES[speaker] : undefined;
        shim.say({ type, ...said[type]!(leaseId, device) });
        expect(await answer(shim), whose).toBe(expected);
        await shim.close();
      }
      await holder.close();
    });
  });
});
