import fc from "fast-check";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { mistakesAsText, readRegister } from "../../daemon/register/read.ts";
import { textOf } from "../support/source.ts";

const EXAMPLE = textOf("seatmeter.example.yaml");
/** One that uses every section, so that what is mutated lies everywhere. */
const RICH = `
organisation: Exampleshire
revision: 3
workingHours: Mon-Fri 08:00-18:00
holidays: [2026-12-25]
sites: { depot: { name: Depot, networks: [10.0.0.0/8, "2001:db8::/32"] } }
groups:
  cad:
    department: Planning
    members: [a, { user: b, department: Roads, contractEnds: 2029-01-01, from: 2020-01-01, until: 2029-01-01 }]
    membersFile: cad.csv
    directory:
      url: ldap://dc1
      base: DC=x
      filter: (uid=*)
      refresh: 1h
      bindDn: CN=a
      passwordFile: password.txt
      startTls: true
      certificateAuthorityFile: ca.pem
      userAttribute: uid
      departmentAttribute: department
      contractEndsAttribute: accountExpires
devices: { PC-1: { retired: true, note: n }, PC-2: { retired: 2029-01-01 } }
products:
  cad:
    owner: cad@example.org
    versions: { current: "2026", previous: "2025", required: true, exceptions: [{ version: "9", until: 2026-01-01, reason: r }] }
    executables: [cad.exe]
    flexnet: [CAD_F]
    pools: [cad, { pool: named, seats: 2 }]
    permittedUse: { text: t, attest: true }
    onDenied: tell
    onReclaimed: close
    aliases: [acad]
pools:
  cad:
    seatFor: [user]
    sites: { depot: { seats: 2 } }
    onlySites: [depot, elsewhere]
    allow: ["group:cad", "network:10.0.0.0/8"]
    deny: ["user:x"]
    lease: { ttl: 60s, heartbeatEvery: 20s }
    metric: concurrent
    sharedBy: 3
    limits: [{ group: cad, seats: 2 }, { user: a, seats: 1 }, { device: PC-1, seats: 1 }, { each: user, seats: 1 }]
    reservations: [{ group: cad, seats: 1, from: 2020-01-01, until: 2029-01-01 }]
    overdraft: { seats: 1, days: 14 }
    linger: 5m
    queue: { maxWait: 30m }
    idle: { after: 45m, then: reclaim, countdown: 5m }
    borrow: { maxDays: 14, seats: 1, keepFree: 1 }
    enforcement: enforce
    breakGlass: { groups: [cad], perUserPerMonth: 1 }
    entitlements: [{ reference: R, seats: 3, starts: 2020-01-01, ends: 2029-01-01, notice: 90d }]
    aliases: [acad-pool]
  named: { metric: named-user, holdDays: 90 }
access: { people: { tokensFile: people.txt } }
tls: { certificateFile: cert.pem, keyFile: key.pem }
trustedProxies: [10.0.0.1/32]
behindProxy: true
limits: { leasesPerDevice: 9 }
`;

const read = (text: string) => readRegister(text, { readFile: () => "user,department\nasmith,Planning\n" });

/** Either a register, or mistakes that each say where and what. Whatever zod itself would say is not for people. */
function isAnswered(text: string): void {
  const answer = read(text);
  if (!("mistakes" in answer)) return;
  expect(answer.mistakes).not.toEqual([]);
  const lines = text.split("\n").length;
  for (const { line, column, message } of answer.mistakes) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(message).not.toMatch(/^$|undefined|Invalid (input|option|string)|Too (big|small)|received/);
  }
  expect(mistakesAsText("seatmeter.yaml", answer.mistakes)).not.toContain("[object");
}

const leaf = fc.oneof(
  fc.constantFrom(
    null,
    true,
    -1,
    1.5,
    "",
    "none",
    "elsewhere",
    "__proto__",
    "constructor",
    "2026-02-30",
    "60s",
    "\ud800",
  ),
  fc.string({ unit: "grapheme" }),
  fc.double(),
);
const anything = fc.oneof(
  leaf,
  fc.array(leaf),
  fc.dictionary(fc.string(), leaf),
  fc.anything({ maxDepth: 4 }).map(plain),
);

/** What YAML can write down. */
function plain(value: unknown) {
  try {
    return parse(stringify(value, { aliasDuplicateObjects: false })) as unknown;
  } catch {
    return null;
  }
}

const KEYS = [...new Set([...RICH.matchAll(/(\w+):/g)].map(([, key]) => key!))];

test("the register that is changed here is one", () => {
  expect(read(RICH)).not.toHaveProperty("mistakes");
});

test("whatever lies at the top of the file is a register or told as a mistake with its place", () => {
  fc.assert(
    fc.property(fc.oneof(anything, fc.dictionary(fc.constantFrom(...KEYS), anything)), (value) => {
      isAnswered(stringify(value));
    }),
    { numRuns: 200 },
  );
});

test("whatever stands in place of a part of a register is told as a mistake with its place", () => {
  const places = placesIn(parse(RICH));
  fc.assert(
    fc.property(fc.constantFrom(...places), anything, (place, value) => {
      const register = parse(RICH);
      const above = place.slice(0, -1).reduce((part, step) => part[step], register);
      above[place.at(-1)!] = value;
      isAnswered(stringify(register));
    }),
    { numRuns: 200 },
  );
});

test("whatever happens to the text of a register, it is answered", () => {
  const change = fc.record({
    at: fc.nat(EXAMPLE.length),
    drop: fc.nat(30),
    put: fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom("- ", "? ", ": ", "{", "[", "&a ", "*a", "!!set ", "|\n", "\t", "<<: "),
    ),
  });
  fc.assert(
    fc.property(fc.constantFrom(EXAMPLE, RICH), fc.array(change, { minLength: 1, maxLength: 4 }), (text, changes) =>
      isAnswered(changes.reduce((now, { at, drop, put }) => now.slice(0, at) + put + now.slice(at + drop), text)),
    ),
    { numRuns: 200 },
  );
});

/** Every mapping's value and every list's item. */
function placesIn(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== "object" || value === null) return [];
  const steps = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return steps.flatMap((step) => {
    const place = [...path, step];
    return [place, ...placesIn((value as Record<string | number, unknown>)[step], place)];
  });
}
