import { expect, test } from "vitest";
import { ORGANISATION, registerOf, told } from "../support/registers.ts";

const after = (text: string) => told(ORGANISATION + text);

test("a prefix belongs to one site, however it is written; nested ones are fine", () => {
  const sites = (one: string, other: string) =>
    after(`sites:\n  a: { networks: ["${one}"] }\n  b: { networks: ["${other}"] }\n`);

  expect(sites("10.0.0.0/8", "10.20.0.0/16")).toEqual([]);
  expect(sites("10.0.0.0/8", "10.0.0.0/8")).toEqual(["4:19 10.0.0.0/8 belongs to the site a already"]);
  expect(sites("2001:db8::/32", "2001:0DB8:0::/32")).toEqual(["4:19 2001:0DB8:0::/32 belongs to the site a already"]);
  expect(sites("10.0.0.0/8", "::ffff:10.0.0.0/104")).toHaveLength(1);
});

test.each([
  ["10.1.2.3", "is an address without a prefix: write 10.1.2.3/32"],
  ["2001:db8::1", "is an address without a prefix: write 2001:db8::1/128"],
  ["10.20.1.0/16", "has bits beyond its prefix: write 10.20.0.0/16, or a longer prefix"],
  ["2001:db8:1::/32", "has bits beyond its prefix: write 2001:db8::/32, or a longer prefix"],
  ["10.0/8", "is no network: one is written 10.10.0.0/16 or 2001:db8:20::/48"],
  ["010.0.0.0/8", "is no network: one is written 10.10.0.0/16 or 2001:db8:20::/48"],
  ["10.0.0.0/33", "is no network: one is written 10.10.0.0/16 or 2001:db8:20::/48"],
  ["10.0.0.0/255.0.0.0", "is no network: one is written 10.10.0.0/16 or 2001:db8:20::/48"],
])("%s is no network of a site", (network, mistake) => {
  expect(after(`sites:\n  a: { networks: ["${network}"] }\n`)).toEqual([`3:19 ${mistake}`]);
});

test("a product names pools that exist, each once", () => {
  expect(after("products: { cad: { owner: a, pools: [cad, cad, other] } }\npools: { cad: {} }\n")).toEqual([
    "2:43 cad is asked already: leave one of them out",
    "2:48 there is no pool other",
  ]);
  expect(after("products: { cad: { owner: a, pools: [] } }\n")).toEqual(["2:37 must not be empty"]);
});

test("sites and groups that a pool names exist; elsewhere always does", () => {
  expect(
    after(`sites: { depot: { networks: [10.0.0.0/8] } }
groups: { planning: { members: [asmith] } }
pools:
  cad:
    sites: { elsewhere: { seats: 0 }, deopt: { seats: 1 } }
    onlySites: [depot, elsewhere, home]
    allow: [site:elsewhere, site:hoem, group:planning, user:Anyone]
    deny: [group:contractors, network:10.1.0.0/16, device:PC-1]
`),
  ).toEqual([
    '6:39 is no site of this register; did you mean "depot"?',
    "7:35 there is no site home",
    "8:29 there is no site hoem",
    "9:12 there is no group contractors",
  ]);
});

test.each([
  ["planning", /is no rule: one begins with user:, group:, device:, site:, network: as in group:planning$/],
  ["gruop:planning", /is no rule: .*; did you mean "group"\?$/],
  ["user:", /names nobody after the colon$/],
  ["network:10.1.2.3", /10\.1\.2\.3 is an address without a prefix: write 10\.1\.2\.3\/32$/],
  ["user:a\\u202eb", /holds control or invisible characters$/],
])("%s is no rule", (rule, mistake) => {
  expect(after(`pools: { cad: { allow: ["${rule}"] } }`)).toEqual([expect.stringMatching(mistake)]);
});

test("rules keep what they name, people and devices without regard to case", () => {
  const { register } = registerOf(
    `${ORGANISATION}pools: { cad: { allow: ["user:ASmith", "device: PC-12", "network:2001:db8::/32"] } }`,
  );
  expect(register.pools.cad?.allow).toEqual([
    { kind: "user", value: "asmith" },
    { kind: "device", value: "pc-12" },
    { kind: "network", value: "2001:db8::/32" },
  ]);
});

test("names are told apart without regard to case, aliases included", () => {
  expect(
    after(`products:
  AutoCAD: { owner: a, pools: [cad] }
  autocad: { owner: a, pools: [cad] }
  revit: { owner: a, pools: [cad], aliases: [ACAD, Revit] }
  other: { owner: a, pools: [cad], aliases: [acad, "two words"] }
pools:
  cad: {}
  lt: { aliases: [CAD] }
`),
  ).toEqual([
    "4:3 is taken by products.AutoCAD already; case does not count",
    '5:52 "Revit" is taken by products.revit already; case does not count',
    '6:46 "acad" is taken by products.revit already; case does not count',
    '6:52 "two words" is no name: one is up to 64 letters, digits, dots, dashes and underscores',
    '9:19 "CAD" is taken by pools.cad already; case does not count',
  ]);
});

test("a badly named pool is looked into all the same", () => {
  expect(after('pools:\n  "a b": { tll: 5 }\n')).toHaveLength(2);
});

test("names that mean something already are reserved", () => {
  expect(after("pools: { none: {} }\n")).toEqual(["2:10 stands for launches without a pool: choose another name"]);
  expect(after("sites: { Elsewhere: { networks: [10.0.0.0/8] } }\n")).toEqual([
    "2:10 is built in, for addresses in no network: leave it out, or choose another name",
  ]);
});

test("a FlexNet feature is counted for one product", () => {
  expect(
    after(`products:
  a: { owner: x, pools: [p], flexnet: [ACAD_F] }
  b: { owner: x, pools: [p], flexnet: [ACAD_F] }
pools: { p: {} }
`),
  ).toEqual(["4:40 ACAD_F is counted for a already"]);
});

test("an entitlement does not end before it starts, and may last one day", () => {
  const entitlement = (ends: string) =>
    after(`pools: { p: { entitlements: [{ reference: A, seats: 1, starts: 2026-04-01, ends: ${ends} }] } }`);

  expect(entitlement("2026-04-01")).toEqual([]);
  expect(entitlement("2026-03-31")).toEqual(["2:82 is before it starts, 2026-04-01"]);
  expect(entitlement("9999-12-31")).toEqual(["2:82 is too far away: for no end, leave the key out"]);
});

test("a ttl holds three heartbeats; where only it is written, a heartbeat comes every third of it", () => {
  const lease = (written: string) => `${ORGANISATION}pools: { p: { lease: { ${written} } } }`;
  const times = (written: string) => {
    const { ttlMs, heartbeatEveryMs } = registerOf(lease(written)).register.pools.p!;
    return [ttlMs, heartbeatEveryMs];
  };

  expect(times("ttl: 30s")).toEqual([30_000, 10_000]);
  expect(times("ttl: 2m, heartbeatEvery: 30s")).toEqual([120_000, 30_000]);
  expect(told(lease("ttl: 30s, heartbeatEvery: 11s"))).toEqual([
    "2:50 is too seldom: ttl is 30s, and must be 33s or more, three heartbeats",
  ]);
  expect(told(lease("heartbeatEvery: 30s"))).toEqual([
    "2:40 is too seldom: ttl is 60s, and must be 90s or more, three heartbeats",
  ]);
  expect(told(lease("ttl: 2s"))).toEqual(["2:29 must be from 3s to 1d"]);
  expect(told(lease("ttl: 60"))).toEqual(["2:29 is no length of time: one is written 90s, 30m, 8h or 14d"]);
  expect(told(lease("ttl: 60 s"))).toEqual(["2:29 is no length of time: one is written 90s, 30m, 8h or 14d"]);
});

test("session stands alone in seatFor, and no part stands twice", () => {
  expect(after("pools: { p: { seatFor: [session, user] } }")).toEqual([
    "2:24 session stands alone: a seat for each launch is shared by none",
  ]);
  expect(after("pools: { p: { seatFor: [user, user] } }")).toEqual(["2:24 names the same part twice"]);
  expect(after("pools: { p: { seatFor: [usr] } }")).toEqual([
    '2:25 must be user or device or session; did you mean "user"?',
  ]);
});

test("a proxy is believed only where it is said which", () => {
  expect(after("behindProxy: true\n")).toEqual([
    "2:1 needs trustedProxies: without them every launch would seem to come from the proxy",
  ]);
  expect(after("behindProxy: true\ntrustedProxies: [10.0.0.5/32]\n")).toEqual([]);
});

test("computers come in by one way at least, and show certificates only to a daemon that ends TLS itself", () => {
  expect(after("access: { shims: {} }\n")).toEqual([
    "2:11 lets nobody in: add enrolment, certificateAuthority or tokensFile",
  ]);
  expect(after("access: { shims: { enrolment: false } }\n")).toEqual(["2:31 must be true, or left out"]);
  expect(after("access: { shims: { certificateAuthority: ca.pem } }\n")).toEqual([
    expect.stringMatching(/^2:20 needs tls/),
  ]);
  const tls = "tls: { certificateFile: cert.pem, keyFile: key.pem }\n";
  expect(after(`access: { shims: { enrolment: true, certificateAuthority: ca.pem } }\n${tls}`)).toEqual([]);
});

test("what is no mistake and seldom meant is a warning", () => {
  const { warnings } = registerOf(`${ORGANISATION}pools:\n  spare: {}\ngroups:\n  nobody: { department: None }\n`);

  expect(warnings.map(({ line, message }) => `${line} ${message}`)).toEqual([
    "3 no product takes seats of this pool",
    "3 has no entitlements, and so no seats",
    "5 has no members",
  ]);
});
