import fc from "fast-check";
import { expect, test } from "vitest";
import { ELSEWHERE } from "../../daemon/domain/names.ts";
import { networkContains, networkMistake, siteFinder, subscriberOf } from "../../daemon/domain/site.ts";

const siteOf = siteFinder({
  county: { name: "County", networks: ["10.0.0.0/8", "2001:db8::/32"] },
  depot: { name: "Depot", networks: ["10.20.0.0/16", "2001:db8:20::/48"] },
  workshop: { name: "Workshop", networks: ["10.20.7.0/24", "10.20.9.9/32"] },
  here: { name: "Here", networks: ["127.0.0.0/8", "::1/128"] },
});

test.each([
  ["10.99.0.1", "county"],
  ["10.20.0.1", "depot"],
  ["10.20.7.255", "workshop"],
  ["10.20.8.0", "depot"],
  ["10.20.9.9", "workshop"],
  ["10.20.9.8", "depot"],
  ["9.255.255.255", ELSEWHERE],
  ["11.0.0.0", ELSEWHERE],
  ["2001:db8:20::1", "depot"],
  ["2001:DB8:0021::1", "county"],
  ["2001:db9::1", ELSEWHERE],
  ["::1", "here"],
  ["::2", ELSEWHERE],
])("%s is at %s, by the longest prefix", (address, site) => {
  expect(siteOf(address)).toBe(site);
});

test("an IPv4 address inside IPv6 is where the IPv4 address is", () => {
  expect(siteOf("::ffff:10.20.7.1")).toBe("workshop");
  expect(siteOf("::ffff:0a14:0701")).toBe("workshop");
  expect(siteFinder({ a: { name: "A", networks: ["::ffff:10.0.0.0/104"] } })("10.1.2.3")).toBe("a");
  expect(siteFinder({ all: { name: "All", networks: ["::/0"] } })("10.1.2.3")).toBe(ELSEWHERE);
});

test("the zone of a link-local address does not matter", () => {
  const linkLocal = siteFinder({ floor: { name: "Floor", networks: ["fe80::/10"] } });
  expect(linkLocal("fe80::1%eth0")).toBe("floor");
});

test.each([
  "",
  "localhost",
  "10.20",
  "10.20.7",
  "010.020.007.001",
  "0x0a140701",
  "10.20.7.1:4242",
  "10.20.7.256",
  "[::1]",
])("text that is no address is elsewhere: %j", (text) => {
  expect(siteOf(text)).toBe(ELSEWHERE);
});

test("a network of everything takes what no other has", () => {
  const find = siteFinder({
    all: { name: "All", networks: ["0.0.0.0/0", "::/0"] },
    depot: { name: "Depot", networks: ["10.20.0.0/16"] },
  });
  expect([find("10.20.1.1"), find("8.8.8.8"), find("2001:db8::1"), find("nowhere")]).toEqual([
    "depot",
    "all",
    "all",
    ELSEWHERE,
  ]);
});

test("networks without a site are nobody's", () => {
  expect(siteFinder({})("10.0.0.1")).toBe(ELSEWHERE);
});

test.each([
  ["10.0.0.0/8", "10.255.0.1", true],
  ["10.0.0.0/8", "11.0.0.1", false],
  ["10.0.0.0/8", "::ffff:10.0.0.1", true],
  ["2001:db8::/32", "2001:db8:1::1", true],
  ["0.0.0.0/0", "2001:db8::1", false],
  ["10.0.0.0/8", "a00::1", false],
  ["10.0.0.0/8", "ten", false],
  ["ten", "10.0.0.1", false],
])("%s contains %s: %s", (network, address, contained) => {
  expect(networkContains(network, address)).toBe(contained);
});

test("whether a network contains an address agrees with arithmetic on its number", () => {
  const number = (address: string) => address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  fc.assert(
    fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (one, other, bits) => {
      const size = 2 ** (32 - bits);
      const expected = Math.floor(number(one) / size) === Math.floor(number(other) / size);
      expect(networkContains(`${one}/${bits}`, other)).toBe(expected);
    }),
  );
});

test("what is meant by a network that is none is another network", () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), (address, bits) => {
      const meant = networkMistake(`${address}/${bits}`)?.match(/write (\S+),/)?.[1] ?? `${address}/${bits}`;
      expect(networkMistake(meant)).toBeUndefined();
      expect(networkContains(meant, address)).toBe(true);
    }),
  );
});

test.each([
  ["2001:db8:7:1::1", "2001:db8:7:1:ffff:ffff:ffff:ffff", true],
  ["2001:db8:7:1::1", "2001:DB8:7:0001:0::5%eth0", true],
  ["2001:db8:7:1::1", "2001:db8:7:2::1", false],
  ["192.0.2.7", "::ffff:192.0.2.7", true],
  ["192.0.2.7", "::ffff:c000:207", true],
  ["192.0.2.7", "192.0.2.8", false],
  ["::ffff:192.0.2.7", "::ffff:192.0.2.8", false],
  ["::ffff:192.0.2.7", "::1", false],
  ["", "::1", false],
  ["", "", true],
])("whoever has the address %s has %s too: %s", (one, other, isSame) => {
  expect(subscriberOf(one) === subscriberOf(other)).toBe(isSame);
});
