import { describe, expect, test } from "vitest";
import { ORGANISATION, registerOf, told } from "../support/registers.ts";

const BASE = "base: DC=x, filter: (uid=*)";
/** A group whose directory stands in line 3, from column 22 on. */
const withDirectory = (directory: string) => `${ORGANISATION}groups:\n  cad: { directory: { ${directory} } }\n`;

test("a directory is read every hour, as nobody in particular, unless the register says otherwise", () => {
  expect(registerOf(withDirectory(`url: ldaps://dc1, ${BASE}`)).register.groups.cad).toEqual({
    members: [],
    directory: {
      url: "ldaps://dc1",
      base: "DC=x",
      filter: "(uid=*)",
      refreshMs: 3_600_000,
      startTls: false,
      departmentAttribute: "department",
    },
  });
});

test("everything that a council's directory wants said can be said", () => {
  const { register } = registerOf(`${ORGANISATION}groups:
  cad:
    directory:
      url: ldap://dc1.exampleshire.example:389
      base: OU=Staff,DC=exampleshire,DC=example
      filter: (&(objectClass=user)(memberOf:1.2.840.113556.1.4.1941:=CN=CAD,DC=exampleshire,DC=example))
      refresh: 15m
      bindDn: CN=seatmeter,DC=exampleshire,DC=example
      passwordFile: password.txt
      startTls: true
      certificateAuthorityFile: ca.pem
      userAttribute: sAMAccountName
      departmentAttribute: departmentNumber
      contractEndsAttribute: accountExpires
`);
  expect(register.groups.cad?.directory).toMatchObject({ refreshMs: 900_000, startTls: true });
});

describe("what was read from a directory", () => {
  const text = `${ORGANISATION}groups:
  cad: { members: [a], membersFile: cad.csv, directory: { url: ldaps://dc1, ${BASE} } }
`;
  const file = { "cad.csv": "user\nb\n" };

  test("is published with the register, and adds to those that are listed and in a file", () => {
    const files = { ...file, "directory:cad": "user,department,contractEnds,from,until\nc,Roads,,,\n" };
    const read = registerOf(text, files);

    expect(read.register.groups.cad?.members).toEqual([
      { user: "a" },
      { user: "b" },
      { user: "c", department: "Roads" },
    ]);
    expect(read.files).toEqual(files);
  });

  test("is nothing yet where it was never read", () => {
    expect(registerOf(text, file).register.groups.cad?.members).toEqual([{ user: "a" }, { user: "b" }]);
  });

  test("is forgotten with the directory", () => {
    const read = registerOf(`${ORGANISATION}groups: { cad: { members: [a] } }\n`, { "directory:cad": "user\nc\n" });
    expect([read.register.groups.cad?.members, read.files]).toEqual([[{ user: "a" }], {}]);
  });

  test("is no file that somebody may name", () => {
    expect(
      told(`${ORGANISATION}groups: { cad: { membersFile: "directory:cad" } }\n`, { "directory:cad": "user\n" }),
    ).toEqual(["2:31 directory:cad is the name of a list from a directory: choose another"]);
  });
});

const SIGNED = "bindDn: CN=a, passwordFile: p";

test.each([
  [`url: dc1.example.org, ${BASE}`, "dc1", "is no address of a directory: one is written ldaps://dc1.example.org"],
  [`url: https://dc1, ${BASE}`, "https", "is no address of a directory: one is written ldaps://dc1.example.org"],
  [
    `url: "ldap://a:secret@dc1", ${BASE}`,
    '"ldap',
    "is no address of a directory: one is written ldaps://dc1.example.org",
  ],
  [`url: ldaps://dc1/DC=x, ${BASE}`, "ldaps", "is no address of a directory: one is written ldaps://dc1.example.org"],
  [
    `url: ldap://dc1, ${BASE}, ${SIGNED}`,
    "ldap://",
    "sends the password in clear: write ldaps://, or add startTls: true",
  ],
  [`url: ldaps://dc1, ${BASE}, startTls: true`, "startTls", "is for ldap:// only: ldaps:// has TLS from the start"],
  [
    `url: ldap://dc1, ${BASE}, certificateAuthorityFile: ca.pem`,
    "certificateAuthorityFile",
    "is of no use without TLS: write ldaps://, or add startTls: true",
  ],
  [`url: ldaps://dc1, ${BASE}, bindDn: CN=a`, "bindDn", "needs passwordFile, a file with its password"],
  [`url: ldaps://dc1, ${BASE}, passwordFile: p`, "passwordFile", "needs bindDn: whose password it is"],
  [`url: ldaps://dc1, ${BASE}, password: secret`, "password", "is no key here; known are "],
  ["url: ldaps://dc1, base: DC=x, filter: uid=a", "uid=a", "is no filter: one is written (memberOf="],
  ["url: ldaps://dc1, base: DC=x, filter: (uid=a))", "(uid", "is no filter: one is written (memberOf="],
  ["url: ldaps://dc1, base: DC=x, filter: (uid=a)(uid=b)", "(uid", "is no filter: one is written (memberOf="],
  [`url: ldaps://dc1, ${BASE}, refresh: 5s`, "5s", "must be from 1m to 7d"],
  [
    `url: ldaps://dc1, ${BASE}, userAttribute: user name`,
    "user name",
    "is no attribute: one is written sAMAccountName",
  ],
])("of a directory, { %s } is told at %s", (directory, part, mistake) => {
  const column = withDirectory(directory).split("\n")[2]!.indexOf(part) + 1;
  expect(told(withDirectory(directory))).toEqual([expect.stringContaining(`3:${column} ${mistake}`)]);
});

test("what is missing of a directory is told at its key", () => {
  expect(told(withDirectory("url: ldaps://dc1"))).toEqual(["3:10 is missing", "3:10 is missing"]);
});

test("a computer may send the password to itself without TLS", () => {
  for (const host of ["localhost", "127.0.0.1:3890", "[::1]"])
    expect(told(withDirectory(`url: "ldap://${host}", ${BASE}, ${SIGNED}`)), host).toEqual([]);
});
