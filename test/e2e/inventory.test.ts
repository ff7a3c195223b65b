import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { demoRegister, startDaemon } from "../support/daemon.ts";

const SEATMETER = join(import.meta.dirname, "../../client-shim/seatmeter.mjs");
const run = promisify(execFile);

async function daemonWith(env: Record<string, string>) {
  const daemon = await startDaemon({ register: demoRegister(), env });
  onTestFinished(() => daemon[Symbol.asyncDispose]());
  const on =
    (path = process.env.PATH) =>
    (...args: string[]) =>
      run(process.execPath, [SEATMETER, ...args], {
        env: {
          PATH: path,
          SEATMETER_URL: daemon.url,
          SEATMETER_STATE: daemon.data,
          SEATMETER_DEVICE: "PC-12",
        },
        maxBuffer: 64 * 1024 * 1024,
      });
  return { daemon, seatmeter: Object.assign(on(), { on }) };
}

test("what this computer has installed is shown as it would be sent, and sent", async () => {
  const { daemon, seatmeter } = await daemonWith({ SEATMETER_HISTORY: "" });
  const { stdout, stderr } = await seatmeter("inventory", "--json", "--send");
  const { software } = JSON.parse(stdout) as { software: object[] };
  expect(stderr).toContain(`knows now of ${software.length} programs`);
  for (const one of software) expect(Object.keys(one)).toEqual(["name", "publisher", "version"]);
  expect(stdout).not.toContain(process.env.HOME ?? "/root/");

  // What it knows then is told by name to who may see it, and under no name where it is kept.
  const computers = (await (await fetch(`${daemon.httpUrl}/api/v1/computers`)).json()) as { items: object[] };
  expect(computers.items).toMatchObject([{ name: "PC-12", site: "here", software: software.length, retired: null }]);
  const { stdout: told } = await seatmeter("compliance", "--json");
  expect(JSON.parse(told)).toMatchObject({ computers: 1, titles: { unknown: software.length } });
  expect((await seatmeter("compliance", "--format", "text")).stdout).toMatch(
    /^Software that the register does not know\n/,
  );
  for (const name of readdirSync(daemon.data).filter((file) => file.startsWith("history.sqlite"))) {
    expect(readFileSync(join(daemon.data, name)).includes("PC-12"), name).toBe(false);
  }
  expect(daemon.output()).not.toContain("PC-12");
});

test("a daemon that keeps no history is not told, and the command says so", async () => {
  const { seatmeter } = await daemonWith({});
  await expect(seatmeter("inventory", "--send")).rejects.toMatchObject({
    code: 78,
    stderr: expect.stringContaining("keeps no list of what is installed"),
  });
});

test("a source that cannot be read is named, the rest is shown, and sent only for who says that it may be left out", async () => {
  const { daemon, seatmeter } = await daemonWith({ SEATMETER_HISTORY: "" });
  const programs = join(daemon.data, "programs");
  mkdirSync(programs);
  const program = (name: string, script: string) => {
    writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(programs, name), 0o755);
  };
  program("dpkg-query", "printf 'installed\\tgit\\t2.39\\tExample\\t\\n'");
  program("snap", "echo 'error: cannot communicate with server' >&2; exit 1");
  const known = async () =>
    ((await (await fetch(`${daemon.httpUrl}/api/v1/computers`)).json()) as { items: object[] }).items.length;
  const here = (...args: string[]) => seatmeter.on(programs)("inventory", ...args);

  const why = "what snap lists cannot be read: snap: error: cannot communicate with server.";
  await expect(here()).rejects.toMatchObject({
    ...{ code: 70, stdout: expect.stringMatching(/^git +Example +2\.39$/m) },
    stderr: expect.stringMatching(new RegExp(`^.*${why}\n$`)),
  });
  await expect(here("--send")).rejects.toMatchObject({
    ...{ code: 70, stderr: expect.stringContaining("send the rest with --without snap.") },
  });
  expect(await known()).toBe(0);
  const { stderr } = await here("--send", "--without", "snap");
  expect(stderr).toMatch(/knows now of [1-9]/);
  expect(await known()).toBe(1);
});
