import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * Start a daemon, launch a program through it with a seat, and stop it.
 *
 * @param node   and the folder of the daemon's sources: those of a package, unpacked
 * @param shim   the command that asks for the seat
 * @returns what the program and the shim wrote
 * Errors: where the daemon ends before it is ready, or the launch fails.
 */
export async function tried({ node, home }: { node: string; home: string }, shim: readonly [string, ...string[]]) {
  const data = mkdtempSync(join(tmpdir(), "sm-"));
  const settings = { SEATMETER_DATA: data, SEATMETER_LISTEN: "127.0.0.1:0", SEATMETER_HISTORY: "on" };
  const { PATH } = process.env;
  const daemon = spawn(node, [join(home, "daemon/main.ts")], { cwd: data, env: { PATH, ...settings } });
  const { promise: ready, resolve, reject } = Promise.withResolvers<string>();
  let said = "";
  for (const stream of [daemon.stdout, daemon.stderr]) {
    stream.setEncoding("utf8").on("data", (part) => {
      said += part;
      const address = /Ready at (http\S+)/.exec(said)?.[1];
      if (address) resolve(address);
    });
  }
  const ended = new Promise<void>((over) => daemon.once("close", () => over()));
  void ended.then(() => reject(new Error(`the daemon ended: ${said.trim().split("\n").at(-1)}`)));
  try {
    const SEATMETER_URL = (await ready).replace(/^http/, "ws");
    const [program, ...words] = shim;
    const env = { PATH, SEATMETER_URL, SEATMETER_STATE: join(data, "state") };
    return await promisify(execFile)(program, [...words, "run", "demo", "--", "echo", "launched"], { env });
  } finally {
    daemon.kill("SIGTERM");
    await ended;
    rmSync(data, { recursive: true, force: true });
  }
}
