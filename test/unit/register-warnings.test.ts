import { describe, expect, test } from "vitest";
import { readRegister } from "../../daemon/register/read.ts";
import { ORGANISATION } from "../support/registers.ts";

const NOW_MS = Date.parse("2026-06-15T12:00:00Z");

/** `line:column path message` each, as they are on 15 June 2026. */
function warnings(text: string, files: Record<string, string> = {}): string[] {
  const read = readRegister(ORGANISATION + text, { files }, NOW_MS);
  if ("mistakes" in read) throw new Error(JSON.stringify(read.mistakes));
  return read.warnings.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`);
}

const SEATS = "entitlements: [{ reference: A, seats: 10, starts: 2026-01-01 }]";
/** A pool of ten seats whose rules stand in line 5, from column 10 on. */
const pool = (rules: string, sections = "groups: { cad: { members: [a] } }\n", entitlements = SEATS) =>
  warnings(`sites: { here: { networks: [10.0.0.0/8] } }
products: { p: { owner: me, pools: [pool] } }
pools:
  pool: { ${rules}${rules ? "," : ""}
    ${entitlements} }
${sections}`);

test("a register that can work has no warnings", () => {
  expect(pool("reservations: [{ group: cad, seats: 10 }], limits: [{ each: user, seats: 9 }]")).toEqual([]);
});

test("a pool that no product uses, one without entitlements, and a group without members are told", () => {
  expect(warnings("pools:\n  spare: {}\ngroups:\n  nobody: { department: None }\n")).toEqual([
    "3:3 pools.spare no product takes seats of this pool",
    "3:3 pools.spare has no entitlements, and so no seats",
    "5:3 groups.nobody has no members",
  ]);
});

describe("groups", () => {
  const group = (members: string) => warnings(`groups:\n  g: { ${members} }\n`);
  const left = "3:3 groups.g has no members left: all have gone, or their contracts have ended";

  test("one whose members have all gone, or whose contracts have ended, is as good as empty", () => {
    expect(group("members: [{ user: a, until: 2026-06-14 }, { user: b, contractEnds: 2026-06-14 }]")).toEqual([left]);
    expect(group("members: [{ user: a, until: 2026-06-15 }]")).toEqual([]);
    expect(group("members: [{ user: a, contractEnds: 2026-06-15 }]")).toEqual([]);
    expect(group("members: [{ user: a, from: 2027-01-01 }]")).toEqual([]);
  });

  test("so is one whose file names nobody", () => {
    expect(warnings("groups:\n  g: { membersFile: g.csv }\n", { "g.csv": "user\n" })).toEqual([
      "3:3 groups.g has no members",
    ]);
  });

  test("one whose directory was not read yet is not, and one that has lost all of its members is", () => {
    const text = "groups:\n  g: { directory: { url: ldap://localhost, base: dc=x, filter: (uid=*) } }\n";
    expect(warnings(text)).toEqual([]);
    expect(warnings(text, { "directory:g": "user,until\na,2026-06-14\n" })).toEqual([left]);
  });

  test("whose contract has ended and who stands elsewhere without a day may go on, which is told without a name", () => {
    const text = `groups:
  contractors: { members: [{ user: a, contractEnds: 2026-06-14 }, { user: b, contractEnds: 2026-06-14 }, c] }
  staff: { members: [A] }
`;
    const [warning] = warnings(text);
    expect(warning).toMatch(
      /^3:3 groups\.contractors one member whose contract has ended is named without contractEnds/,
    );
    expect(warnings(text.replace("[A]", "[{ user: a, until: 2026-06-14 }]"))[0]).toMatch(
      /^4:3 groups.staff has no members/,
    );
    expect(warnings(text.replace("[A]", "[A, B]"))[0]).toContain("2 members whose contracts have ended are named");
  });

  test("one from a directory that anybody on the way could change is told", () => {
    const asked = (url: string) =>
      warnings(`groups:\n  g: { directory: { url: ${url}, base: dc=x, filter: (uid=*) } }\n`);
    expect(asked("ldap://dc1")).toEqual([
      "3:26 groups.g.directory.url has no TLS: whoever is on the way could put people into the group; write ldaps://, or add startTls: true",
    ]);
    for (const url of ["ldaps://dc1", "ldap://127.0.0.1", "ldap://dc1, startTls: true"]) expect(asked(url)).toEqual([]);
  });

  test("a revision of one's own is overtaken by each change in a directory", () => {
    const text = "revision: 3\ngroups:\n  g: { directory: { url: ldap://localhost, base: dc=x, filter: (uid=*) } }\n";
    expect(warnings(text)).toEqual([
      "2:1 revision is overtaken whenever somebody joins or leaves a directory's group: leave it out",
    ]);
  });
});

describe("reservations", () => {
  const two = (one: string, other: string) =>
    `reservations: [{ group: cad, seats: 6${one} }, { group: cad, seats: 5${other} }]`;

  test("that together exceed the capacity are scaled down: from when, and by how many", () => {
    expect(pool(two("", ""))).toEqual([
      "5:11 pools.pool.reservations keep 11 seats now, and the pool has 10: they are scaled down, 1 fewer are kept",
    ]);
    expect(pool(two(", from: 2026-07-01", ", from: 2026-08-01, until: 2026-08-31"))).toEqual([
      "5:11 pools.pool.reservations keep 11 seats from 2026-08-01 on, and the pool has 10: they are scaled down, 1 fewer are kept",
    ]);
  });

  test("that follow each other, or are over, do not add up", () => {
    expect(pool(two(", until: 2026-07-31", ", from: 2026-08-01"))).toEqual([]);
    expect(pool(two(", until: 2026-06-14", ""))).toEqual([]);
  });

  test("exceed what is left when an entitlement ends, and nothing when all have ended", () => {
    const fewer =
      "entitlements: [{ reference: A, seats: 10, starts: 2026-01-01, ends: 2026-12-31 }, { reference: B, seats: 4, starts: 2026-01-01 }]";
    const keep = "reservations: [{ group: cad, seats: 6 }]";
    expect(pool(keep, undefined, fewer)).toEqual([
      "5:11 pools.pool.reservations keep 6 seats from 2027-01-01 on, and the pool has 4: they are scaled down, 2 fewer are kept",
    ]);
    expect(pool(keep, undefined, SEATS.replace("01-01 }", "01-01, ends: 2026-03-31 }"))).toEqual([]);
  });

  test("of a group that deny refuses or allow does not admit", () => {
    const keep = "reservations: [{ group: cad, seats: 1 }], ";
    const groups = "groups: { cad: { members: [a] }, all: { members: [A, b] }, others: { members: [b] } }\n";
    const told = (rules: string) => pool(keep + rules, groups);

    expect(told('deny: ["group:CAD"]'.replace("CAD", "cad"))).toEqual([
      "5:26 pools.pool.reservations[0] keeps seats for the group cad, which deny[0] refuses",
    ]);
    expect(told('allow: ["group:others", "user:c"]')).toEqual([
      "5:26 pools.pool.reservations[0] keeps seats for the group cad, which allow does not admit",
    ]);
    for (const rule of ["group:cad", "group:all", "user:A", "site:here", "device:pc-1", "network:10.0.0.0/8"])
      expect(told(`allow: ["group:others", "${rule}"]`)).toEqual([]);
  });
});

test.each([
  [
    'allow: ["user:a", "group:cad"], deny: ["group:cad"]',
    "allow[1] has no effect: deny[0] says the same, and deny beats allow",
  ],
  [
    'allow: ["user:Zoë"], deny: ["user:b", "user:zoë"]',
    "allow[0] has no effect: deny[1] says the same, and deny beats allow",
  ],
  [
    'allow: ["network:2001:db8::/32"], deny: ["network:2001:0db8::/32"]',
    "allow[0] has no effect: deny[0] says the same, and deny beats allow",
  ],
  [
    "limits: [{ user: a, seats: 1 }, { user: A, seats: 2 }]",
    "limits[1] is for the same user as limits[0]: leave one of them out",
  ],
  [
    "limits: [{ device: a, seats: 1 }, { user: a, seats: 1 }, { device: A, seats: 2 }]",
    "limits[2] is for the same device as limits[0]: leave one of them out",
  ],
  [
    "limits: [{ each: user, seats: 1 }, { each: user, seats: 2 }]",
    "limits[1] is for the same each as limits[0]: leave one of them out",
  ],
  [
    "limits: [{ each: user, seats: 10 }]",
    "limits[0] never decides: each user may have 10, and the pool has 10 seats at most",
  ],
  [
    "limits: [{ each: device, seats: 12 }], overdraft: { seats: 2 }",
    "limits[0] never decides: each device may have 12, and the pool has 12 seats at most",
  ],
  ["sites: { here: { seats: 10 } }", "sites.here never decides: the pool has 10 seats at most"],
  [
    "sites: { here: { seats: 2 } }, onlySites: [elsewhere]",
    "sites.here never decides: it is not among onlySites, so everybody there is refused",
  ],
  [
    "enforcement: observe, overdraft: { seats: 1 }",
    "overdraft never decides: with enforcement: observe nobody is denied",
  ],
  [
    "enforcement: observe, breakGlass: { groups: [cad] }",
    "breakGlass never decides: with enforcement: observe nobody is denied",
  ],
  ["metric: site", "metric never runs out anywhere: say in onlySites where it may be used"],
  [
    "metric: site, onlySites: [here], overdraft: { seats: 1 }",
    "overdraft has no effect: with the metric site there are always seats",
  ],
  [
    "metric: site, onlySites: [here], queue: { maxWait: 5m }",
    "queue has no effect: with the metric site there are always seats",
  ],
  [
    "metric: site, onlySites: [here], reservations: [{ group: cad, seats: 99 }]",
    "reservations has no effect: with the metric site there are always seats",
  ],
  [
    "borrow: { maxDays: 14, keepFree: 10 }",
    "borrow.keepFree lets nobody borrow: the pool has 10 seats at most, and all are kept free",
  ],
  ["borrow: { maxDays: 14, seats: 0 }", "borrow.seats lets nobody borrow: to have that, leave borrow out"],
])("of a pool, { %s } is told", (rules, message) => {
  expect(pool(rules).map((line) => line.replace(/^5:\d+ pools\.pool\./, ""))).toEqual([message]);
});

test("what decides by one seat is not told", () => {
  for (const rules of [
    "limits: [{ each: user, seats: 9 }, { each: device, seats: 9 }, { group: cad, seats: 10 }]",
    "limits: [{ each: user, seats: 11 }], overdraft: { seats: 2 }",
    "sites: { here: { seats: 9 } }, onlySites: [here]",
    "borrow: { maxDays: 14, keepFree: 9, seats: 1 }",
    'allow: ["user:a"], deny: ["device:a", "site:here"]',
  ])
    expect(pool(rules), rules).toEqual([]);
});

test("a seat that is bought for next year counts as a seat", () => {
  const later = "entitlements: [{ reference: A, seats: 20, starts: 2027-01-01 }]";
  expect(pool("sites: { here: { seats: 10 } }", undefined, later)).toEqual([]);
  expect(pool("sites: { here: { seats: 20 } }", undefined, later)).toHaveLength(1);
});

test("a limit, a reservation or a break-glass of a group in which nobody is says so", () => {
  const rules =
    "limits: [{ group: nobody, seats: 1 }], reservations: [{ group: nobody, seats: 1 }], breakGlass: { groups: [cad, nobody] }";
  expect(pool(rules, "groups: { cad: { members: [a] }, nobody: {} }\n")).toEqual([
    "5:20 pools.pool.limits[0] limits nobody: nobody has no members",
    "5:65 pools.pool.reservations[0] keeps seats for nobody: nobody has no members",
    "5:123 pools.pool.breakGlass.groups[1] lets nobody launch: nobody has no members",
    "7:34 groups.nobody has no members",
  ]);
});

test("a computer that allow names and that is retired is told, from its day on", () => {
  const allowed = (retired: string) => pool('allow: ["device:pc-1"]', `devices: { PC-1: { ${retired} } }\n`);
  const told = ["5:19 pools.pool.allow[0] has no effect: this computer is retired, as devices says"];

  expect(allowed("retired: true")).toEqual(told);
  expect(allowed("retired: 2026-06-15")).toEqual(told);
  expect(allowed("retired: 2026-06-16")).toEqual([]);
  expect(allowed("note: new")).toEqual([]);
});

const products = (first: string, second: string) =>
  warnings(`products:
  p: { owner: me, pools: [first, second] }
pools:
  first: { ${first} ${SEATS} }
  second: { ${second} ${SEATS} }
`);

test("a pool behind one that never runs out is never asked", () => {
  expect(products("metric: site, onlySites: [elsewhere],", "")).toEqual([
    "3:34 products.p.pools[1] is never asked: first before it has the metric site, and never runs out",
  ]);
  expect(products("", "metric: site, onlySites: [elsewhere],")).toEqual([]);
});

test("a queue at a pool that is no product's first is never joined", () => {
  expect(products("queue: { maxWait: 5m },", "queue: { maxWait: 5m },")).toEqual([
    "6:13 pools.second.queue is never joined: launches wait at a product's first pool, and this is none",
  ]);
});
