import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PURPOSE } from "../../daemon/domain/register.ts";
import { registerJsonSchema } from "../../daemon/register/schema.ts";
import { registerOf } from "../support/registers.ts";

/** The register that the project's papers show. */
const PAPER = `organisation: Exampleshire Council
timezone: Europe/London

sites:
  civic-centre: { name: Civic Centre, networks: [10.10.0.0/16] }
  depot:        { name: Depot,        networks: [10.20.0.0/16, 2001:db8:20::/48] }
  home:         { name: Home (VPN),   networks: [10.99.0.0/16] }

groups:
  planning:    { department: Planning, members: [asmith, bjones] }
  contractors: { membersFile: contractors.csv }

products:
  autocad:
    name: AutoCAD
    publisher: Autodesk
    owner: planning.systems@exampleshire.example
    versions: { current: "2026", previous: "2025" }
    executables: [acad.exe, acad]
    whenUnreachable: allow
    pools: [autocad, aec-collection]

pools:
  autocad:
    seatFor: [user, device]
    sites: { depot: { seats: 2 } }
    reservations: [{ group: planning, seats: 4 }]
    limits: [{ each: user, seats: 2 }]
    overdraft: { seats: 1 }
    linger: 5m
    entitlements:
      - reference: PO-10342
        supplier: Example Software Ltd
        seats: 25
        starts: 2026-04-01
        ends: 2027-03-31
        notice: 90d
        cost: { amount: 41250, currency: GBP, per: year }
  aec-collection:
    entitlements: [{ reference: PO-10343, seats: 5, starts: 2026-04-01 }]

access:
  shims:  { tokensFile: shim-tokens.txt }
  people: { tokensFile: people-tokens.txt }
tls: { certificateFile: cert.pem, keyFile: key.pem }
`;
const FILES = { "contractors.csv": "user,department\nCWhite,Highways\nddean,\n" };
test("the register of the papers loads whole, with defaults filled in and lengths in milliseconds", () => {
  const { register, files, warnings } = registerOf(PAPER, FILES);

  expect(warnings).toEqual([]);
  expect(files).toEqual(FILES);
  expect(register).toEqual({
    organisation: "Exampleshire Council",
    privacy: { keepSessions: { months: 13 }, keepDays: { months: 84 }, keepInventory: { months: 13 } },
    freeSoftware: [],
    timezone: "Europe/London",
    workingHours: { days: [1, 2, 3, 4, 5], fromMinute: 480, untilMinute: 1080 },
    holidays: "england",
    sites: {
      "civic-centre": { name: "Civic Centre", networks: ["10.10.0.0/16"] },
      depot: { name: "Depot", networks: ["10.20.0.0/16", "2001:db8:20::/48"] },
      home: { name: "Home (VPN)", networks: ["10.99.0.0/16"] },
    },
    groups: {
      planning: { department: "Planning", members: [{ user: "asmith" }, { user: "bjones" }] },
      contractors: { members: [{ user: "cwhite", department: "Highways" }, { user: "ddean" }] },
    },
    devices: {},
    products: {
      autocad: {
        name: "AutoCAD",
        publisher: "Autodesk",
        owner: "planning.systems@exampleshire.example",
        versions: { current: "2026", previous: "2025", required: false, exceptions: [] },
        executables: ["acad.exe", "acad"],
        flexnet: [],
        installed: [],
        pools: ["autocad", "aec-collection"],
        weights: {},
        whenUnreachable: "allow",
        onDenied: "tell",
        onReclaimed: "tell",
        aliases: [],
      },
    },
    pools: {
      autocad: {
        metric: "concurrent",
        seatFor: ["user", "device"],
        sites: { depot: { seats: 2 } },
        allow: [],
        deny: [],
        reservations: [{ group: "planning", seats: 4 }],
        limits: [{ kind: "each", name: "user", seats: 2 }],
        overdraft: { seats: 1 },
        lingerMs: 300_000,
        observed: false,
        ttlMs: 60_000,
        heartbeatEveryMs: 20_000,
        showHolders: false,
        aliases: [],
        entitlements: [
          {
            reference: "PO-10342",
            supplier: "Example Software Ltd",
            seats: 25,
            starts: "2026-04-01",
            ends: "2027-03-31",
            notice: { days: 90 },
            cost: { amount: 41_250, currency: "GBP", per: "year" },
          },
        ],
      },
      "aec-collection": {
        metric: "concurrent",
        seatFor: ["user", "device"],
        sites: {},
        allow: [],
        deny: [],
        reservations: [],
        limits: [],
        lingerMs: 0,
        observed: false,
        ttlMs: 60_000,
        heartbeatEveryMs: 20_000,
        showHolders: false,
        aliases: [],
        entitlements: [{ reference: "PO-10343", seats: 5, starts: "2026-04-01" }],
      },
    },
    access: { shims: { tokensFile: "shim-tokens.txt" }, people: { tokensFile: "people-tokens.txt" } },
    tls: { certificateFile: "cert.pem", keyFile: "key.pem" },
    purpose: PURPOSE,
    trustedProxies: [],
    behindProxy: false,
    proxyProtocol: false,
    limits: { leasesPerDevice: 256, connectionsPerDevice: 64 },
  });
});

test("the register that ships has one product with three seats, each launch its own, and no end", () => {
  const { register, warnings } = registerOf(readFileSync("seatmeter.example.yaml", "utf8"));

  expect(warnings).toEqual([]);
  expect(register.products.demo?.pools).toEqual(["demo"]);
  expect(register.pools.demo?.seatFor).toEqual(["session"]);
  expect(register.pools.demo?.entitlements).toEqual([{ reference: "DEMO-1", seats: 3, starts: "2020-01-01" }]);
  expect(Object.values(register.sites)[0]?.networks).toEqual(["127.0.0.0/8", "::1/128"]);
});

/** The register that ships, with what is commented out in it, but for the lines that begin with one of some keys. */
function uncommented(...but: string[]): string {
  return readFileSync("seatmeter.example.yaml", "utf8")
    .split("\n")
    .map((line) => (but.some((key) => line.includes(`# ${key}:`)) ? line : uncomment(line)))
    .filter((line) => line !== "groups: {}")
    .join("\n")
    .replace("  planning:", "groups:\n  planning:");
}
const uncomment = (line: string) => line.replace(/^(\s*)# ?(?=\s*(- )?[\w-]+: |\s*[\w-]+:( *#.*)?$)/, "$1");
const CONTRACTORS = { "contractors.csv": "user,department,contractEnds,from,until\nddean,,2099-01-01,,\n" };

test("every example that is commented out in it loads too, and can work", () => {
  const all = uncommented("metric", "holdDays").replace("seatFor: [session]", "seatFor: [user]");
  const { register, warnings } = registerOf(all, CONTRACTORS);

  expect(warnings).toEqual([]);
  expect(Object.keys(register.groups)).toEqual(["planning", "contractors", "cad"]);
  expect(register.groups.cad?.directory?.refreshMs).toBe(3_600_000);
  expect(Object.keys(register.devices)).toEqual(["pc-12", "pc-13"]);
  expect(register.products.demo?.permittedUse?.attest).toBe(true);
  expect(register.pools.demo?.entitlements).toHaveLength(2);
  expect(register.pools.demo?.deny).toEqual([{ kind: "user", value: "guest" }]);
  expect(register.pools.demo).toMatchObject({ lingerMs: 300_000, sharedBy: 4, overdraft: { seats: 1 } });
  expect(register.behindProxy).toBe(true);
});

test("seats that are assigned load too: they go with neither linger nor sharing", () => {
  const { register } = registerOf(
    uncommented("linger", "sharedBy").replace("seatFor: [session]", "seatFor: [user]"),
    CONTRACTORS,
  );

  expect(register.pools.demo).toMatchObject({ metric: "named-user", holdMs: 90 * 86_400_000 });
});

test("the example shows every key that a register may have, but for those that only say what something is called", () => {
  const { properties = {} } = registerJsonSchema() as Schema;
  const shown = new Set([...readFileSync("seatmeter.example.yaml", "utf8").matchAll(/(\w+):/g)].map(([, key]) => key));
  const of = (section: string) => Object.keys(properties[section]?.additionalProperties?.properties ?? {});
  const keys = [...Object.keys(properties), ...of("sites"), ...of("groups"), ...of("products"), ...of("pools")];
  const unshown = keys.filter((key) => !shown.has(key));

  expect(unshown).toEqual(["revision"]);
});

interface Schema {
  properties?: Record<string, { additionalProperties?: Schema }>;
}
