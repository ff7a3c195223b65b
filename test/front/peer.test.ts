import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { furthestKnown } from "../../daemon/front/peer.ts";
import { type Front, openFront } from "../support/front.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

describe("where somebody is", () => {
  const proxies = ["10.0.0.0/8", "2001:db8:1::/48"];
  test.each([
    ["without a proxy, whom the connection is with", "192.0.2.1", "", "192.0.2.1"],
    ["not what somebody says of himself", "192.0.2.1", "198.51.100.9", "192.0.2.1"],
    ["what a trusted proxy says", "10.0.0.5", "198.51.100.9", "198.51.100.9"],
    ["behind two proxies", "10.0.0.5", "198.51.100.9, 10.0.0.6", "198.51.100.9"],
    ["the right-most hop that is not trusted", "10.0.0.5", "203.0.113.7, 198.51.100.9", "198.51.100.9"],
    ["the last known hop where a header is made up", "10.0.0.5", "198.51.100.9, nonsense, 10.0.0.6", "10.0.0.6"],
    ["the proxy, where its header is empty", "10.0.0.5", "", "10.0.0.5"],
    ["the left-most hop where all are trusted", "10.0.0.5", "10.0.0.7, 10.0.0.6", "10.0.0.7"],
    ["an address whose port is written too", "10.0.0.5", "198.51.100.9:4711", "198.51.100.9"],
    ["an IPv6 address whose port is written too", "2001:db8:1::5", "[2001:db8:2::9]:4711", "2001:db8:2::9"],
    ["an IPv4 proxy as a socket of both families names it", "::ffff:10.0.0.5", "198.51.100.9", "198.51.100.9"],
  ])("%s", (_what, peer, forwarded, expected) => {
    expect(furthestKnown(peer, forwarded, proxies)).toBe(expected);
  });
});

describe("a launch counts at the site", () => {
  const sites = "sites: { depot: { networks: [198.51.100.0/24] }, here: { networks: [127.0.0.0/8] } }";
  let redis: TestRedis;
  let plain: Front;
  let proxied: Front;
  beforeAll(async () => {
    redis = await startRedis();
    plain = await openFront({ redis, register: sites });
    proxied = await openFront({ redis, register: `${sites}\ntrustedProxies: [127.0.0.1/32]` });
  });
  afterAll(async () => {
    await Promise.all([plain.close(), proxied.close()]);
    await redis.stop();
  });

  const headers = { "x-forwarded-for": "198.51.100.9", forwarded: "for=198.51.100.9", "x-real-ip": "198.51.100.9" };
  const sitesOf = async (front: Front) => {
    const shim = await front.connect({ headers });
    const { site } = await shim.greet();
    const { site: granted } = await shim.checkout();
    await shim.close();
    const answer = await fetch(`${front.url}/api/v1/checkouts`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({ leaseId: randomUUID(), product: "cad", user: "asmith", device: "pc-1" }),
    });
    return [site, granted, ((await answer.json()) as { site: string }).site];
  };

  test("of the peer, whatever headers say, at either door", async () => {
    expect(await sitesOf(plain)).toEqual(["here", "here", "here"]);
  });

  test("that a trusted proxy names, at either door", async () => {
    expect(await sitesOf(proxied)).toEqual(["depot", "depot", "depot"]);
  });
});
