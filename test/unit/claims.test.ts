import { describe, expect, test } from "vitest";
import { claimOf, isLeftOut, nameOf, roleOf, valuesOf } from "../../daemon/access/claims.ts";

const roles = {
  claim: "roles",
  map: { "Licence-Readers": "viewer", "Licence-Admins": "admin", Audit: "auditor" },
} as const;

describe("a person's role", () => {
  test.each([
    ["is what the one value gives", "Audit", "auditor"],
    ["is the mightiest of what several give, in whichever order", ["Licence-Admins", "Licence-Readers"], "admin"],
    ["ignores values that the register does not name", ["Everybody", "Audit"], "auditor"],
    ["is none where no value is named", ["Everybody"], undefined],
    ["is none for a value in other letters", ["licence-admins"], undefined],
    ["is none for what every object has", ["constructor", "__proto__", "toString"], undefined],
    ["is none for values that are no text", [{ "Licence-Admins": true }, 1, null, ["Licence-Admins"]], undefined],
    ["is none without the claim", undefined, undefined],
  ])("%s", (_what, value, expected) => {
    expect(roleOf(valuesOf({ roles: value }, roles), roles)).toBe(expected);
  });
});

test("a claim may lie within another, and one with dots in its own name goes before", () => {
  expect(claimOf({ realm_access: { roles: ["a"] } }, "realm_access.roles")).toEqual(["a"]);
  expect(claimOf({ "realm_access.roles": "b", realm_access: { roles: "a" } }, "realm_access.roles")).toBe("b");
  expect(claimOf({ realm_access: "text" }, "realm_access.length")).toBe(undefined);
});

test("a person is called what can be printed, and the issuer's own number if nothing else can", () => {
  expect(nameOf({ preferred_username: "asmith", sub: "7" })).toBe("asmith");
  expect(nameOf({ preferred_username: "asmith\n2026 admin did it", email: "a@b.example", sub: "7" })).toBe(
    "a@b.example",
  );
  expect(nameOf({ preferred_username: "\u202Enimda", sub: "7" })).toBe("7");
  expect(nameOf({ sub: "\u0000" })).toBe(undefined);
});

test("groups that were left out as too many are known to be", () => {
  expect(isLeftOut({ _claim_names: { groups: "src1" } }, "groups")).toBe(true);
  expect(isLeftOut({ hasgroups: true }, "groups")).toBe(true);
  expect(isLeftOut({ hasgroups: true, roles: ["a"] }, "roles")).toBe(false);
});
