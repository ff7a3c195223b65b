import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { COMMANDS } from "../../client-shim/commands.ts";
import product from "../../package.json" with { type: "json" };
import { shim } from "../support/shim.ts";

const folder = mkdtempSync(join(tmpdir(), "seatmeter-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("--help lists every command, and --version is the package's", async () => {
  const { exit, stdout } = await shim(["--help"]).finished;

  expect(exit).toBe(0);
  for (const name of Object.keys(COMMANDS)) expect(stdout).toContain(`\n  ${name} `);
  expect(await shim(["--version"]).finished).toMatchObject({ exit: 0, stdout: `seatmeter ${product.version}\n` });
});

test.each(Object.keys(COMMANDS))("%s --help says how it is used, in lines that fit a wide screen", async (name) => {
  const { exit, stdout } = await shim([name, "--help"]).finished;

  expect(exit).toBe(0);
  expect(stdout).toMatch(new RegExp(`^Usage: seatmeter ${name}`));
  expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
});

test.each([
  [[], /Usage/],
  [["rnu"], /there is no command rnu. Did you mean run\?/],
  [["toString"], /there is no command toString/],
  [["run", "--verison", "3", "demo", "--", "true"], /no option --verison. Did you mean --version\?.*run --help/],
  [["run", "demo", "--wait", "5m", "--", "true"], /no option --wait/],
  [["run", "demo", "true"], /stands after --/],
  [["run", "demo", "--"], /stands after --/],
  [["run", "--", "true"], /PRODUCT is missing/],
  [["run", "demo", "other", "--", "true"], /other is one argument too many/],
  [["run", "demo", "--seats", "none", "--", "true"], /--seats is a whole number from 1/],
  [["status", "--jsn"], /no option --jsn. Did you mean --json\?/],
  [["explain", "demo"], /--user is missing/],
  [["register", "chek"], /no register chek. Did you mean check\?/],
  [["register", "check", "no-such-file.yaml"], /no-such-file.yaml/],
  [["token", "PC-1", "--role", "shimm"], /no role shimm. Did you mean shim\?/],
  [["token", "PC-1", "--role", "shim", "--until", "2026-02-30"], /--until is a day/],
])("wrong use gives 64 and says what was meant: %j", async (args, sentence) => {
  const { exit, stdout, stderr } = await shim(args).finished;

  expect({ exit, stdout }).toEqual({ exit: 64, stdout: "" });
  expect(stderr).toMatch(sentence);
});

test.each([
  ["SEATMETER_URL", "seats.example:7070", /SEATMETER_URL: "seats.example:7070" is no address; write ws:/],
  ["SEATMETER_TOKEN_FILE", "/nonexistent/token", /The token cannot be read: .*\/nonexistent\/token/],
])("a wrong %s gives 78 before anything is started", async (name, value, sentence) => {
  const { exit, stdout, stderr } = await shim(["run", "demo", "--", "echo", "ran"], { [name]: value }).finished;

  expect({ exit, stdout }).toEqual({ exit: 78, stdout: "" });
  expect(stderr).toMatch(sentence);
});

test("a Node too old to read TypeScript is told so in one line", () => {
  const old = ["/usr/bin/node", "/usr/local/bin/node"].find(
    (node) => existsSync(node) && Number(spawnSync(node, ["-p", "parseInt(process.versions.node)"]).stdout) < 24,
  );
  if (!old) return;
  const { status, stderr } = spawnSync(old, ["client-shim/seatmeter.mjs", "status"], { encoding: "utf8" });

  expect(status).toBe(78);
  expect(stderr).toMatch(/^seatmeter needs Node 24 or later[^\n]*\n$/);
});

test("a register is checked without a daemon: every mistake on a line with its place, and 78", async () => {
  const file = join(folder, "wrong.yaml");
  writeFileSync(
    file,
    "organisation: Exampleshire\nproducts:\n  demo: { name: Demo, owner: it, pools: [demmo] }\npools:\n  demo: { seets: 3 }\n",
  );
  const { exit, stderr } = await shim(["register", "check", file]).finished;

  expect(exit).toBe(78);
  expect(stderr).toContain(`${file}:3:`);
  expect(stderr).toContain(`${file}:5:`);
  expect(await shim(["register", "check", "seatmeter.example.yaml"]).finished).toMatchObject({
    exit: 0,
    stdout: expect.stringContaining("no mistakes"),
    stderr: "",
  });
});

test("the register's schema is JSON, for editors", async () => {
  const { exit, stdout } = await shim(["register", "schema"]).finished;

  expect(exit).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ type: "object" });
});

test("a line for a token begins a line, however the file ended", async () => {
  const file = join(folder, "by-hand.txt");
  writeFileSync(file, "# shims");
  await shim(["token", "PC-1", "--role", "shim", "--file", file]).finished;

  expect(readFileSync(file, "utf8")).toMatch(/^# shims\nPC-1 shim sha256:[0-9a-f]{64}\n$/);
});

test("a token is shown once, and its line goes into a file that only its owner reads", async () => {
  const file = join(folder, "tokens.txt");
  writeFileSync(file, "", { mode: 0o644 });
  const made = await shim(["token", "PC-1", "--role", "shim", "--until", "2031-03-31", "--file", file]).finished;
  const shown = await shim(["token", "asmith", "--role", "viewer"]).finished;

  expect(made).toMatchObject({ exit: 0, stderr: "", stdout: expect.stringMatching(/^\S{20,}\n$/) });
  expect(readFileSync(file, "utf8")).toMatch(/^PC-1 shim sha256:[0-9a-f]{64} until=2031-03-31\n$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(shown.stderr).toMatch(/^asmith viewer sha256:[0-9a-f]{64}\n$/);
});
