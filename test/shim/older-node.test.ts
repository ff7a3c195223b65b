import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { olderNode } from "../support/programs.ts";
import { isCheckin, scriptedDaemon, sound } from "../support/scripted-daemon.ts";
import { BIN, program, shim } from "../support/shim.ts";

const WAIT = "setInterval(() => {}, 60000)";
const folder = mkdtempSync(join(tmpdir(), "seatmeter-"));
afterAll(() => rmSync(folder, { recursive: true }));

const older = olderNode() ?? "";

describe.skipIf(older === "")("with a Node too old to read TypeScript", () => {
  const link = join(folder, "seatmeter");
  symlinkSync(BIN, link);
  const path = { PATH: `${dirname(older)}${delimiter}${process.env.PATH}` };

  test.each<[string, [string, ...string[]]]>([
    ["node client-shim/seatmeter.mjs", [older, "client-shim/seatmeter.mjs"]],
    ["its full path", [BIN]],
    ["a link to it", [link]],
  ])("the command works by %s, and streams and exit code are the program's", async (_name, typed) => {
    await using daemon = await scriptedDaemon(sound);
    const command = ["sh", "-c", "cat; echo told >&2; exit 3"];
    const { child, finished } = shim(["run", "demo", "--", ...command], { ...path, SEATMETER_URL: daemon.url }, typed);
    child.stdin!.end("typed");

    expect(await finished).toEqual({ exit: 3, signal: null, stdout: "typed", stderr: "told\n" });
    expect(await daemon.hears(isCheckin)).toMatchObject({ why: "program_exited" });
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const)(
    "%s reaches the program, once",
    async (signal) => {
      await using daemon = await scriptedDaemon(sound);
      const count = program(
        `${WAIT}; let n = 0; process.on("${signal}", () => { n++; console.log("signals: " + n) }); process.on("SIGXFSZ", () => process.exit(n)); console.log("pid " + process.pid + ".")`,
      );
      const { child, says, stdout, finished } = shim(["run", "demo", "--", ...count], { SEATMETER_URL: daemon.url }, [
        older,
        BIN,
      ]);
      await says("ready");
      child.kill(signal);
      await says("signals: 1");
      process.kill(Number(/pid (\d+)\./.exec(stdout())?.[1]), "SIGXFSZ");

      expect(await finished).toMatchObject({ exit: 1, stderr: "" });
    },
  );

  test("what ends by a signal gives 128 and its number, the program and the command alike", async () => {
    await using daemon = await scriptedDaemon(sound);
    const start = () => shim(["run", "demo", "--", ...program(WAIT)], { SEATMETER_URL: daemon.url }, [older, BIN]);
    const [one, other] = [start(), start()];
    await Promise.all([one.says("ready"), other.says("ready")]);
    one.child.kill("SIGHUP");
    const inner = childOf(other.child.pid!);
    const itsProgram = childOf(inner);
    process.kill(inner, "SIGKILL");
    await expect.poll(() => other.child.exitCode).toBe(137);
    process.kill(itsProgram, "SIGKILL");

    expect(await one.finished).toMatchObject({ exit: 129, signal: null });
  });

  test("where the packages bring no newer one, that is said in one line, with 78", async () => {
    cpSync(dirname(BIN), join(folder, "client-shim"), { recursive: true });
    const { exit, stdout, stderr } = await shim(["status"], {}, [older, join(folder, "client-shim/seatmeter.mjs")])
      .finished;

    expect({ exit, stdout }).toEqual({ exit: 78, stdout: "" });
    expect(stderr).toMatch(/^seatmeter needs Node 24 or later[^\n]*npm ci[^\n]*\n$/);
  });
});

const childOf = (pid: number) => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim());
