import { describe, expect, test } from "vitest";
import { mistakesOf, ORGANISATION, registerOf, told } from "../support/registers.ts";

const OIDC = {
  issuer: "https://login.exampleshire.example/council",
  clientId: "seatmeter",
  clientSecretFile: "oidc-secret.txt",
  roles: { map: { "Licence-Readers": "viewer" } } as Record<string, unknown>,
};
const people = (people: object) => `${ORGANISATION}access:\n  people: ${JSON.stringify(people)}\n`;
const oidc = (change: object) => people({ oidc: { ...OIDC, ...change } });
const mistakes = (change: object) => told(oidc(change)).map((mistake) => mistake.replace(/^3:\d+ /, ""));

test("people may come in by single sign-on alone, with what is usual filled in", () => {
  expect(registerOf(oidc({})).register.access.people).toEqual({
    oidc: { ...OIDC, scope: "openid profile", roles: { claim: "roles", map: { "Licence-Readers": "viewer" } } },
  });
});

test("people who can come in by nothing are a mistake", () => {
  expect(told(people({ ask: "licences@exampleshire.example" }))).toEqual([
    "3:11 lets nobody in: add tokensFile, oidc, or both",
  ]);
});

describe("an issuer", () => {
  test.each([
    ["login.exampleshire.example", "is no issuer: one is written https://"],
    ["ldap://login.exampleshire.example", "is no issuer: one is written https://"],
    ["http://login.exampleshire.example", "has no TLS"],
    ["https://seatmeter:secret@login.exampleshire.example", "is more than an issuer"],
    ["https://login.exampleshire.example/?realm=council", "is more than an issuer"],
  ])("that cannot be trusted is a mistake: %s", (issuer, mistake) => {
    const found = mistakes({ issuer });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(mistake);
  });

  test("on this machine may do without TLS", () => {
    expect(mistakes({ issuer: "http://localhost:4000" })).toEqual([]);
  });
});

test.each([
  [
    "a role that is none",
    { roles: { map: { Readers: "veiwer" } } },
    /map\.Readers must be .* did you mean "viewer"\?$/,
  ],
  ["a role of programs", { roles: { map: { Readers: "shim" } } }, /map\.Readers must be viewer or auditor or/],
  ["no role at all", { roles: { map: {} } }, /roles\.map lets nobody in: name a value of the claim and its role$/],
  ["a scope without openid", { scope: "profile" }, /oidc\.scope must have openid among its words$/],
  [
    "a secret in the register",
    { clientSecret: "x" },
    /clientSecret is no key here; did you mean "clientSecretFile"\?$/,
  ],
  [
    "an authority for an issuer without TLS",
    { issuer: "http://localhost:4000", certificateAuthority: "ca.pem" },
    /certificateAuthority is of no use without TLS: write https:\/\/ in issuer$/,
  ],
  ["no file of a secret", { clientSecretFile: undefined }, /oidc\.clientSecretFile is missing$/],
])("a mistake is told where it is: %s", (_what, change, mistake) => {
  const found = mistakesOf(oidc(change)).map(({ line, path, message }) => `${line} ${path} ${message}`);
  expect(found).toEqual([expect.stringMatching(/^3 access\.people\.oidc/)]);
  expect(found[0]).toMatch(mistake);
});

test.each(["behindProxy", "proxyProtocol"])("%s without proxies that are trusted is a mistake", (key) => {
  expect(told(`${ORGANISATION}${key}: true\n`)).toEqual([
    "2:1 needs trustedProxies: without them every launch would seem to come from the proxy",
  ]);
  expect(told(`${ORGANISATION}${key}: true\ntrustedProxies: [10.0.0.5/32]\n`)).toEqual([]);
});

test("the purpose is the usual one unless the register has words of its own", () => {
  expect(registerOf(ORGANISATION).register.purpose).toContain("not for judging anybody’s attendance or performance");
  expect(registerOf(`${ORGANISATION}purpose: Renewing licences.\n`).register.purpose).toBe("Renewing licences.");
});
