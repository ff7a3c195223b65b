import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { copyTree, plainEnvironment, removeTree, Typed } from "../support/copied-tree.ts";
import { textOf } from "../support/source.ts";

const PATIENCE_MS = 300_000;

/** The commands of the README's quick start, in their order. */
const quickStart = (
  textOf("README.md")
    .split(/^## /m)
    .find((part) => part.startsWith("Quick start\n")) ?? ""
)
  .split("```sh\n")
  .slice(1)
  .flatMap((part) => part.split("```")[0]?.trim().split("\n") ?? []);

let tree: string;
let typed: Typed[] = [];

beforeAll(() => {
  tree = copyTree();
});

afterEach(async () => {
  for (const one of typed) one.interrupt("SIGTERM");
  await Promise.all(typed.map((one) => one.ended));
  typed = [];
});

// A tree with its packages is thousands of files.
afterAll(() => removeTree(tree), PATIENCE_MS);

function type(line: string, environment: Record<string, string> = {}): Typed {
  const one = new Typed(line, tree, plainEnvironment({ SEATMETER_STATE: join(tree, "state"), ...environment }));
  typed.push(one);
  return one;
}

const start = () => type("npm start", { SEATMETER_LISTEN: "127.0.0.1:0" });

async function ready(daemon: Typed): Promise<string> {
  const [, url = ""] = await daemon.says(/^Ready at (http:\/\/\S+)$/m);
  return url;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("the quick start of the README leads from a fresh clone to a fourth shell that is denied", {
  timeout: PATIENCE_MS,
}, async () => {
  const [npmStart, run = "", ...others] = quickStart.slice(0, -1);
  expect(npmStart).toBe("npm start");
  expect(run).toContain("npx seatmeter run demo");

  const daemon = start();
  const url = await ready(daemon);
  expect(daemon.output).toContain("installing the npm packages");

  const page = await fetch(url);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain("demo");

  const asShell = { SEATMETER_URL: url.replace("http", "ws") };
  const shells = [type(run, asShell), type(run, asShell), type(run, asShell)];
  const used = async () => {
    const { items } = (await (await fetch(`${url}/api/v1/pools`)).json()) as {
      items: { pool: string; used: number }[];
    };
    return items.find(({ pool }) => pool === "demo")?.used;
  };
  await vi.waitFor(async () => expect(await used()).toBe(3), { timeout: 60_000, interval: 50 });

  const fourth = type(run, asShell);
  expect(await fourth.ended).toBe(75);
  expect(fourth.output).toMatch(/no seat|in use/i);

  for (const line of others) {
    const command = type(line, asShell);
    expect(await command.ended, `${line}:\n${command.output}`).toBe(line.includes("explain") ? 75 : 0);
    expect(command.output).toContain("demo");
  }

  for (const shell of shells) shell.interrupt();
  await Promise.all(shells.map((shell) => shell.ended));
  expect(await used()).toBe(0);

  const redisPid = Number(readFileSync(join(tree, "data/redis/redis.pid"), "utf8"));
  expect(isAlive(redisPid)).toBe(true);
  daemon.interrupt();
  expect(await daemon.ended).toBe(0);
  expect(isAlive(redisPid)).toBe(false);
});

test("the last command of the quick start shows a year of renewals until it is interrupted", {
  timeout: PATIENCE_MS,
}, async () => {
  const line = quickStart.at(-1) ?? "";
  expect(line).toBe("npm run demo");
  const demo = type(line, { SEATMETER_LISTEN: "127.0.0.1:0" });
  const url = await ready(demo);

  const renewals = await fetch(`${url}/renewals`);
  expect(renewals.status).toBe(200);
  expect(await renewals.text()).toContain("Renewals");
  demo.interrupt();
  expect(await demo.ended).toBe(0);
});

test("a second start finds all there and installs nothing", { timeout: PATIENCE_MS }, async () => {
  expect(existsSync(join(tree, "node_modules"))).toBe(true);
  const daemon = start();
  const url = await ready(daemon);

  expect(daemon.output).not.toMatch(/^setup:/m);
  const health = type(`node_modules/.bin/node daemon/healthcheck.ts`, { SEATMETER_LISTEN: new URL(url).host });
  expect(await health.ended).toBe(0);
  daemon.interrupt();
  expect(await daemon.ended).toBe(0);

  const late = type(`node_modules/.bin/node daemon/healthcheck.ts`, { SEATMETER_LISTEN: new URL(url).host });
  expect(await late.ended).toBe(1);
});
