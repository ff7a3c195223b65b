import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { processIds } from "../../client-shim/programs/linux-processes.ts";
import { tried } from "../../packaging/trial.ts";
import { PROJECT } from "../../packaging/version.ts";
import { dataFolder } from "../support/daemon.ts";

const CHECKOUT = { node: process.execPath, home: PROJECT };
const PACKAGING = join(PROJECT, "packaging");

/** Where a trial puts all that it needs; and what is there, or runs there. */
function place() {
  const folder = dataFolder();
  const { path } = folder;
  const workers = () =>
    processIds().filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`).startsWith(path);
      } catch {
        return false;
      }
    });
  onTestFinished(() => {
    for (const pid of workers()) process.kill(pid, "SIGKILL");
    folder[Symbol.dispose]();
  });
  return { path, mark: join(path, "mark"), workers, left: () => [...readdirSync(path), ...workers()] };
}

/** Instead of the shim, with the trial's folder as its own. */
const script = (text: string): [string, ...string[]] => [process.execPath, "-e", text];
/** The daemon of the trial is gone in a moment, and has shut down nothing. */
const KILLS_THE_DAEMON = script(`
  const { readdirSync, readFileSync, readlinkSync } = require("node:fs");
  for (const pid of readdirSync("/proc").filter((name) => /^\\d+$/.test(name))) {
    try {
      if (readlinkSync("/proc/" + pid + "/cwd") !== process.cwd()) continue;
      if (readFileSync("/proc/" + pid + "/cmdline", "utf8").includes("daemon/main.ts")) process.kill(pid, "SIGKILL");
    } catch {}
  }
  process.exit(1);`);

describe.skipIf(process.platform !== "linux")("of a trial nothing is left, no Redis and no other program:", () => {
  test.each([
    ["that holds", script('console.log("launched")'), "launched\n"],
    ["whose launch fails", script("process.exit(3)"), undefined],
    ["whose daemon is killed", KILLS_THE_DAEMON, undefined],
  ])("one %s", async (_how, shim, says) => {
    const { path, left } = place();
    vi.stubEnv("TMPDIR", path);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { stdout } = await tried(CHECKOUT, shim).catch(() => ({ stdout: undefined }));
    expect(stdout).toBe(says);
    expect(left()).toEqual([]);
  });

  test("one in the midst of which the command is told to stop", async () => {
    const { path, mark, workers } = place();
    const text = `
      import { clearAtExit } from ${JSON.stringify(join(PACKAGING, "scratch.ts"))};
      import { tried } from ${JSON.stringify(join(PACKAGING, "trial.ts"))};
      clearAtExit();
      await tried(${JSON.stringify(CHECKOUT)}, ["sh", "-c", "touch ${mark}; exec sleep 600"]);`;
    const command = spawn(process.execPath, ["--input-type=module", "-e", text], {
      env: { ...process.env, TMPDIR: path },
    });
    await expect.poll(() => existsSync(mark)).toBe(true);
    // A daemon, its Redis, and what is launched.
    expect(workers().length).toBeGreaterThanOrEqual(3);
    expect(await stopped(command)).toBe(143);
    expect(workers()).toEqual([]);
    expect(readdirSync(path)).toEqual(["mark"]);
  });
});

test.skipIf(process.platform !== "linux")("npm run package that is told to stop ends what it has started", async () => {
  const { path, mark, workers } = place();
  // In the place of what checks the first of its files.
  const tool = join(path, "xmllint");
  writeFileSync(tool, `#!/bin/sh\ncd ${path} && touch ${mark} && exec sleep 600\n`);
  chmodSync(tool, 0o755);
  const command = spawn(process.execPath, [join(PACKAGING, "main.ts"), "settings", "--into", join(path, "dist")], {
    env: { ...process.env, PATH: `${path}:${process.env.PATH}` },
  });
  await expect.poll(() => existsSync(mark)).toBe(true);
  await expect.poll(() => workers().length).toBe(1);
  expect(await stopped(command)).toBe(143);
  expect(workers()).toEqual([]);
});

async function stopped(command: ChildProcess): Promise<number | null> {
  onTestFinished(() => void command.kill("SIGKILL"));
  const ended = once(command, "exit");
  command.kill("SIGTERM");
  return (await ended)[0];
}
