import { expect, test } from "vitest";
import { USUAL_NOTICES } from "../../daemon/domain/register.ts";
import { registerJsonSchema } from "../../daemon/register/schema.ts";
import { ORGANISATION, registerOf, told } from "../support/registers.ts";
import { textOf } from "../support/source.ts";

const MAIL = "host: smtp.example.org, from: seats@example.org";
const inMail = (more: string) => `${ORGANISATION}notices: { mail: { ${MAIL}, ${more} } }\n`;
const inHook = (hook: string) => `${ORGANISATION}notices: { webhooks: [{ ${hook} }] }\n`;

test("notices may go by mail and to programs, about everything unless said", () => {
  const { notices } = registerOf(`${ORGANISATION}notices:
  pages: https://seats.example.org
  mail: { ${MAIL} }
  webhooks:
    - { url: "https://hooks.example.org/licences", about: [overdraft], secretFile: hook.txt }
`).register;

  expect(notices).toEqual({
    pages: "https://seats.example.org",
    mail: {
      host: "smtp.example.org",
      from: "seats@example.org",
      security: "starttls",
      to: [],
      about: [...USUAL_NOTICES],
    },
    webhooks: [{ url: "https://hooks.example.org/licences", about: ["overdraft"], secretFile: "hook.txt" }],
  });
});

test.each([
  ["notices: {}", "2:1 tells nobody: add mail or webhooks, or leave it out"],
  [
    "notices: { mail: { host: a b, from: seats@example.org } }",
    "2:26 is no host: one is written smtp.exampleshire.example",
  ],
  [`notices: { mail: { ${MAIL}, port: 70000 } }`, "2:75 must be at most 65535"],
  [
    `notices: { mail: { ${MAIL}, about: [denial] } }`,
    "2:77 must be notice or expiry or overdraft or refusals or incident or audit",
  ],
  [`notices: { mail: { ${MAIL}, sender: x } }`, /^2:69 is no key here; known are host, port/],
])("%s is a mistake, with its line and column", (text, message) => {
  const mistakes = told(`${ORGANISATION}${text}\n`);
  expect(mistakes).toEqual([typeof message === "string" ? message : expect.stringMatching(message)]);
});

test.each([
  ["to: [The Planning Team]"],
  ['to: ["a@example.org, b@example.org"]'],
  ['to: ["<a@example.org>"]'],
  ['to: ["a@example.org\\r\\nBcc: b@example.org"]'],
  ['to: ["@example.org"]'],
])("%s is no address that a mail may go to", (to) => {
  expect(told(inMail(to))).toEqual([expect.stringContaining("is no mail address: one is written licences@")]);
});

test.each([
  ["user: seats", /needs passwordFile/],
  ["passwordFile: p.txt", /needs user: whose password it is/],
  ["user: seats, passwordFile: p.txt, security: none", /sends the password in clear: write starttls or tls/],
  ["security: none, certificateAuthorityFile: ca.pem", /of no use without TLS/],
])("mail with %s is refused", (more, message) => {
  expect(told(inMail(more))).toEqual([expect.stringMatching(message)]);
});

test("a password may be said in clear to this computer's own mail server", () => {
  const mail = "host: 127.0.0.1, from: s@example.org, user: s, passwordFile: p.txt, security: none";
  expect(told(`${ORGANISATION}notices: { mail: { ${mail} } }\n`)).toEqual([]);
});

test.each([
  ['url: "ftp://example.org", secretFile: s', /is no address: one is written https:\/\//],
  ['url: "not an address", secretFile: s', /is no address/],
  ['url: "https://me:secret@example.org/", secretFile: s', /has a password in it/],
  ['url: "https://example.org/#here", secretFile: s', /has a # in it/],
  ['url: "https://example.org/"', /secretFile is missing|webhooks\[0\]\.secretFile|is missing/],
])("a webhook with %s is refused", (hook, message) => {
  expect(told(inHook(hook))).toEqual([expect.stringMatching(message)]);
});

test("a webhook that stands twice is refused", () => {
  const hook = '{ url: "https://example.org/", secretFile: s }';
  expect(told(`${ORGANISATION}notices: { webhooks: [${hook}, ${hook}] }\n`)).toEqual([
    expect.stringContaining("stands here twice"),
  ]);
});

test("who would get no notices is warned of, and so is who could read along", () => {
  const products = "products: { cad: { owner: The CAD team, pools: [cad] } }\npools: { cad: {} }\n";
  const hook = 'webhooks: [{ url: "http://hooks.example.org/", secretFile: s }]';
  const warnings = (mail: string) =>
    registerOf(`${ORGANISATION}${products}notices: { mail: { ${mail} }, ${hook} }\n`).warnings.map(
      ({ path, message }) => `${path} ${message}`,
    );

  expect(warnings(MAIL)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^products\.cad\.owner is no mail address, so its notices reach nobody by mail/),
      expect.stringMatching(/^notices\.webhooks\[0\]\.url has no TLS/),
    ]),
  );
  expect(warnings(`${MAIL}, to: [licences@example.org]`).join()).not.toContain("owner");
});

test("an editor is told what each key of notices is for", () => {
  interface Schema {
    description?: string;
    properties?: Record<string, Schema>;
    items?: Schema;
  }
  const { notices } = (registerJsonSchema() as Schema).properties ?? {};
  const { mail, webhooks } = notices?.properties ?? {};
  const keys = { ...mail?.properties, ...webhooks?.items?.properties, ...notices?.properties };

  expect(Object.keys(keys)).toContain("certificateAuthorityFile");
  expect(Object.entries(keys).filter(([, { description }]) => !description)).toEqual([]);
});

test("what the page about notices shows of a register is understood", () => {
  const shown = [...textOf("docs/notices.md").matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text);
  expect(shown).toHaveLength(1);
  expect(told(`${ORGANISATION}${shown[0]}`)).toEqual([]);
});
