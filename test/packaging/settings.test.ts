import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ERRORS } from "../../daemon/domain/errors.ts";
import { checksOf } from "../../packaging/checks.ts";
import { policyMistakes } from "../../packaging/policy.ts";
import { PROJECT, textOf } from "../support/source.ts";

const FILES = "packaging/files";
const folder = mkdtempSync(join(tmpdir(), "seatmeter-set-up-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the Group Policy template", () => {
  const admx = textOf(`${FILES}/windows/seatmeter.admx`);
  const adml = textOf(`${FILES}/windows/seatmeter.adml`);

  test("sets all that the shim reads, in its key, and has a text for each", () => {
    expect(policyMistakes(admx, adml)).toEqual([]);
  });

  test.each([
    [
      "a value that nobody reads",
      admx.replace('valueName="TokenFile"', 'valueName="Token"'),
      adml,
      "the shim does not read token",
    ],
    [
      "a text that is missing",
      admx,
      adml.replace('<string id="TokenFile">', '<string id="Other">'),
      "no string TokenFile",
    ],
    ["a field without a box", admx, adml.replace('refId="KeyFile"', 'refId="Key"'), "no box for KeyFile"],
    [
      "another key",
      admx.replace(' key="SOFTWARE\\Policies\\Seatmeter"', ' key="SOFTWARE\\Else"'),
      adml,
      "another key: SOFTWARE\\Else",
    ],
    [
      "a category that is not there",
      admx.replace('category name="Seatmeter"', 'category name="Other"'),
      adml,
      "no category Seatmeter",
    ],
  ])("with %s is known to be wrong", (_, policies, texts, mistake) => {
    expect(policyMistakes(policies, texts)).toContain(mistake);
  });
});

describe("what is installed beside the shim", () => {
  const files = globSync(`${FILES}/**/*.{service,plist,adml}`, { cwd: PROJECT }).map((file) => join(PROJECT, file));

  test.each(files)("%s holds what is asked of it, as far as this machine can tell", async (file) => {
    expect((await checksOf(file)).filter(({ result }) => result === "failed")).toEqual([]);
  });

  // systemd gives a unit up for good that begins five times in ten seconds.
  test.each([`${FILES}/daemon/seatmeter.service`, "docs/server.md"])(
    "the daemon's unit in %s waits for a database that is away, and not for settings to mend themselves",
    (file) => {
      const value = (name: string) => new RegExp(`^${name}=(\\d+)$`, "m").exec(textOf(file))?.[1];
      expect(Number(value("RestartSec")) * 4).toBeGreaterThan(10);
      expect(value("RestartPreventExitStatus")).toBe(String(ERRORS.settings_invalid.exit));
    },
  );

  test.skipIf(!existsSync("/usr/bin/systemd-analyze"))(
    "a unit that systemd does not understand is known to be wrong",
    async () => {
      const wrong = join(folder, "seatmeter.service");
      writeFileSync(
        wrong,
        textOf(`${FILES}/daemon/seatmeter.service`).replace("ProtectHome=yes", "ProtectHome=perhaps"),
      );
      expect((await checksOf(wrong)).map(({ result }) => result)).toContain("failed");
    },
  );
});

describe("a silent install", () => {
  let nth = 0;
  /** A system in a folder, as dpkg has it when it runs the script. */
  function setUp(env: Record<string, string>, there: Record<string, string> = {}) {
    const root = join(folder, `root-${nth++}`);
    mkdirSync(join(root, "usr/share/seatmeter"), { recursive: true });
    mkdirSync(join(root, "etc/seatmeter"), { recursive: true });
    cpSync(join(PROJECT, FILES, "shim/shim.yaml"), join(root, "usr/share/seatmeter/shim.yaml"));
    for (const [name, content] of Object.entries(there)) writeFileSync(join(root, "etc/seatmeter", name), content);
    const { status, stderr } = spawnSync("sh", [join(PROJECT, FILES, "shim/set-up")], {
      ...{ env: { PATH: process.env.PATH, ...env, SEATMETER_ROOT: root }, encoding: "utf8" },
    });
    const path = (name: string) => join(root, "etc/seatmeter", name);
    const read = (name: string) => (existsSync(path(name)) ? readFileSync(path(name), "utf8") : undefined);
    return { status, stderr, path, read };
  }

  test("that says nothing leaves a file in which everything is explained", () => {
    const { status, read } = setUp({});
    expect(status).toBe(0);
    expect(parse(read("shim.yaml")!)).toEqual({ deviceKeyFile: "/etc/seatmeter/device-key.json" });
    expect(read("enrol")).toBeUndefined();
  });

  test("may say where the daemons are, and the token for enrolment, which nobody else can read", () => {
    const SEATMETER_SERVER = "wss://a.example,wss://b.example:7070";
    const { path, read } = setUp({ SEATMETER_SERVER, SEATMETER_ENROL_TOKEN: "secret" });
    expect(parse(read("shim.yaml")!).daemons).toEqual(["wss://a.example", "wss://b.example:7070"]);
    expect(read("enrol")).toBe("secret\n");
    expect(statSync(path("enrol")).mode & 0o777).toBe(0o600);
    expect(statSync(path("shim.yaml")).mode & 0o777).toBe(0o644);
  });

  test("changes no settings that are there, and no token", () => {
    const there = { "shim.yaml": "daemons: [wss://mine.example]\n", enrol: "mine\n" };
    const { read } = setUp({ SEATMETER_SERVER: "wss://a.example", SEATMETER_ENROL_TOKEN: "other" }, there);
    expect(read("shim.yaml")).toBe(there["shim.yaml"]);
    expect(read("enrol")).toBe("mine\n");
  });

  test.each(['wss://a", "tokenFile: "/etc/shadow', "wss://a.example\ntokenFile: /etc/shadow", "$(reboot)"])(
    "takes nothing for an address that is none: %j",
    (SEATMETER_SERVER) => {
      const { status, stderr, read } = setUp({ SEATMETER_SERVER });
      expect(status).toBe(78);
      expect(stderr).toContain("SEATMETER_SERVER is no list of addresses");
      expect(read("shim.yaml")).toBeUndefined();
    },
  );
});

test("scripts of packages are what a POSIX shell reads", () => {
  const scripts = ["set-up", "enrol", "postinst", "prerm", "postrm"].map((name) => `shim/${name}`);
  for (const script of [
    ...scripts,
    ...["postinst", "prerm", "postrm", "seatmeter-admin"].map((name) => `daemon/${name}`),
  ])
    execFileSync("sh", ["-n", join(PROJECT, FILES, script)]);
});
