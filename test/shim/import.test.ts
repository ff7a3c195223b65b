import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";
import { COMMAND, shim } from "../support/shim.ts";
import { PROJECT, textOf } from "../support/source.ts";

const SMALL = join(PROJECT, "test/flexnet/small.opt");
const folder = mkdtempSync(join(tmpdir(), "seatmeter-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, content: string | Buffer): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

/** In a folder without a register of its own. */
const importing = (file: string, ...args: string[]) => {
  const there = ["sh", "-c", 'cd "$0" && exec "$@"', mkdtempSync(join(folder, "at-")), ...COMMAND] as const;
  return shim(["import", "flexnet", "--options", file, ...args], {}, there).finished;
};

const REGISTER = `# The register of a test.
organisation: Exampleshire
groups:
  people: { membersFile: people.csv } # from the directory
products:
  cad: { owner: cad@example.org, flexnet: [CAD_F], pools: [cad] }
pools:
  # everything about CAD
  cad:
    allow: ["group:people"]
    entitlements: [{ reference: R, seats: 9, starts: 2020-01-01 }]
`;

test("an options file becomes rules on stdout, and what is left over a list on stderr with its place and a count", async () => {
  const { exit, stdout, stderr } = await importing(SMALL, "--owner", "cad@example.org");

  expect(exit).toBe(0);
  expect(parse(stdout)).toMatchObject({
    groups: { planning: { members: ["asmith", "bjones", "cbrown", "Zoë O'Neil"] } },
    products: { CAD_F: { owner: "cad@example.org", flexnet: ["CAD_F"] } },
    pools: { CAD_F: { deny: ["user:guest", "network:192.168.0.0/16"], linger: "5m" } },
  });
  expect(stderr).toContain(`${SMALL}:8: REPORTLOG +"/var/log/report.rl" — REPORTLOG is not a rule about seats\n`);
  expect(stderr).toContain(":18: TIMEOUT CAD_F 600 — note: 15 minutes");
  expect(stderr).toMatch(/\n27 options read without a register: 21 converted, 6 not or not wholly\.\n$/);
});

test("--merge prints the register with the rules in it, comments kept, and the daemon's own check finds it sound", async () => {
  fileOf("people.csv", "user\nasmith\n");
  const register = fileOf("seatmeter.yaml", REGISTER);
  const { exit, stdout } = await importing(SMALL, "--merge", register);
  const merged = fileOf("merged.yaml", stdout);

  expect(exit).toBe(0);
  expect(stdout).toMatch(/^# The register of a test\.\n/);
  expect(stdout).toContain("  people: { membersFile: people.csv } # from the directory\n");
  expect(stdout).toContain("  # everything about CAD\n  cad:\n");
  expect(parse(stdout).pools.cad.allow).toEqual(expect.arrayContaining(["group:people", "group:planning"]));
  expect(await shim(["register", "check", merged]).finished).toMatchObject({ exit: 0 });
});

test("--json has the same as one object, and nothing on stderr", async () => {
  const { exit, stdout, stderr } = await importing(
    SMALL,
    "--json",
    "--register",
    fileOf("plain.yaml", "organisation: x\n"),
  );

  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
  const told = JSON.parse(stdout);
  expect(Object.keys(told)).toEqual(["groups", "products", "pools", "notConverted", "remarks"]);
  expect(told.notConverted[0]).toEqual({
    line: 8,
    text: 'REPORTLOG +"/var/log/report.rl"',
    why: "REPORTLOG is not a rule about seats",
  });
});

test.each([
  ["with Windows line ends", Buffer.from("GROUP g a b\r\nINCLUDE F GROUP g\r\n")],
  ["with a byte order mark", Buffer.from("\ufeffGROUP g a b\nINCLUDE F GROUP g")],
])("a file %s is read as any other", async (_, content) => {
  const { stdout } = await importing(fileOf("any.opt", content));
  expect(parse(stdout)).toMatchObject({ groups: { g: { members: ["a", "b"] } }, pools: { F: { allow: ["group:g"] } } });
});

test("a name in Latin-1 is read as it was meant", async () => {
  const { stdout } = await importing(fileOf("latin.opt", Buffer.from("EXCLUDE F USER zo\u00eb\n", "latin1")));
  expect(parse(stdout).pools.F.deny).toEqual(["user:zoë"]);
});

test("a file may not command the terminal", async () => {
  const { stdout, stderr } = await importing(fileOf("bell.opt", "EXCLUDE F USER a\u001b[2J\nEXCLUDE F USER b\n"));
  expect(stdout + stderr).not.toContain("\u001b");
  expect(stderr).toContain("bell.opt:1: EXCLUDE F USER a·[2J — ");
});

test.each([
  ["an empty file", "", /is empty/],
  ["no text", Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]), /is no text/],
  ["UTF-16", Buffer.from("\ufeffINCLUDE F USER a\r\n", "utf16le"), /is written in UTF-16: save it as UTF-8/],
  ["a debug log", textOf("test/flexnet/small.log"), /is a FlexNet debug log/],
  [
    "a licence file",
    "SERVER this_host ANY 27000\nVENDOR cad\nFEATURE F cad 1.0 permanent 3 SIGN=0\n",
    /is a FlexNet licence file/,
  ],
  ["a register", REGISTER, /looks like a register/],
  [
    "a letter",
    "Dear Sir,\nplease find enclosed\n",
    /no line begins with a keyword such as INCLUDE or RESERVE; line 1 does with "Dear"/,
  ],
])("%s is no options file: 64, and why", async (_, content, why) => {
  const { exit, stdout, stderr } = await importing(fileOf("wrong.opt", content));
  expect({ exit, stdout }).toEqual({ exit: 64, stdout: "" });
  expect(stderr).toMatch(why);
});

test("a file with comments alone becomes nothing", async () => {
  expect(await importing(fileOf("none.opt", "# nothing yet\n"))).toMatchObject({
    exit: 0,
    stdout: expect.stringContaining("nothing in it"),
    stderr: expect.stringContaining("0 options read"),
  });
});

test("a folder, and a register that is missing or has mistakes, are told", async () => {
  expect(await importing(folder)).toMatchObject({ exit: 64, stdout: "", stderr: expect.stringContaining(folder) });
  expect(await importing(SMALL, "--merge", join(folder, "none.yaml"))).toMatchObject({ exit: 64, stdout: "" });
  const wrong = await importing(SMALL, "--merge", fileOf("wrong.yaml", "organisation: x\npols: {}\n"));
  expect(wrong).toMatchObject({ exit: 78, stdout: "" });
  expect(wrong.stderr).toMatch(/wrong\.yaml:2:1 .*pools/);
});

test("nothing is written anywhere: the register is as it was", async () => {
  const register = fileOf("kept.yaml", "organisation: x\n");
  await importing(SMALL, "--merge", register);
  expect(readFileSync(register, "utf8")).toBe("organisation: x\n");
});
