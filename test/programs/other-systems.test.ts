import { execFileSync, spawn } from "node:child_process";
import { afterEach, expect, test } from "vitest";
import { accountIn } from "../../client-shim/programs/accounts.ts";
import { logindIdleMs, mutterIdleMs } from "../../client-shim/programs/linux-idle.ts";
import { hidIdleMs } from "../../client-shim/programs/mac-idle.ts";
import { processesIn } from "../../client-shim/programs/mac-processes.ts";
import { dialogCommand } from "../../client-shim/programs/mac-tell.ts";
import { legible } from "../../client-shim/programs/tell-person.ts";
import { watchPrograms } from "../../client-shim/programs/watch.ts";
import { WindowsChild } from "../../client-shim/programs/windows-child.ts";
import { afterChanges, WindowsProcesses } from "../../client-shim/programs/windows-processes.ts";
import { WINDOWS_SCRIPT } from "../../client-shim/programs/windows-script.ts";

// What cannot be run here is tested with what its documents show that it answers.

test("ps of macOS: each process by its file, and an application by its own name", () => {
  const text = `    1     0     0 Mon Nov  2 08:00:01 2026     /sbin/launchd
  501     1   501 Thu Nov 26 09:10:11 2026     /Applications/AutoCAD 2027/AutoCAD 2027.app/Contents/MacOS/AutoCAD
  502   501   501 Thu Nov 26 09:10:12 2026     /Applications/Code.app/Contents/Frameworks/Code Helper.app/Contents/MacOS/Code Helper
  503   501   501 Thu Nov 26 09:10:13 2026     (mdworker)
`;
  expect(processesIn(text)).toMatchObject([
    { pid: 1, parent: 0, owner: 0, path: "/sbin/launchd", names: ["launchd"] },
    { pid: 501, startedAtMs: Date.UTC(2026, 10, 26, 9, 10, 11), names: ["AutoCAD", "AutoCAD 2027.app"] },
    { pid: 502, parent: 501, owner: 501, names: ["Code Helper", "Code Helper.app"] },
    { pid: 503, names: ["(mdworker)"] },
  ]);
});

test.skipIf(process.platform !== "linux")("a real ps is read, down to when a process began", () => {
  const before = Date.now();
  const text = execFileSync("ps", ["-axo", "pid=,ppid=,uid=,lstart=,comm="], {
    env: { PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC" },
    encoding: "utf8",
  });
  const ps = processesIn(text).find(({ names }) => names[0] === "ps" || names[0]?.endsWith("/ps"));
  expect(ps).toMatchObject({ parent: process.pid, owner: process.getuid!() });
  expect(Math.abs(ps!.startedAtMs - before)).toBeLessThan(5_000);
  expect(processesIn(text)).toHaveLength(text.trim().split("\n").length);
});

test("macOS tells of its input in nanoseconds", () => {
  const text = `  | |   "HIDServiceSupport" = Yes\n  | |   "HIDIdleTime" = 4321000000\n`;
  expect([hidIdleMs(text), hidIdleMs("")]).toEqual([4_321, undefined]);
});

test("what macOS is to show is given to its script, and is no part of it", () => {
  const command = dialogCommand('-e "quit"', 'x" & (do shell script "id")');
  expect(command.slice(command.indexOf("--"))).toEqual(["--", '-e "quit"', 'x" & (do shell script "id")']);
  expect(command.slice(0, command.indexOf("--")).join()).not.toContain("shell");
});

test("accounts of Linux and of macOS, as their systems write them", () => {
  expect(accountIn("nadia:x:1000:1001:Nadia,,,:/home/nadia:/bin/bash\n", 5)).toEqual({
    ...{ name: "nadia", uid: 1000, gid: 1001, home: "/home/nadia" },
  });
  expect(accountIn("nadia:********:501:20::0:0:Nadia:/Users/nadia:/bin/zsh\n", 8)).toEqual({
    ...{ name: "nadia", uid: 501, gid: 20, home: "/Users/nadia" },
  });
  expect(accountIn("", 5)).toBeUndefined();
});

test("GNOME tells of its input in milliseconds, and a session manager since when its screen saver is on", () => {
  expect([mutterIdleMs("(uint64 4321,)\n"), mutterIdleMs("()"), mutterIdleMs()]).toEqual([4_321, undefined, undefined]);
  const since = (hint: string, microseconds: number) =>
    logindIdleMs(`IdleHint=${hint}\nIdleSinceHint=${microseconds}\n`, 1_790_000_010_000);
  expect([since("yes", 1_790_000_000_000_000), since("no", 1_790_000_000_000_000)]).toEqual([10_000, 0]);
  expect([since("no", 0), logindIdleMs(undefined, 5)]).toEqual([undefined, undefined]);
});

const ACAD = { pid: 7, parent: 3, name: "acad.exe", path: "C:\\ACAD\\acad.exe", user: "nadia" };
const STARTED = { ...ACAD, startedAtMs: 5_000, version: "25.0" };

test("Windows: a crash is told by its exit code, and a program of more rights is not ours", () => {
  const { processes } = afterChanges(new Map(), { started: [STARTED, { ...STARTED, pid: 8, user: null }], gone: [] });
  expect([...processes.keys()]).toEqual([7]);
  const gone = [
    { pid: 7, exit: -1073741819 },
    { pid: 9, exit: 1 },
    { pid: 11, exit: null },
  ];
  expect(afterChanges(processes, { started: [], gone }).crashed).toEqual(new Set([7]));
});

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** In PowerShell's place: answers each question with the next of these, and ends where there is none. */
const answering = (...answers: object[]) =>
  new WindowsChild((pipe) =>
    spawn(process.execPath, ["-e", IN_POWERSHELLS_PLACE, pipe, JSON.stringify(answers)], { stdio: "ignore" }),
  );
const IN_POWERSHELLS_PLACE = `
  const [, pipe, text] = process.argv;
  const answers = JSON.parse(text);
  const socket = require("node:net").connect(pipe);
  require("node:readline").createInterface({ input: socket }).on("line", () => {
    if (answers.length === 0) process.exit(3);
    socket.write(JSON.stringify(answers.shift()) + "\\n");
  });`;

test("Windows: programs start and end as the process that looks says, and are the same when it had to start anew", async () => {
  const other = { ...STARTED, pid: 8, name: "MAYA.EXE", version: null };
  const listing = new WindowsProcesses(answering({ started: [STARTED, other], gone: [] }));
  const told: string[] = [];
  const watch = watchPrograms(
    () => new Set(["acad.exe", "maya"]),
    {
      started: ({ executable, user, version }) => told.push(`+${executable} of ${user}, ${version}`),
      ended: ({ executable }, why) => told.push(`-${executable} ${why}`),
      blind: (why) => told.push(why),
    },
    // Each look after the first meets a process that has ended, or a new one that lists all anew.
    Object.assign(listing, { everyMs: 1 }),
  );
  stops.push(watch.stop);
  const blind = "PowerShell ended";
  await expect.poll(() => told.filter((one) => one === blind).length).toBeGreaterThan(1);
  expect(told.filter((one) => one !== blind)).toEqual(["+acad.exe of nadia, 25.0", "+maya of nadia, undefined"]);
});

test("Windows: what its script fails at is said, and the next question is asked anew", async () => {
  const child = answering({ failed: "Access denied" });
  stops.push(() => child.stop());
  await expect(child.ask({ ask: "processes" })).rejects.toThrow("Access denied");
  await expect(child.ask({ ask: "processes" })).rejects.toThrow("Access denied");
});

test("the script of Windows fits on a command line", () => {
  const MOST_LETTERS = 32_767;
  expect(Buffer.from(WINDOWS_SCRIPT, "utf16le").toString("base64").length).toBeLessThan(MOST_LETTERS - 1_000);
});

test("what is told is legible: lines stay, and nothing that a screen obeys", () => {
  expect(legible("a\tb\r\nc\u001b[31m\u202egnp.exe\ud83d")).toBe("a b \nc [31m gnp.exe\ufffd");
  expect(legible("😀".repeat(2_000))).toHaveLength(2_000);
});
