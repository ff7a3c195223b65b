import fc from "fast-check";
import { expect, test } from "vitest";
import { eligibility, type Launch } from "../../daemon/domain/eligibility.ts";
import type { Pool, Product, Register, Rule } from "../../daemon/domain/register.ts";

const launch = (change: Partial<Launch> = {}): Launch => ({
  user: "asmith",
  device: "PC-12",
  site: "depot",
  address: "10.20.0.7",
  groups: ["planning"],
  atMs: Date.parse("2026-05-01T12:00:00Z"),
  ...change,
});

interface Rules {
  pool?: Partial<Pool>;
  versions?: Product["versions"];
  permittedUse?: Product["permittedUse"];
  devices?: Register["devices"];
  groups?: Register["groups"];
}

function judge(rules: Rules, asked = launch()) {
  const { devices = {}, groups = {} } = rules;
  const product = { name: "AutoCAD", owner: "planning", pools: ["cad"], aliases: [], ...rules } as unknown as Product;
  const pool = { seatFor: ["user"], sites: {}, allow: [], deny: [], aliases: [], ...rules.pool } as unknown as Pool;
  const products = { autocad: product };
  const register = { timezone: "Europe/London", sites: {}, groups, devices, products, pools: { cad: pool } };
  return eligibility(register as unknown as Register, "autocad", "cad", asked);
}
const rule = (written: string): Rule => {
  const [kind, ...value] = written.split(":");
  return { kind, value: value.join(":") } as Rule;
};
const rules = (...written: string[]) => written.map(rule);

const EVERYTHING = ["devices", "contract", "versions", "deny", "allow", "onlySites", "sites", "borrow", "permittedUse"];

test("without rules everybody may, and everything was looked at", () => {
  expect(judge({})).toEqual({ checked: EVERYTHING });
});

test.each(["user:ASmith", "device:pc-12", "site:Depot", "group:PLANNING", "network:10.20.0.0/16"])(
  "%s in deny refuses, and is named with its place",
  (written) => {
    expect(judge({ pool: { deny: rules("user:somebody", written) } })).toEqual({
      denied: { reason: "denied_by_rule", rule: "pools.cad.deny[1]" },
      checked: ["devices", "contract", "versions", "deny"],
    });
  },
);

test.each(["user:ASmith", "device:pc-12", "site:Depot", "group:PLANNING", "network:10.20.0.0/16"])(
  "%s in allow admits, and nobody else",
  (written) => {
    const pool = { allow: rules(written) };
    expect(judge({ pool }).denied).toBeUndefined();
    const other = launch({ user: "x", device: "x", site: "home", groups: [], address: "10.99.0.1" });
    expect(judge({ pool }, other).denied).toEqual({ reason: "not_entitled", rule: "pools.cad.allow" });
  },
);

test("names match without regard to case and to how an accent is written", () => {
  expect(judge({ pool: { deny: rules("user:ZOË") } }, launch({ user: "zoe\u0308" })).denied?.reason).toBe(
    "denied_by_rule",
  );
});

test("a launch whose address is not known matches no network", () => {
  const { address: _, ...asked } = launch();
  expect(judge({ pool: { deny: rules("network:0.0.0.0/0") } }, asked).denied).toBeUndefined();
});

test("onlySites refuses all other sites", () => {
  expect(judge({ pool: { onlySites: ["home"] } }).denied).toEqual({
    reason: "site_not_allowed",
    rule: "pools.cad.onlySites",
  });
  expect(judge({ pool: { onlySites: ["home", "depot"] } }).denied).toBeUndefined();
});

test("a ceiling of 0 allows nobody at that site, and a ceiling above is no matter of eligibility", () => {
  expect(judge({ pool: { sites: { depot: { seats: 0 } } } })).toEqual({
    denied: { reason: "site_not_allowed", rule: "pools.cad.sites.depot" },
    checked: EVERYTHING.slice(0, -2),
  });
  expect(judge({ pool: { sites: { depot: { seats: 1 }, home: { seats: 0 } } } }).denied).toBeUndefined();
});

const versions = { current: "2026", previous: "2025", required: false, exceptions: [] };
const exceptions = [{ version: "2019", until: "2026-06-30", reason: "old drawings" }];

test.each([
  ["2026", undefined],
  ["2026.1.2", undefined],
  ["2025.3", undefined],
  ["20261", "products.autocad.versions"],
  ["2024", "products.autocad.versions"],
  ["26", "products.autocad.versions"],
])("of a window 2026 and 2025, version %s is refused by %s", (version, rule) => {
  const { denied } = judge({ versions }, launch({ version }));
  expect(denied).toEqual(rule === undefined ? undefined : { reason: "version_retired", rule });
});

test("an exception covers its version until the end of its last day, in the register's zone", () => {
  const at = (moment: string) =>
    judge({ versions: { ...versions, exceptions } }, launch({ version: "2019.4", atMs: Date.parse(moment) })).denied;
  expect(at("2026-06-30T22:59:59Z")).toBeUndefined();
  expect(at("2026-06-30T23:00:00Z")).toEqual({
    reason: "version_retired",
    rule: "products.autocad.versions.exceptions[0]",
  });
});

test("a launch without a version is let through unless one is required", () => {
  expect(judge({ versions }).denied).toBeUndefined();
  expect(judge({ versions: { ...versions, required: true } }).denied).toEqual({
    reason: "version_retired",
    rule: "products.autocad.versions.required",
  });
});

test("a pool that left the register has no rules of its own", () => {
  const register = { timezone: "Europe/London", sites: {}, groups: {}, devices: {}, products: {}, pools: {} };
  expect(eligibility(register as unknown as Register, "autocad", "gone", launch()).denied).toBeUndefined();
});

test("a retired computer launches nothing, whatever its name's case, from its day on in the register's zone", () => {
  const retired = (retired?: true | string) => ({
    devices: { "pc-12": { name: "Pc-12", ...(retired && { retired }) } },
  });
  const at = (moment: string) => launch({ atMs: Date.parse(moment) });
  const refused = { reason: "device_retired", rule: "devices.Pc-12" };

  expect(judge(retired(true))).toEqual({ denied: refused, checked: ["devices"] });
  expect(judge(retired("2026-05-02"), at("2026-05-01T22:59:59Z")).denied).toBeUndefined();
  expect(judge(retired("2026-05-02"), at("2026-05-01T23:00:00Z")).denied).toEqual(refused);
  expect(judge(retired()).denied).toBeUndefined();
  expect(judge(retired(true), launch({ device: "constructor" })).denied).toBeUndefined();
});

test("after the last day of a contract nothing may be launched, and the group that says so is named", () => {
  const groups = { contractors: { members: [{ user: "asmith", contractEnds: "2026-05-01" }] } };
  const at = (moment: string) => judge({ groups }, launch({ atMs: Date.parse(moment) }));

  expect(at("2026-05-01T22:59:59Z").denied).toBeUndefined();
  expect(at("2026-05-01T23:00:00Z")).toEqual({
    denied: { reason: "contract_ended", rule: "groups.contractors.members" },
    checked: ["devices", "contract"],
  });
  expect(judge({ groups }, launch({ user: "bjones", atMs: Date.parse("2027-01-01") })).denied).toBeUndefined();
});

test("where a yes is wanted, a launch without one is refused, and for nothing else first", () => {
  const permittedUse = { text: "Teaching only", attest: true };
  const refused = { reason: "use_not_attested", rule: "products.autocad.permittedUse" };

  expect(judge({ permittedUse })).toEqual({ denied: refused, checked: EVERYTHING });
  expect(judge({ permittedUse }, launch({ attested: false })).denied).toEqual(refused);
  expect(judge({ permittedUse }, launch({ attested: true })).denied).toBeUndefined();
  expect(judge({ permittedUse: { ...permittedUse, attest: false } }).denied).toBeUndefined();
  expect(judge({ permittedUse, pool: { deny: rules("user:asmith") } }).denied?.reason).toBe("denied_by_rule");
});

test("what nobody at the screen can change is told before what another version or place would change", () => {
  const everything: Rules = {
    devices: { "pc-12": { name: "PC-12", retired: true } },
    groups: { contractors: { members: [{ user: "asmith", contractEnds: "2026-01-01" }] } },
    versions: { current: "2026", required: true, exceptions: [] },
    pool: { deny: rules("user:asmith"), allow: rules("user:b"), onlySites: ["home"], sites: { depot: { seats: 0 } } },
    permittedUse: { text: "Teaching only", attest: true },
  };
  const cures: ((rules: Rules) => Rules)[] = [
    (rules) => ({ ...rules, devices: {} }),
    (rules) => ({ ...rules, groups: {} }),
    ({ versions: _, ...rules }) => rules,
    (rules) => ({ ...rules, pool: { ...rules.pool, deny: [] } }),
    (rules) => ({ ...rules, pool: { ...rules.pool, allow: [] } }),
    (rules) => ({ ...rules, pool: { sites: { depot: { seats: 0 } } } }),
    (rules) => ({ ...rules, pool: {} }),
    ({ permittedUse: _, ...rules }) => rules,
  ];
  let left = everything;
  const reasons = [judge(left).denied?.reason];
  for (const cure of cures) {
    left = cure(left);
    reasons.push(judge(left).denied?.reason);
  }
  expect(reasons).toEqual([
    ...["device_retired", "contract_ended", "version_retired", "denied_by_rule", "not_entitled"],
    ...["site_not_allowed", "site_not_allowed", "use_not_attested", undefined],
  ]);
});

const anyRule = fc.constantFrom(
  ...["user:asmith", "user:bjones", "device:pc-12", "device:pc-13", "site:depot", "site:home", "group:planning"],
  ...["group:contractors", "network:10.20.0.0/16", "network:10.99.0.0/16"],
);
const anyRules = fc.array(anyRule, { maxLength: 6 }).map((written) => rules(...written));
const anyLaunch = fc
  .record({
    user: fc.constantFrom("asmith", "BJones"),
    device: fc.constantFrom("PC-12", "pc-13"),
    site: fc.constantFrom("depot", "home"),
    groups: fc.subarray(["planning", "contractors"]),
    address: fc.constantFrom("10.20.0.7", "10.99.0.7"),
  })
  .map(launch);

test("deny beats allow: whoever a rule of deny matches is refused, whatever allow says", () => {
  fc.assert(
    fc.property(anyRules, anyRules, anyLaunch, (allow, deny, asked) => {
      const refused = judge({ pool: { deny } }, asked).denied;
      const both = judge({ pool: { deny, allow } }, asked).denied;
      if (refused) expect(both).toEqual(refused);
      else expect(both).toEqual(judge({ pool: { allow } }, asked).denied);
    }),
  );
});

test("the order of rules in the file never matters", () => {
  const shuffled = fc
    .tuple(anyRules, anyRules)
    .chain(([allow, deny]) =>
      fc.tuple(fc.constant({ allow, deny }), fc.record({ allow: shuffle(allow), deny: shuffle(deny) })),
    );
  fc.assert(
    fc.property(shuffled, anyLaunch, ([one, other], asked) => {
      expect(judge({ pool: one }, asked).denied?.reason).toBe(judge({ pool: other }, asked).denied?.reason);
    }),
  );
});

test("one more rule of deny never lets anybody in, and one more of a filled allow never shuts anybody out", () => {
  fc.assert(
    fc.property(anyRules, anyRules, anyRule, anyLaunch, (allow, deny, more, asked) => {
      if (judge({ pool: { allow, deny } }, asked).denied) {
        expect(judge({ pool: { allow, deny: [...deny, rule(more)] } }, asked).denied).toBeDefined();
      } else if (allow.length > 0) {
        expect(judge({ pool: { allow: [...allow, rule(more)], deny } }, asked).denied).toBeUndefined();
      }
    }),
  );
});

function shuffle<Item>(items: Item[]) {
  return fc.shuffledSubarray(items, { minLength: items.length, maxLength: items.length });
}
