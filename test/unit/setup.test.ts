import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findRedis } from "../../daemon/ledger/redis-program.ts";
import { PROJECT } from "../support/source.ts";

const ONE = { "node_modules/one": { version: "1.0.0", integrity: "sha512-one" } };
const FOR_TESTS = { "node_modules/two": { version: "2.0.0", integrity: "sha512-two", dev: true } };
const OF_ANOTHER_PLATFORM = { "node_modules/three": { version: "3.0.0", integrity: "sha512-three", optional: true } };

let tree: string;
let programs: string;

beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), "seatmeter-test-"));
  programs = join(tree, "programs");
  mkdirSync(programs);
  mkdirSync(join(tree, "node_modules"));
  copyFileSync(join(PROJECT, "setup.mjs"), join(tree, "setup.mjs"));
  lock("package-lock.json", { "": { name: "seatmeter" }, ...ONE, ...FOR_TESTS, ...OF_ANOTHER_PLATFORM });
  lock("node_modules/.package-lock.json", { ...ONE, ...FOR_TESTS });
  // Stands for npm: notes how it was called, and fails if it is to.
  writeFileSync(
    join(tree, "npm.mjs"),
    `import { writeFileSync } from "node:fs";
     writeFileSync("npm-called", process.argv.slice(2).join(" "));
     if (process.env.NPM_FAILS) { console.error("npm error no such host"); process.exit(1); }`,
  );
});

afterEach(() => rmSync(tree, { recursive: true, force: true }));

function lock(file: string, packages: object) {
  writeFileSync(join(tree, file), JSON.stringify({ lockfileVersion: 3, packages }));
}

function addProgram(name: string) {
  writeFileSync(join(programs, name), "", { mode: 0o755 });
}

/** Run set-up where there are no programs but those added. */
const setUp = (purpose: string, environment: Record<string, string> = {}) => run(["setup.mjs", purpose], environment);

function run(words: string[], environment: Record<string, string> = {}) {
  const ended = spawnSync(process.execPath, words, {
    cwd: tree,
    env: { PATH: programs, npm_execpath: join(tree, "npm.mjs"), npm_node_execpath: process.execPath, ...environment },
    encoding: "utf8",
  });
  const called = join(tree, "npm-called");
  return {
    exit: ended.status,
    said: ended.stdout + ended.stderr,
    npm: existsSync(called) ? readFileSync(called, "utf8") : undefined,
  };
}

test("where all is there, set-up says nothing and runs nothing", () => {
  addProgram("redis-server");
  expect(setUp("daemon")).toEqual({ exit: 0, said: "", npm: undefined });
});

test("packages are installed when there are none, without running their scripts", () => {
  rmSync(join(tree, "node_modules"), { recursive: true });
  const { exit, said, npm } = setUp("packages");

  expect(exit).toBe(0);
  expect(said).toBe("setup: installing the npm packages (npm ci) …\n");
  expect(npm).toMatch(/^ci --ignore-scripts /);
});

test("packages are installed when one is older than the lock file says, or not in it any more", () => {
  lock("node_modules/.package-lock.json", {
    ...ONE,
    "node_modules/two": { version: "1.9.0", integrity: "sha512-old" },
  });
  expect(setUp("packages").npm).toBeDefined();

  rmSync(join(tree, "npm-called"));
  lock("node_modules/.package-lock.json", { ...ONE, ...FOR_TESTS, "node_modules/dropped": { version: "1.0.0" } });
  expect(setUp("packages").npm).toBeDefined();
});

test("a daemon starts without the packages for development; the tests do not", () => {
  addProgram("redis-server");
  lock("node_modules/.package-lock.json", ONE);
  expect(setUp("daemon").npm).toBeUndefined();
  expect(setUp("test").npm).toContain("--include=dev");
});

test("when npm fails, what it said is told", () => {
  rmSync(join(tree, "node_modules"), { recursive: true });
  expect(setUp("daemon", { NPM_FAILS: "1" })).toMatchObject({
    exit: 78,
    said: expect.stringMatching(/npm ci failed:\nnpm error no such host/),
  });
});

test("without a Redis and without the right to install one, the one line for this system is told, as the daemon tells it", () => {
  addProgram("brew");
  const { exit, said } = setUp("daemon");

  expect(exit).toBe(78);
  expect(said).toContain("run `brew install redis`");
  expect(() => findRedis(programs)).toThrow("run `brew install redis`");
});

test("with a ledger elsewhere no Redis is needed here", () => {
  expect(setUp("daemon", { REDIS_URL: "redis://ledger.exampleshire.example" })).toMatchObject({ exit: 0, said: "" });
});

test("what the tests could do without is named, with what is skipped and the line that installs it", () => {
  for (const name of ["valkey-server", "openssl", "apk"]) addProgram(name);
  const { exit, said } = setUp("test");

  expect(exit).toBe(0);
  expect(said).toMatch(
    /^setup: promtool is not here, so the tests with a real Prometheus are skipped; .*apk add prometheus`$/m,
  );
  expect(said).toMatch(/^setup: slapd is not here, so the tests with a real directory are skipped; .*install slapd$/m);
  expect(said).toMatch(/apk add chromium`$/m);
});

test("imported before the daemon it does what the daemon needs, and leaves the daemon its words", () => {
  writeFileSync(join(tree, "daemon.mjs"), "console.log(...process.argv.slice(2))");
  const words = ["--import", "./setup.mjs", "daemon.mjs", "test"];
  expect(run(words)).toMatchObject({ exit: 78, said: expect.stringMatching(/^setup: redis-server is not here/) });

  addProgram("redis-server");
  expect(run(words)).toEqual({ exit: 0, said: "test\n", npm: undefined });
});

test("an unknown purpose is told the known ones", () => {
  expect(setUp("everything")).toMatchObject({
    exit: 78,
    said: "setup: usage: node setup.mjs daemon|packages|bench|test|package\n",
  });
});
