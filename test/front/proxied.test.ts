import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeCertificate } from "../support/certificate.ts";
import { type Front, openFront } from "../support/front.ts";
import { hasHaproxy, startHaproxy } from "../support/haproxy-headers.ts";
import { binaryHeader, lineHeader, startProxy } from "../support/proxy.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { TestShim } from "../support/test-shim.ts";

const SITES = `
sites:
  depot: { networks: [198.51.100.0/24, "2001:db8:20::/48"] }
  proxies: { networks: [127.0.0.1/32, 10.0.0.0/8] }
  strangers: { networks: [127.0.0.2/32] }
trustedProxies: [127.0.0.1/32, 10.0.0.5/32]
proxyProtocol: true`;

let redis: TestRedis;
let front: Front;
let secure: Front;
beforeAll(async () => {
  redis = await startRedis();
  front = await openFront({ redis, register: SITES, shims: true, people: true });
  const register = `${SITES}\ntls: { certificateFile: cert.pem, keyFile: key.pem }`;
  secure = await openFront({ redis, register, shims: true, people: true, prepare: makeCertificate });
});
afterAll(async () => {
  await Promise.all([front.close(), secure.close()]);
  await redis.stop();
});

const shimToken = (of = front) => ({ authorization: `Bearer ${of.token("shim")}` });

/** Where a shim is counted that comes through a proxy. */
async function siteThrough(header: Buffer | string, headers: Record<string, string> = {}, of = front): Promise<string> {
  await using proxy = await startProxy(of.port, header);
  const ca = of === secure ? { ca: readFileSync(join(of.directory, "cert.pem")) } : {};
  const url = `${of === secure ? "https" : "http"}://127.0.0.1:${proxy.port}`;
  const shim = await TestShim.connect(url, { headers: { ...shimToken(of), ...headers }, ...ca });
  const { site } = await shim.greet("pc-1");
  await shim.close();
  return site;
}

describe("whoever comes through a trusted proxy is where the proxy's header says", () => {
  test.each([
    ["version 1", lineHeader("198.51.100.9"), "depot"],
    ["version 1, IPv6", lineHeader("2001:db8:20::9"), "depot"],
    ["version 2", binaryHeader("198.51.100.9"), "depot"],
    ["version 2, IPv6", binaryHeader("2001:db8:20::9"), "depot"],
    ["an IPv4 address written as IPv6", binaryHeader("::ffff:c633:6409"), "depot"],
    ["nowhere that is known", binaryHeader("203.0.113.7"), "elsewhere"],
    ["a proxy that speaks for itself", binaryHeader("198.51.100.9", { command: 0x20 }), "proxies"],
    ["a proxy that does not know", "PROXY UNKNOWN\r\n", "proxies"],
  ])("%s", async (_what, header, site) => {
    expect(await siteThrough(header)).toBe(site);
    expect(await siteThrough(header, {}, secure), "under TLS").toBe(site);
  });

  test("and not where they say themselves", async () => {
    const forged = { "x-forwarded-for": "198.51.100.9", forwarded: "for=198.51.100.9", "x-real-ip": "198.51.100.9" };
    expect(await siteThrough(lineHeader("203.0.113.7"), forged)).toBe("elsewhere");
  });

  test("and behind that proxy another that is trusted may say where", async () => {
    const told = { "x-forwarded-for": "192.0.2.1, 198.51.100.9" };
    expect(await siteThrough(lineHeader("10.0.0.5"), told)).toBe("depot");
    expect(await siteThrough(lineHeader("10.0.0.6"), told)).toBe("proxies");
  });
});

test.skipIf(!hasHaproxy)("as HAProxy writes it, of either version, at either door", async () => {
  for (const of of [front, secure]) {
    await using haproxy = await startHaproxy(of.port);
    const ca = of === secure ? { ca: readFileSync(join(of.directory, "cert.pem")) } : {};
    for (const port of Object.values(haproxy.ports)) {
      const url = `${of === secure ? "https" : "http"}://127.0.0.1:${port}`;
      const shim = await TestShim.connect(url, { headers: shimToken(of), localAddress: "127.0.0.2", ...ca });
      expect((await shim.greet("pc-1")).site).toBe("strangers");
      await shim.close();
    }
  }
});

/** What the daemon answers to a connection that begins with these bytes; empty: it ends it. */
async function answerTo(bytes: Buffer | string, localAddress: string): Promise<string> {
  const socket = connect({ port: front.port, host: "127.0.0.1", localAddress });
  socket.on("error", () => {});
  let answer = "";
  socket.setEncoding("latin1").on("data", (part) => {
    answer += part;
  });
  socket.write(bytes);
  await once(socket, "close");
  return answer;
}

const ASK = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";

describe("a forged header", () => {
  test.each([
    ["version 1", lineHeader("198.51.100.9")],
    ["version 2", binaryHeader("198.51.100.9")],
  ])("of somebody who is no trusted proxy is no HTTP, and believed by nobody: %s", async (_what, header) => {
    const whole = Buffer.concat([Buffer.from(header), Buffer.from(ASK)]);
    expect(await answerTo(whole, "127.0.0.2")).toMatch(/^HTTP\/1\.1 400 /);
    expect(await answerTo(whole, "127.0.0.1")).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("behind the proxy's own is no HTTP either", async () => {
    const twice = lineHeader("203.0.113.7") + lineHeader("198.51.100.9") + ASK;
    expect(await answerTo(twice, "127.0.0.1")).toMatch(/^HTTP\/1\.1 400 /);
  });
});

test("whoever is no proxy needs no header, and is where the connection comes from", async () => {
  const shim = await TestShim.connect(front.url, { headers: shimToken(), localAddress: "127.0.0.2" });
  expect((await shim.greet("pc-1")).site).toBe("strangers");
  await shim.close();
});

test("a trusted proxy that sends no header is not served: its word on whose it is would be missing", async () => {
  expect(await answerTo(ASK, "127.0.0.1")).toBe("");
});

test("a header and a request may come in pieces of any length", async () => {
  const whole = Buffer.from(lineHeader("198.51.100.9") + ASK);
  for (const cut of [1, 20, lineHeader("198.51.100.9").length - 1, lineHeader("198.51.100.9").length + 5]) {
    const socket = connect({ port: front.port, host: "127.0.0.1" }).setNoDelay();
    const answered = once(socket, "data");
    socket.write(whole.subarray(0, cut), () => socket.write(whole.subarray(cut)));
    expect(String((await answered)[0])).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
  }
});

test("a proxy on this machine brings the network with it, so nobody comes in unknown", async () => {
  const open = await openFront({ redis, register: SITES });
  await using proxy = await startProxy(open.port, lineHeader("198.51.100.9"));
  expect((await fetch(`http://127.0.0.1:${proxy.port}/api/v1/pools`)).status).toBe(401);
  await open.close();
});

test("a proxy that connected and said nothing yet keeps the daemon from nothing", async () => {
  const other = await openFront({ redis, register: SITES, shims: true, people: true });
  const silent = connect({ port: other.port, host: "127.0.0.1" });
  await once(silent, "connect");
  const ended = once(silent, "close");
  await other.close();
  await ended;
});

test("people's pages come through it under TLS, with a cookie bound to it", async () => {
  await using proxy = await startProxy(secure.port, binaryHeader("198.51.100.9"));
  const ca = readFileSync(join(secure.directory, "cert.pem"));
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const sent = httpsRequest(`https://127.0.0.1:${proxy.port}/sign-in`, { method: "POST", ca, headers });
  sent.end(new URLSearchParams({ token: secure.token("viewer") }).toString());
  const [answer] = await once(sent, "response");
  answer.resume();
  expect(answer.statusCode).toBe(303);
  expect(answer.headers["set-cookie"]?.[0]).toMatch(/^__Host-seatmeter=/);
});
