import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { InventoryRounds } from "../../client-shim/agent/inventory-rounds.ts";
import { installedSoftware } from "../../client-shim/inventory/installed.ts";
import { emptyStateFolder } from "../support/shim.ts";

/** A computer that has these programs and no others; each is a script for sh. */
function programsHere() {
  const folder = mkdtempSync(join(tmpdir(), "programs-"));
  vi.stubEnv("PATH", folder);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });
  return (name: string, script: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  };
}

const listing = (...names: string[]) =>
  names.map((name) => `printf 'installed\\t${name}\\t1\\tExample\\t\\n'`).join("\n");
const SNAPS = `printf 'Name Version Rev Tracking Publisher Notes\\nplans 3 7 stable example -\\n'`;
const SNAPD_IS_OFF = `echo 'error: cannot list snaps: cannot communicate with server
more of it' >&2; exit 1`;

/** An agent's rounds, and what a daemon heard of them by name. */
function anAgent(folder = emptyStateFolder()) {
  const log: string[] = [];
  const rounds = new InventoryRounds(folder, (sentence) => log.push(sentence));
  const heard: string[][] = [];
  const ask = async ({ part, software }: { part: number; software: { name: string; publisher: string }[] }) => {
    // What the computer has that this test runs on has left its tags, too.
    const ours = software.filter(({ publisher }) => publisher.toLowerCase() === "example");
    heard.push(ours.map(({ name }) => name));
    return { type: "inventoried", part };
  };
  const connection = { welcome: { accepts: ["inventory"] }, ask } as never;
  return { folder, log, heard, round: () => rounds.round(connection) };
}

test("one source that fails is named once, and stays told as it was; the others are told as they are now", async () => {
  const program = programsHere();
  program("dpkg-query", listing("git"));
  program("snap", SNAPS);
  const agent = anAgent();
  await agent.round();
  program("dpkg-query", listing("git", "vim"));
  program("snap", SNAPD_IS_OFF);
  await agent.round();
  await agent.round();
  expect(agent.heard).toEqual([
    ["git", "plans"],
    ["git", "plans", "vim"],
  ]);
  const why = "snap: error: cannot list snaps: cannot communicate with server";
  const sentence = `of what is installed, what snap lists cannot be read, and is told as it was before: ${why}.`;
  expect(agent.log).toEqual([sentence]);

  // The next agent knows what this one told, and one that is read again may fail again.
  const next = anAgent(agent.folder);
  program("dpkg-query", listing("vim"));
  await next.round();
  program("snap", SNAPS);
  await next.round();
  program("snap", SNAPD_IS_OFF);
  await next.round();
  expect([next.heard, next.log]).toEqual([[["plans", "vim"]], [sentence, sentence]]);
});

test("a source that was never read is left out, and a program that is not there is nothing to tell of", async () => {
  const program = programsHere();
  program("dpkg-query", listing("git"));
  program("flatpak", "exit 3");
  const agent = anAgent();
  await agent.round();
  expect(agent.heard).toEqual([["git"]]);
  expect(agent.log).toEqual([
    "of what is installed, what flatpak lists cannot be read, and is left out: flatpak: it ended with exit code 3.",
  ]);
  expect(Object.keys((await installedSoftware()).lists)).toEqual(["dpkg", "rpm", "snap", "swid"]);
});

test("where a list is damaged and no other lists anything, nothing is told, and not that the computer is empty", async () => {
  const program = programsHere();
  program("dpkg-query", "echo \"dpkg-query: error: parsing file '/var/lib/dpkg/status' near line 7\" >&2; exit 2");
  const agent = anAgent();
  expect([await agent.round(), await agent.round()]).toEqual([true, true]);
  expect(agent.heard).toEqual([]);
  expect(agent.log).toEqual([
    expect.stringMatching(/could not be told: .*parsing file '\/var\/lib\/dpkg\/status' near/),
  ]);
});

test("a list whose columns nobody knows is not taken for an empty one", async () => {
  const program = programsHere();
  program("dpkg-query", listing("git"));
  program("snap", "echo 'Nom  Version'");
  const { unread } = await installedSoftware();
  expect(unread).toEqual([{ source: "snap", why: "snap: its list has other columns than are known" }]);
});
