import { expect, test } from "vitest";
import { olderNode } from "../support/programs.ts";
import { isCheckin, scriptedDaemon, sound } from "../support/scripted-daemon.ts";
import { BIN, COMMAND, program } from "../support/shim.ts";
import { hasTerminals, onTerminal, quoted } from "../support/terminal.ts";

const COUNT = `
  setInterval(() => {}, 60000);
  let n = 0;
  process.on("SIGINT", () => { n++; console.log("interrupts: " + n) });
  process.on("SIGUSR2", () => process.exit(n));
  console.log("terminal: " + process.stdin.isTTY + process.stdout.isTTY);
  console.log("pid " + process.pid + ".")`;

/** As it is started anyway, and by a Node that hands over to a newer one. */
const STARTED = [COMMAND, ...[olderNode() ?? []].flat().map((node) => [node, BIN])];

test.skipIf(!hasTerminals).each(STARTED.map((command) => [command] as const))(
  "the terminal is the program's, and Ctrl-C reaches it once: %s",
  async (started) => {
    await using daemon = await scriptedDaemon(sound);
    const terminal = onTerminal([...started, "run", "demo", "--", ...program(COUNT)], {
      SEATMETER_URL: daemon.url,
    });
    await terminal.shows(/terminal: truetrue/);
    await terminal.shows(/ready/);
    terminal.press("\u0003");
    await terminal.shows(/interrupts: 1/);
    const beats = daemon.heard.length;
    await expect.poll(() => daemon.heard.length).toBeGreaterThan(beats + 1);
    process.kill(Number(/pid (\d+)\./.exec(terminal.screen())![1]), "SIGUSR2");

    expect(await terminal.ended).toBe(1);
    expect(await daemon.hears(isCheckin)).toMatchObject({ why: "program_exited" });
  },
);

test.skipIf(!hasTerminals)("Ctrl-C ends a program that does not mind it, and the exit code says so", async () => {
  await using daemon = await scriptedDaemon(sound);
  const terminal = onTerminal([...COMMAND, "run", "demo", "--", ...program("setInterval(() => {}, 60000)")], {
    SEATMETER_URL: daemon.url,
  });
  await terminal.shows(/ready/);
  terminal.press("\u0003");

  expect(await terminal.ended).toBe(130);
  expect(await daemon.hears(isCheckin)).toMatchObject({ why: "program_exited" });
});

test.skipIf(!hasTerminals).each(STARTED.map((command) => [command] as const))(
  "Ctrl-Z suspends program and shim as one job, and fg continues both: %s",
  async (started) => {
    await using daemon = await scriptedDaemon(sound);
    const terminal = onTerminal(["bash", "--norc", "-i"], { SEATMETER_URL: daemon.url, PS1: "prompt> " });
    await terminal.shows(/prompt> /);
    const command = quoted([...started, "run", "demo", "--", ...program("setInterval(() => {}, 60000)")]);
    terminal.press(`${command}\n`);
    await terminal.shows(/\nready/);
    terminal.press("\u001a");
    await terminal.shows(/Stopped/);
    const beats = daemon.heard.length;
    terminal.press("fg\n");
    await expect.poll(() => daemon.heard.length).toBeGreaterThan(beats + 1);
    terminal.press("\u0003");
    terminal.press("exit $?\n");

    expect(await terminal.ended).toBe(130);
  },
);
