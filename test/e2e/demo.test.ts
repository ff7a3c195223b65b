import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FINDINGS, type FindingKind } from "../../daemon/compliance/kinds.ts";
import { OVERFLOW, PRODUCTS } from "../../demo/council.ts";
import { freePort } from "../support/redis.ts";
import { PROJECT } from "../support/source.ts";

/** Where its temporary folder is made; short, for the socket of its Redis. Of each test its own. */
let folder: string;
let demo: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sm-"));
});
afterEach(() => {
  if (demo?.exitCode === null) demo.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** As `npm run demo` does it, with so small a past. */
function startDemo(listen: string, ...args: string[]) {
  const words = ["--import", "./setup.mjs", "demo/main.ts", "--years", "0.05", ...args];
  const child = spawn(process.execPath, words, {
    cwd: PROJECT,
    // What a person's environment says of a real ledger and history is none of the demo's business.
    env: {
      ...{ PATH: process.env.PATH, TMPDIR: folder, SEATMETER_LISTEN: listen },
      ...{ REDIS_URL: "redis://127.0.0.1:1", DATABASE_URL: "postgres://nobody@127.0.0.1:1/none" },
    },
  });
  demo = child;
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (part) => (output += part));
  // And what it said has been heard.
  const ended = once(child, "close").then(([exit]) => exit as number);
  /** However long it takes to make a past here. */
  const says = (words: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => words.test(output) && resolve();
      for (const stream of [child.stdout, child.stderr]) stream.on("data", look);
      look();
      void ended.then(() => reject(new Error(`the demo ended: ${output}`)));
    });
  return { child, ended, says, output: () => output };
}

test("the demo has a past, people who come and go, and leaves nothing behind", async () => {
  const port = await freePort();
  const { child, ended, says, output } = startDemo(`127.0.0.1:${port}`);
  await says(new RegExp(`Ready at http://127\\.0\\.0\\.1:${port}`));
  expect(output()).toMatch(/A past of a council that does not exist: [\d,]+ events in \d+ s/);

  // Before anybody looks at a page its days are there, and what is worked out once a day.
  const file = join(folder, readdirSync(folder)[0] as string, "history.sqlite");
  const history = new DatabaseSync(file, { readOnly: true });
  const worked = history.prepare("select count(*) as pools, min(nightly) > '' as nights from rolled_pools").get();
  history.close();
  expect(worked).toMatchObject({ pools: Object.keys(PRODUCTS).length + Object.keys(OVERFLOW).length, nights: 1 });

  const ask = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).json();
  type Pools = { items: { pool: string; used: number; owned: number }[] };
  const pools = async () => ((await ask("/api/v1/pools")) as Pools).items;
  expect((await pools()).map(({ pool }) => pool)).toContain("draftline");
  await expect.poll(async () => (await pools()).filter(({ used }) => used > 0).length).toBeGreaterThan(8);
  expect(await ask("/readyz")).toMatchObject({ ledger: "up", history: "up" });
  for (const path of ["/", "/pools/inkwell", "/denials", "/register", "/compliance", "/computers", "/metrics"]) {
    expect((await fetch(`http://127.0.0.1:${port}${path}`)).status, path).toBe(200);
  }
  const { findings } = (await ask("/api/v1/compliance")) as { findings: { kind: FindingKind; about: string }[] };
  // All owners can be asked.
  expect(new Set(findings.map(({ kind }) => kind))).toEqual(
    new Set(FINDINGS.filter((kind) => kind !== "owner_missing")),
  );
  const over = findings.filter(({ kind }) => kind === "over_installed");
  expect(over.map(({ about }) => about)).toEqual(["Careview"]);
  expect(readdirSync(folder)).toHaveLength(1);

  child.kill("SIGINT");
  expect(await ended).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
  await expect(ask("/readyz")).rejects.toThrow();
});

test("a port in use is told before anything is made", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const { ended, output } = startDemo(`127.0.0.1:${port}`);
  expect(await ended).toBe(69);
  expect(output()).toMatch(/SEATMETER_LISTEN=127\.0\.0\.1:7171 npm run demo/);
  expect(output()).not.toMatch(/%/);
  expect(readdirSync(folder)).toEqual([]);
  server.close();
});

test("who stops it while its past is made finds nothing of it", async () => {
  const { child, ended, says } = startDemo(`127.0.0.1:${await freePort()}`, "--years", "2");
  await says(/ 0 %/);
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
  expect(existsSync(join(PROJECT, "data/demo"))).toBe(false);
});

test("wrong words are told with exit code 64", async () => {
  for (const args of [
    ["--years", "9"],
    ["--seed", "x"],
    ["--sed", "1"],
  ]) {
    const { ended, output } = startDemo("127.0.0.1:1", ...args);
    expect(await ended, args.join(" ")).toBe(64);
    expect(output()).not.toMatch(/ at .*\.ts:/);
  }
});
