import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isCheckin, scriptedDaemon, sound } from "../support/scripted-daemon.ts";
import { program, shim } from "../support/shim.ts";

const WAIT = "setInterval(() => {}, 60000)";

test.each([
  ["ends well", ["sh", "-c", "exit 0"], 0, "program_exited"],
  ["ends with 3", ["sh", "-c", "exit 3"], 3, "program_exited"],
  ["is ended by SIGTERM", ["sh", "-c", "kill -TERM $$"], 143, "program_exited"],
  ["crashes", ["sh", "-c", "kill -SEGV $$"], 139, "program_crashed"],
])("a program that %s gives its own exit code, and the checkin says how it ended", async (_, command, exit, why) => {
  await using daemon = await scriptedDaemon(sound);
  const { finished } = shim(["run", "demo", "--", ...command], { SEATMETER_URL: daemon.url });

  expect(await finished).toMatchObject({ exit, stderr: "" });
  expect(await daemon.hears(isCheckin)).toMatchObject({ why, leaseId: daemon.heard[1]!.leaseId });
});

test.each([
  ["that does not exist gives 127", "no-such-program-anywhere", 127],
  ["that cannot be started gives 126", "/etc/passwd", 126],
])("a program %s, and the seat goes back as never used", async (_, command, exit) => {
  await using daemon = await scriptedDaemon(sound);
  const ended = await shim(["run", "demo", "--", command], { SEATMETER_URL: daemon.url }).finished;

  expect(ended).toMatchObject({ exit, stdout: "", stderr: expect.stringContaining(command) });
  expect(await daemon.hears(isCheckin)).not.toHaveProperty("why");
});

test("stdin and stdout are the program's, byte for byte", async () => {
  await using daemon = await scriptedDaemon(sound);
  const bytes = readFileSync(process.execPath).subarray(0, 3_000_000);
  const { child, finished } = shim(["run", "demo", "--", "cat"], { SEATMETER_URL: daemon.url });
  const came: Buffer[] = [];
  child.stdout!.removeAllListeners("data");
  child.stdout!.setEncoding("latin1").on("data", (part) => came.push(Buffer.from(part, "latin1")));
  child.stdin!.end(bytes);

  expect(await finished).toMatchObject({ exit: 0, stderr: "" });
  expect(Buffer.concat(came).equals(bytes)).toBe(true);
});

test("the program's arguments are its own, those that look like ours too", async () => {
  await using daemon = await scriptedDaemon(sound);
  const echo = ["sh", "-c", 'printf "%s|" "$@"', "sh", "--help", "--seats", "-9", "", "a b", "--"];

  const { stdout } = await shim(["run", "demo", "--", ...echo], { SEATMETER_URL: daemon.url }).finished;

  expect(stdout).toBe("--help|--seats|-9||a b|--|");
});

test.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGTSTP", "SIGCONT"] as const)(
  "%s is passed on to the program, once",
  async (signal) => {
    await using daemon = await scriptedDaemon(sound);
    const count = program(
      `${WAIT}; let n = 0; process.on("${signal}", () => { n++; console.log("signals: " + n) }); process.on("SIGXFSZ", () => process.exit(n))`,
    );
    const { child, says, finished } = shim(["run", "demo", "--", ...count], { SEATMETER_URL: daemon.url });
    await says("ready");
    child.kill(signal);
    await says("signals: 1");
    process.kill(childOf(child.pid!), "SIGXFSZ");

    expect(await finished).toMatchObject({ exit: 1, stderr: "" });
  },
);

// Stopped by SIGSTOP: SIGTSTP stops nobody whose process group is orphaned, as it is where no shell watches the tests.
test("a program that is suspended keeps its seat", async () => {
  await using daemon = await scriptedDaemon(sound);
  const { child, says, finished } = shim(["run", "demo", "--", ...program(WAIT)], { SEATMETER_URL: daemon.url });
  await says("ready");
  const pid = childOf(child.pid!);
  process.kill(pid, "SIGSTOP");
  await expect.poll(() => stateOf(pid)).toBe("T");
  const before = daemon.heard.length;
  await expect.poll(() => daemon.heard.length).toBeGreaterThan(before + 1);
  child.kill("SIGCONT");
  await expect.poll(() => stateOf(pid)).not.toBe("T");
  child.kill("SIGTERM");

  expect(await finished).toMatchObject({ exit: 143 });
});

test("a program that was ended by the signal that was passed on gives 128 and its number", async () => {
  await using daemon = await scriptedDaemon(sound);
  const { child, says, finished } = shim(["run", "demo", "--", ...program(WAIT)], { SEATMETER_URL: daemon.url });
  await says("ready");
  child.kill("SIGHUP");

  expect(await finished).toMatchObject({ exit: 129, signal: null });
  expect(await daemon.hears(isCheckin)).toMatchObject({ why: "program_exited" });
});

test("a signal before the answer ends the launch at once, and gives back what may have been granted", async () => {
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "checkout" ? undefined : sound(message, nth),
  );
  const { child, finished } = shim(["run", "demo", "--", "echo", "started"], { SEATMETER_URL: daemon.url });
  await daemon.hears(({ type }) => type === "checkout");
  child.kill("SIGINT");

  expect(await finished).toMatchObject({ exit: 130, stdout: "" });
  expect(await daemon.hears(isCheckin)).toMatchObject({ leaseId: daemon.heard[1]?.leaseId });
});

const childOf = (pid: number) => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim());
const stateOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]![0];
