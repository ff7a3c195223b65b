import { randomUUID } from "node:crypto";
import { renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FastifyInstance, RouteOptions } from "fastify";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newToken, ROLES, type Role } from "../../daemon/access/tokens.ts";
import { type Front, type FrontOptions, openFront } from "../support/front.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

let redis: TestRedis;
const opened: Front[] = [];
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await Promise.all(opened.map((front) => front.close()));
  await redis.stop();
});

async function open(options: Omit<FrontOptions, "redis"> = {}): Promise<Front> {
  const front = await openFront({ redis, ...options });
  opened.push(front);
  return front;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** A route whose author forgot to say who may use it. */
const addForgotten = (app: FastifyInstance) => {
  app.get("/forgotten", () => "secret");
};

/** What the gate says to a request; undefined where it lets it pass. */
async function turnedAway(front: Front, route: RouteOptions, headers: Record<string, string> = {}) {
  const path = route.url.replaceAll(/:(\w+)/g, (_, name) => (name === "leaseId" ? randomUUID() : "cad"));
  const stop = new AbortController();
  const method = String(route.method);
  const answer = await fetch(front.url + path, { method, headers, redirect: "manual", signal: stop.signal });
  const refused = answer.status === 401 || answer.status === 403 ? answer.status : undefined;
  // A checkout without a body is a mistake, not a matter of roles; the live board goes on until we leave.
  stop.abort();
  return refused;
}

describe("every route", () => {
  let front: Front;
  beforeAll(async () => {
    front = await open({ people: true, shims: true, exposed: true, routes: addForgotten });
  });
  const declared = () => front.routes.filter(({ url }) => url !== "/forgotten");

  test("says who may use it", () => {
    expect(declared().length).toBeGreaterThan(15);
    expect(declared().filter(({ config }) => config?.roles === undefined)).toEqual([]);
  });

  // Each route as each role: some hundreds of requests, those of a route at once.
  test("lets in the roles that it names, and nobody else", async () => {
    const asRoles = ROLES.map((role) => [role, bearer(front.token(role))] as const);
    const askers = [...asRoles, ["nobody", {}], ["a stranger", bearer("seatmeter_wrong")]] as const;
    for (const route of declared()) {
      const roles = route.config!.roles!;
      const expected = (who: string) => {
        if (roles === "open" || roles.includes(who as Role)) return undefined;
        return ROLES.includes(who as Role) ? 403 : 401;
      };
      const found = askers.map(async ([who, headers]) => [who, await turnedAway(front, route, headers)]);
      expect(await Promise.all(found), `${route.method} ${route.url}`).toEqual(
        askers.map(([who]) => [who, expected(who)]),
      );
    }
  });

  test("that says nothing is open to nobody, also where nobody has to say who he is", async () => {
    const route = { method: "GET", url: "/forgotten" } as RouteOptions;
    for (const role of ROLES) expect(await turnedAway(front, route, bearer(front.token(role)))).toBe(403);
    expect(await turnedAway(front, route)).toBe(403);
    expect(await turnedAway(await open({ routes: addForgotten }), route)).toBe(403);
  });
});

describe("where nobody has to say who he is", () => {
  test("everything is open on loopback", async () => {
    const front = await open();
    for (const route of front.routes) expect(await turnedAway(front, route), route.url).toBe(undefined);
  });

  test("a token that nobody asked for does no harm", async () => {
    const front = await open();
    for (const route of front.routes) expect(await turnedAway(front, route, bearer("x")), route.url).toBe(undefined);
  });

  test("nothing is open beyond loopback, whatever the register says", async () => {
    const front = await open({ exposed: true });
    const closed = front.routes.filter(({ config }) => config!.roles !== "open");
    for (const route of closed) expect(await turnedAway(front, route), route.url).toBe(401);
    await expect(front.connect()).rejects.toMatchObject({ status: 401 });
  });

  test("a page that gave its own name our address sees nothing", async () => {
    const front = await open();
    const ask = (host: string) => front.app.inject({ url: "/api/v1/leases?pool=cad", headers: { host } });
    expect((await ask("evil.example:7070")).json()).toMatchObject({ code: "forbidden" });
    for (const host of ["127.0.0.1:7070", "localhost:7070", "[::1]:7070", "127.0.0.1"]) {
      expect((await ask(host)).statusCode, host).toBe(200);
    }
  });

  test("people's pages stay closed to shims that need not say who they are", async () => {
    const front = await open({ people: true });
    expect(await turnedAway(front, { method: "GET", url: "/api/v1/pools" } as RouteOptions)).toBe(401);
    expect(await turnedAway(front, { method: "POST", url: "/api/v1/checkouts" } as RouteOptions)).toBe(undefined);
    await (await front.connect()).greet();
  });
});

test("metrics are open on loopback, else for a token with the role metrics", async () => {
  const metrics = { method: "GET", url: "/metrics" } as RouteOptions;
  expect(await turnedAway(await open({ people: true }), metrics)).toBe(undefined);
  const exposed = await open({ people: true, exposed: true });
  expect(await turnedAway(exposed, metrics)).toBe(401);
  expect(await turnedAway(exposed, metrics, bearer(exposed.token("metrics")))).toBe(undefined);
  const proxied = await open({ people: true, register: "behindProxy: true\ntrustedProxies: [192.0.2.1/32]" });
  expect(await turnedAway(proxied, metrics)).toBe(401);
});

describe("tokens", () => {
  const pools = { method: "GET", url: "/api/v1/pools" } as RouteOptions;

  test("are good until the end of their last day in the register's zone", async () => {
    let nowMs = Date.parse("2026-06-30T22:59:59Z");
    const { token, line } = newToken("asmith", "viewer", "2026-06-30");
    const prepare = (directory: string) => writeFileSync(join(directory, "own.txt"), line);
    const register = "access: { people: { tokensFile: own.txt } }";
    const front = await open({ register, prepare, now: () => nowMs });
    expect(await turnedAway(front, pools, bearer(token))).toBe(undefined);
    nowMs += 1000;
    expect(await turnedAway(front, pools, bearer(token))).toBe(401);
  });

  test("are read again when their file changes, and a change with a mistake changes nothing", async () => {
    let nowMs = Date.now();
    const front = await open({ people: true, now: () => nowMs });
    const { token, line } = newToken("bjones", "viewer");
    const change = (text: string) => {
      writeFileSync(join(front.directory, "people.txt"), text);
      nowMs += 5000;
    };
    change(line);
    expect(await turnedAway(front, pools, bearer(token))).toBe(undefined);
    expect(await turnedAway(front, pools, bearer(front.token("viewer")))).toBe(401);
    change(`${line}\nbjones king\n`);
    expect(await turnedAway(front, pools, bearer(token))).toBe(undefined);
    expect(() => front.access.reload()).toThrow(/people\.txt:2:1 .*role/);
    change("");
    expect(await turnedAway(front, pools, bearer(token))).toBe(401);
  });

  test("stay as they were while nobody may look at their file, and whoever looks for changes goes on", async () => {
    let nowMs = Date.now();
    const front = await open({ people: true, now: () => nowMs });
    const file = join(front.directory, "people.txt");
    expect(await turnedAway(front, pools, bearer(front.token("viewer")))).toBe(undefined);
    renameSync(file, `${file}.away`);
    // What the system answers when it is asked about this is no "not there".
    symlinkSync(file, file);
    nowMs += 5000;
    expect(() => front.access.look()).not.toThrow();
    expect(await turnedAway(front, pools, bearer(front.token("viewer")))).toBe(undefined);
    rmSync(file);
    writeFileSync(file, "");
    nowMs += 5000;
    expect(await turnedAway(front, pools, bearer(front.token("viewer")))).toBe(401);
  });

  test("count only in the file where their role belongs", async () => {
    const admin = newToken("asmith", "admin");
    const shim = newToken("pc-9", "shim");
    const prepare = (directory: string) => {
      writeFileSync(join(directory, "for-shims.txt"), admin.line);
      writeFileSync(join(directory, "for-people.txt"), shim.line);
    };
    const register = "access: { shims: { tokensFile: for-shims.txt }, people: { tokensFile: for-people.txt } }";
    const front = await open({ register, prepare });
    expect(await turnedAway(front, pools, bearer(admin.token))).toBe(401);
    await expect(front.connect({ headers: bearer(shim.token) })).rejects.toMatchObject({ status: 401 });
  });

  test("that cannot be read are said at a start, with their file", async () => {
    const register = "access: { people: { tokensFile: nowhere.txt } }";
    await expect(open({ register })).rejects.toMatchObject({
      code: "settings_invalid",
      message: expect.stringContaining("nowhere.txt"),
    });
  });
});

describe("signing in", () => {
  let front: Front;
  let nowMs = Date.now();
  beforeAll(async () => {
    front = await open({ people: true, now: () => nowMs });
  });
  const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(front.url + path, { method: "POST", body: new URLSearchParams(fields), headers, redirect: "manual" });
  const board = (cookie: string) =>
    fetch(`${front.url}/`, { headers: { cookie, accept: "text/html" }, redirect: "manual" });
  const signIn = async (role: Role) => {
    const answer = await post("/sign-in", { token: front.token(role) });
    return answer.headers.getSetCookie()[0]!;
  };

  test("is where a browser is led that wants a page, and back from there", async () => {
    const answer = await fetch(`${front.url}/pools/cad?a=b`, { headers: { accept: "text/html" }, redirect: "manual" });
    expect(answer.status).toBe(303);
    const form = new URL(answer.headers.get("location")!, front.url);
    expect(await (await fetch(form)).text()).toContain('value="/pools/cad?a=b"');
    const { next } = Object.fromEntries(form.searchParams);
    const after = await post("/sign-in", { token: front.token("viewer"), next: next! });
    expect([after.status, after.headers.get("location")]).toEqual([303, "/pools/cad?a=b"]);
  });

  test("leads to no other place", async () => {
    for (const next of [
      "https://evil.example/",
      "//evil.example/",
      "/\\evil.example",
      "/\t/evil.example",
      "javascript:0",
    ]) {
      const after = await post("/sign-in", { token: front.token("viewer"), next });
      expect(after.headers.get("location"), next).toBe("/");
    }
  });

  test("gives a cookie that scripts and other sites cannot use", async () => {
    const cookie = await signIn("viewer");
    expect(cookie).toMatch(/^seatmeter=[\w-]{43};/);
    expect(cookie).toContain("HttpOnly");
    expect(cookie).toContain("SameSite=Strict");
    expect(cookie).not.toContain(front.token("viewer"));
    expect((await board(cookie)).status).toBe(200);
  });

  test("gives no more than the token's role", async () => {
    const cookie = await signIn("metrics");
    expect((await board(cookie)).status).toBe(403);
  });

  test("is refused with a wrong token and a shim's", async () => {
    for (const token of ["", "seatmeter_wrong", front.token("shim")]) {
      const answer = await post("/sign-in", { token });
      expect(answer.status).toBe(422);
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(await answer.text()).toContain("This token is unknown here");
    }
  });

  test("from somebody else's page is refused", async () => {
    const answer = await post("/sign-in", { token: front.token("viewer") }, { origin: "https://evil.example" });
    expect(answer.status).toBe(403);
    const own = await post("/sign-in", { token: front.token("viewer") }, { origin: front.url });
    expect(own.status).toBe(303);
  });

  const MINUTE_MS = 60_000;

  test("holds until somebody signs out", async () => {
    const [left, stayed] = [await signIn("viewer"), await signIn("viewer")];
    await post("/sign-out", {}, { cookie: left });
    expect((await board(left)).status).toBe(303);
    expect((await board(stayed)).status).toBe(200);
  });

  test("holds for eight hours at most, however much is looked at", async () => {
    const cookie = await signIn("viewer");
    for (let minutes = 0; minutes < 470; minutes += 47) {
      nowMs += 47 * MINUTE_MS;
      expect((await board(cookie)).status, `after ${minutes + 47} minutes`).toBe(200);
    }
    nowMs += 10 * MINUTE_MS;
    expect((await board(cookie)).status).toBe(303);
  });

  test("holds no longer than an hour in which nothing was looked at", async () => {
    const cookie = await signIn("viewer");
    nowMs += 59 * MINUTE_MS;
    expect((await board(cookie)).status).toBe(200);
    nowMs += 60 * MINUTE_MS;
    expect((await board(cookie)).status).toBe(303);
    nowMs -= 60 * MINUTE_MS;
    expect((await board(cookie)).status).toBe(303);
  });

  test("again ends what went before in that browser", async () => {
    const first = await signIn("viewer");
    const answer = await post("/sign-in", { token: front.token("admin") }, { cookie: first });
    const [second] = answer.headers.getSetCookie();
    expect((await board(second!)).status).toBe(200);
    expect((await board(first)).status).toBe(303);
  });

  test("with an id that somebody put into the browser begins another", async () => {
    const planted = `seatmeter=${"A".repeat(43)}`;
    const answer = await post("/sign-in", { token: front.token("viewer") }, { cookie: planted });
    expect(answer.headers.getSetCookie()[0]).not.toContain(planted);
    expect((await board(planted)).status).toBe(303);
  });

  test("keeps nothing in the ledger by which whoever reads it is signed in", async () => {
    const cookie = (await signIn("viewer")).split(";")[0]!.split("=")[1]!;
    const client = new Redis(redis.socket);
    const keys = await client.keys(`${front.ledger.keys.prefix}{sessions}:*`);
    const kept = (await client.mget(keys)).join();
    const lives = await Promise.all(keys.map((key) => client.pttl(key)));
    client.disconnect();
    expect(keys.length).toBeGreaterThan(0);
    expect(keys.join() + kept).not.toContain(cookie);
    expect(kept).not.toContain(front.token("viewer"));
    expect(lives.every((life) => life > 0 && life <= 60 * MINUTE_MS)).toBe(true);
  });

  test("holds no longer than the tokens that it began with", async () => {
    const cookie = await signIn("viewer");
    writeFileSync(join(front.directory, "people.txt"), newToken("nobody", "viewer").line);
    nowMs += 5000;
    expect((await board(cookie)).status).toBe(303);
  });

  test("is closed for a minute to an address that failed ten times", async () => {
    const other = await open({ people: true });
    const attempt = (token: string) =>
      fetch(`${other.url}/sign-in`, { method: "POST", body: new URLSearchParams({ token }), redirect: "manual" });
    for (let time = 0; time < 10; time++) expect((await attempt("wrong")).status).toBe(422);
    expect((await attempt(other.token("viewer"))).status).toBe(429);
  });

  test("is closed to all addresses of one IPv6 network that failed ten times, and to no other", async () => {
    const other = await open({ people: true, register: "trustedProxies: [127.0.0.1/32]" });
    const attempt = (address: string, token = "wrong") => {
      const headers = { "x-forwarded-for": address };
      const body = new URLSearchParams({ token });
      return fetch(`${other.url}/sign-in`, { method: "POST", headers, body, redirect: "manual" });
    };
    for (let time = 0; time < 10; time++) expect((await attempt(`2001:db8:7:1::${time}`)).status).toBe(422);
    expect((await attempt("2001:db8:7:1:a::b", other.token("viewer"))).status).toBe(429);
    expect((await attempt("2001:db8:7:2::1", other.token("viewer"))).status).toBe(303);
    expect(other.incidents.map(({ logged }) => logged?.address)).toEqual(["2001:db8:7:1:a::b"]);
  });
});

test("forms are read where people sign in, and nowhere else", async () => {
  const front = await open();
  const body = new URLSearchParams({ leaseId: randomUUID(), product: "cad", user: "asmith", device: "pc-1" });
  const answer = await fetch(`${front.url}/api/v1/checkouts`, { method: "POST", body });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ code: "message_invalid" });
});

test("a page elsewhere changes nothing, even where nobody has to say who he is", async () => {
  const front = await open();
  const answer = await fetch(`${front.url}/api/v1/checkouts`, {
    method: "POST",
    headers: { origin: "https://evil.example", "content-type": "application/json" },
    body: JSON.stringify({ leaseId: randomUUID(), product: "cad", user: "asmith", device: "pc-1" }),
  });
  expect(answer.status).toBe(403);
});

test("pages run nothing but the daemon's own files, and are in nobody's frame", async () => {
  const front = await open();
  for (const path of ["/", "/sign-in", "/nowhere"]) {
    const { headers } = await fetch(front.url + path, { headers: { accept: "text/html" } });
    const policy = headers.get("content-security-policy")!;
    for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"]) {
      expect(policy).toContain(part);
    }
    expect(policy).not.toMatch(/unsafe|upgrade-insecure/);
    expect(headers.get("strict-transport-security")).toBe(null);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  }
});
