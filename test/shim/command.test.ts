import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { COMMANDS } from "../../client-shim/commands.ts";
import product from "../../package.json" with { type: "json" };
import { scriptedApi } from "../support/scripted-api.ts";
import { COMMAND, shim } from "../support/shim.ts";

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
  [["run", "demo", "--wait", "soon", "--", "true"], /--wait is a length such as 90s, 10m or 2h/],
  [["run", "demo", "--wait", "0s", "--", "true"], /--wait is a length/],
  [["run", "demo", "--wait", "2d", "--", "true"], /--wait is a length .* up to 24 hours/],
  [["run", "demo", "--break-glass", "  ", "--", "true"], /--break-glass says nothing/],
  [["status", "--format", "lmsat"], /no format lmsat. Did you mean lmstat\?/],
  [["status", "--format", "lmstat", "--json"], /--json or --format lmstat, not both/],
  [["reclaim", "a-lease"], /--reason is missing/],
  [["reclaim", "--reason", "needed"], /LEASE is missing/],
  [["reclaim", "a-lease", "--reason", "needed", "--grace", "now"], /--grace is a length/],
  [["recall", "a-lease", "--reason", "x".repeat(201)], /--reason is longer than 200 characters/],
  [["reassign", "cad", "--reason", "left"], /USER is missing/],
  [["reassign", "cad", "asmith", "--device", "PC-1", "--reason", "left"], /USER or --device, not both/],
  [["compliance", "--json", "--format", "csv"], /--json or --format, not both/],
  [["inventory", "all"], /all is one argument too many/],
  [["inventory", "--without", "apt"], /--without apt: there are dpkg, rpm, flatpak, snap, /],
  [["register", "import", "old.csv"], /old.csv cannot be read/],
  [["run", "demo", "true"], /stands after --/],
  [["run", "demo", "--"], /stands after --/],
  [["run", "demo", "--", ""], /stands after --/],
  [["run", "--", "true"], /PRODUCT is missing/],
  [["run", "demo", "other", "--", "true"], /other is one argument too many/],
  [["run", "demo", "--seats", "none", "--", "true"], /--seats is a whole number from 1/],
  [["status", "--jsn"], /no option --jsn. Did you mean --json\?/],
  [["explain", "demo"], /--user is missing/],
  [["register", "chek"], /no register chek. Did you mean check\?/],
  [["register", "check", "no-such-file.yaml"], /no-such-file.yaml/],
  [["import"], /What to import is missing/],
  [["import", "flexnt"], /no import flexnt. Did you mean flexnet\?/],
  [["import", "flexnet"], /LOG or --options FILE is missing/],
  [["import", "flexnet", "debug.log", "--dry-run"], /debug.log cannot be read/],
  [["import", "flexnet", "--options", "no-such.opt"], /no-such.opt cannot be read/],
  [["import", "flexnet", "--options", "a.opt", "--merge", "b.yaml", "--json"], /--merge goes neither with --json/],
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
  ["SEATMETER_TOKEN", "two words", /^seatmeter: SEATMETER_TOKEN holds no token: [^\n]*\n$/],
  ["SEATMETER_TOKEN", "tokén€", /^seatmeter: SEATMETER_TOKEN holds no token: [^\n]*\n$/],
])("a wrong %s gives 78 before anything is started", async (name, value, sentence) => {
  const { exit, stdout, stderr } = await shim(["run", "demo", "--", "echo", "ran"], { [name]: value }).finished;

  expect({ exit, stdout }).toEqual({ exit: 78, stdout: "" });
  expect(stderr).toMatch(sentence);
});

test("where nobody reads on, the command ends as ever, and says nothing of it", async () => {
  const { child, finished } = shim(["register", "schema"]);
  child.stdout!.destroy();

  expect(await finished).toMatchObject({ exit: 0, stderr: "" });
});

test("nor does it where what nobody reads is a file of a daemon's", async () => {
  await using api = await scriptedApi({ "GET /api/v1/register.xml": { body: "x".repeat(1_000_000) } });
  const { child, finished } = shim(["register", "export", "--xml"], { SEATMETER_URL: api.url });
  child.stdout!.destroy();

  expect(await finished).toMatchObject({ exit: 0, stderr: "" });
});

test.runIf(existsSync("/dev/full"))(
  "an answer for which there is no room on the disk is told of, in a line",
  async () => {
    const full = ["sh", "-c", 'exec "$0" "$@" > /dev/full', ...COMMAND] as const;

    expect(await shim(["register", "schema"], {}, full).finished).toMatchObject({
      exit: 64,
      stderr: expect.stringMatching(/^seatmeter: the output cannot be written: ENOSPC[^\n]*\n$/),
    });
  },
);

test("an answer that breaks off is none: the next daemon is asked, and without one it is told", async () => {
  const brokenOff = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": 1000 });
    response.write('{"items": [', () => response.destroy());
  }).listen(0, "127.0.0.1");
  await once(brokenOff, "listening");
  const url = `ws://127.0.0.1:${(brokenOff.address() as AddressInfo).port}`;
  await using api = await scriptedApi({ "GET /api/v1/pools": { body: { items: [] } } });
  const alone = await shim(["status", "--json"], { SEATMETER_URL: url }).finished;
  const withAnother = await shim(["status", "--json"], { SEATMETER_URL: `${url},${api.url}` }).finished;
  brokenOff.close();

  expect(alone).toMatchObject({
    exit: 69,
    stdout: "",
    stderr: expect.stringMatching(/^seatmeter: No daemon could be asked \([^\n]*\n$/),
  });
  expect(withAnother).toMatchObject({ exit: 0, stdout: '{"pools":[]}\n', stderr: "" });
});

test("a change of the register that may have been made is not asked of the next daemon, one that nobody heard is", async () => {
  const heard: string[] = [];
  const dying = createServer((request) => {
    heard.push(request.method!);
    request.socket.destroy();
  }).listen(0, "127.0.0.1");
  await once(dying, "listening");
  const url = `ws://127.0.0.1:${(dying.address() as AddressInfo).port}`;
  await using api = await scriptedApi({ "PATCH /api/v1/register": { body: { revision: 2 } } });
  const changes = join(folder, "changes.json");
  writeFileSync(changes, '[{"op": "remove", "path": "/pools/cad/entitlements/0"}]');
  const changed = (urls: string) =>
    shim(["register", "change", changes, "--reason", "over"], { SEATMETER_URL: urls }).finished;
  const unsure = await changed(`${url},${api.url}`);
  dying.close();

  expect(unsure).toMatchObject({ exit: 69, stdout: "", stderr: expect.stringContaining("may have been done") });
  expect(heard).toEqual(["PATCH"]);
  expect(api.calls).toEqual([]);
  expect(await changed(`${url},${api.url}`)).toMatchObject({ exit: 0, stderr: "" });
});

test("what looks like ours behind -- is the program's", async () => {
  expect((await shim(["run", "demo", "--", "echo", "--wait"]).finished).stdout).toBe("--wait\n");
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

test("what can never work in a register is a warning on a line with its place, and no mistake", async () => {
  const file = join(folder, "odd.yaml");
  writeFileSync(
    file,
    "organisation: Exampleshire\nproducts:\n  demo: { owner: it, pools: [demo] }\npools:\n  demo:\n    limits: [{ each: user, seats: 3 }]\n" +
      "    entitlements: [{ reference: A, seats: 3, starts: 2020-01-01 }]\n",
  );
  const never = "never decides: each user may have 3, and the pool has 3 seats at most";

  expect(await shim(["register", "check", file]).finished).toMatchObject({
    exit: 0,
    stdout: `${file}: 1 product and 1 pool, no mistakes, 1 warning.\n`,
    stderr: `${file}:6:14 warning: pools.demo.limits[0] ${never}\n`,
  });
});

test("what keeps a daemon from asking a directory is told where the register says so", async () => {
  const file = join(folder, "directory.yaml");
  const check = () => shim(["register", "check", file]).finished;
  writeFileSync(
    file,
    "organisation: Exampleshire\ngroups:\n  cad:\n    directory:\n      url: ldaps://dc1\n      base: DC=x\n      filter: (uid)\n" +
      "      bindDn: CN=seatmeter\n      passwordFile: nowhere.txt\n      certificateAuthorityFile: authority.pem\n",
  );
  writeFileSync(join(folder, "authority.pem"), "no certificate");

  const { exit, stderr } = await check();
  expect(exit).toBe(78);
  expect(stderr.split("\n")).toEqual([
    expect.stringContaining(`${file}:7:15 groups.cad.directory.filter is no filter: `),
    expect.stringContaining(`${file}:9:21 groups.cad.directory.passwordFile nowhere.txt cannot be read: ENOENT`),
    expect.stringContaining(
      `${file}:10:33 groups.cad.directory.certificateAuthorityFile authority.pem holds no certificate`,
    ),
    "",
  ]);
});

test("a register whose top level is no mapping is a mistake, and no fault of ours", async () => {
  const file = join(folder, "list.yaml");
  writeFileSync(file, "- a\n");
  expect(await shim(["register", "check", file]).finished).toMatchObject({
    exit: 78,
    stderr: `${file}:1:1 must be a mapping, key: value, and is a list\n`,
  });
});

test("files that the register names are looked at too: one that is missing or has mistakes is told where it is named", async () => {
  const file = join(folder, "names-files.yaml");
  const check = () => shim(["register", "check", file]).finished;
  writeFileSync(
    file,
    "organisation: Exampleshire\naccess:\n  shims: { tokensFile: shim-tokens.txt }\n  people: { tokensFile: nowhere.txt }\n" +
      "tls:\n  certificateFile: cert.pem\n  keyFile: key.pem\n",
  );
  writeFileSync(join(folder, "shim-tokens.txt"), "# one too few words\npc-1 shim\n");
  writeFileSync(join(folder, "cert.pem"), "no certificate");

  const { exit, stderr } = await check();
  expect(exit).toBe(78);
  expect(stderr.split("\n")).toEqual([
    expect.stringContaining(`${file}:3:24 access.shims.tokensFile shim-tokens.txt:2:1 the third word is sha256:`),
    expect.stringContaining(`${file}:4:25 access.people.tokensFile nowhere.txt cannot be read: ENOENT`),
    expect.stringContaining(`${file}:7:12 tls.keyFile the key key.pem cannot be read: ENOENT`),
    "",
  ]);

  writeFileSync(join(folder, "key.pem"), "no key");
  expect((await check()).stderr).toContain(`${file}:6:3 tls cert.pem and key.pem are no certificate with its key`);
});

test("the secret that an issuer gave is looked for too, and never shown", async () => {
  const file = join(folder, "single-sign-on.yaml");
  const check = () => shim(["register", "check", file]).finished;
  const oidc = "issuer: https://login.example, clientId: seatmeter, clientSecretFile: oidc-secret.txt";
  writeFileSync(
    file,
    `organisation: Exampleshire\naccess:\n  people:\n    oidc: { ${oidc}, roles: { map: { readers: viewer } } }\n`,
  );
  expect((await check()).stderr).toMatch(
    /:4:\d+ access\.people\.oidc\.clientSecretFile oidc-secret\.txt cannot be read/,
  );
  writeFileSync(join(folder, "oidc-secret.txt"), "\n");
  expect((await check()).stderr).toContain("oidc-secret.txt is empty");
  writeFileSync(join(folder, "oidc-secret.txt"), "hush\n");
  const { exit, stdout, stderr } = await check();
  expect(exit, stderr).toBe(0);
  expect(stdout + stderr).not.toContain("hush");

  writeFileSync(file, readFileSync(file, "utf8").replace("clientId:", "certificateAuthority: none.pem, clientId:"));
  expect((await check()).stderr).toMatch(/:4:\d+ access\.people\.oidc\.certificateAuthority none\.pem cannot be read/);
});

test("a file in another encoding than UTF-8 is refused where it leaves it, the register as well as a list of people", async () => {
  const file = join(folder, "latin1.yaml");
  const check = () => shim(["register", "check", file]).finished;
  const register = (organisation: string) =>
    Buffer.from(`organisation: ${organisation}\ngroups: { cad: { membersFile: latin1.csv } }\n`, "latin1");
  writeFileSync(join(folder, "latin1.csv"), Buffer.from("user,department\nasmith,Caf\u00e9s\n", "latin1"));

  writeFileSync(file, register("Stoke Caf\u00e9"));
  const refused = "is not UTF-8 from here on: save the file as UTF-8";
  expect(await check()).toMatchObject({ exit: 78, stderr: `seatmeter: ${file}:1:24 ${refused}\n` });
  writeFileSync(file, register("Stoke"));
  expect(await check()).toMatchObject({
    exit: 78,
    stderr: `${file}:2:31 groups.cad.membersFile latin1.csv:2:11 ${refused}\n`,
  });
});

test("the register's schema is JSON, for editors", async () => {
  const { exit, stdout } = await shim(["register", "schema"]).finished;

  expect(exit).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ type: "object" });
});

test.each([
  ["shim", "asmith", "viewer", "shims' tokens only"],
  ["viewer", "PC-1", "gateway", "people's tokens only"],
])("a token in a file of the other kind's is warned of: after a %s's, %s %s", async (first, name, role, warning) => {
  const file = join(folder, `${first}.txt`);
  const put = (who: string, as: string) => shim(["token", who, "--role", as, "--file", file]).finished;
  expect(await put("first", first)).toMatchObject({ exit: 0, stderr: "" });

  expect(await put(name, role)).toMatchObject({ exit: 0, stderr: expect.stringContaining(`${file} held ${warning}`) });
  // From now on it serves both.
  expect(await put(name, role)).toMatchObject({ exit: 0, stderr: "" });
});

test("a line for a token begins a line, however the file ended", async () => {
  const file = join(folder, "by-hand.txt");
  writeFileSync(file, "# shims");
  await shim(["token", "PC-1", "--role", "shim", "--file", file]).finished;

  expect(readFileSync(file, "utf8")).toMatch(/^# shims\nPC-1 shim sha256:[0-9a-f]{64}\n$/);
});

test.each([
  ["made for its owner alone", undefined, 0o600],
  ["left to its group, as which the daemon may run", 0o640, 0o640],
  ["taken from all others", 0o666, 0o660],
])("a file of tokens is %s", async (_, before, after) => {
  const file = join(folder, `mode-${after}.txt`);
  if (before !== undefined) {
    writeFileSync(file, "");
    chmodSync(file, before);
  }
  await shim(["token", "asmith", "--role", "viewer", "--file", file]).finished;

  expect(statSync(file).mode & 0o777).toBe(after);
});

test("a token is shown once, and its line goes into a file", async () => {
  const file = join(folder, "tokens.txt");
  const made = await shim(["token", "PC-1", "--role", "shim", "--until", "2031-03-31", "--file", file]).finished;
  const shown = await shim(["token", "asmith", "--role", "viewer"]).finished;

  expect(made).toMatchObject({ exit: 0, stderr: "", stdout: expect.stringMatching(/^\S{20,}\n$/) });
  expect(readFileSync(file, "utf8")).toMatch(/^PC-1 shim sha256:[0-9a-f]{64} until=2031-03-31\n$/);
  expect(shown.stderr).toMatch(/^asmith viewer sha256:[0-9a-f]{64}\n$/);
});
