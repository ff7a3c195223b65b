import { execFile, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { inScratch } from "./scratch.ts";

/** Longer than a daemon takes that ends what is under way. */
const STOPS_WITHIN_MS = 30_000;

/**
 * Start a daemon, launch a program through it with a seat, and stop it. Nothing of it is left, whatever happens.
 *
 * @param node   and the folder of the daemon's sources: those of a package, unpacked
 * @param shim   the command that asks for the seat
 * @returns what the program and the shim wrote
 * Errors: where the daemon ends before it is ready, or the launch fails.
 */
export const tried = ({ node, home }: { node: string; home: string }, shim: readonly [string, ...string[]]) =>
  // By a short name, for there is a socket in it; all that is started works there.
  inScratch(join(tmpdir(), "sm-"), async (data) => {
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
    // Not when its pipes are closed: what it has started may hold them.
    const ended = new Promise<void>((over) => daemon.once("exit", () => over()));
    void ended.then(() => reject(new Error(`the daemon ended: ${said.trim().split("\n").at(-1)}`)));
    try {
      const SEATMETER_URL = (await ready).replace(/^http/, "ws");
      const [program, ...words] = shim;
      const env = { PATH, SEATMETER_URL, SEATMETER_STATE: join(data, "state") };
      const launch = [...words, "run", "demo", "--", "echo", "launched"];
      return await promisify(execFile)(program, launch, { cwd: data, env });
    } finally {
      daemon.kill("SIGTERM");
      await Promise.race([ended, pause(STOPS_WITHIN_MS, undefined, { ref: false })]);
    }
  });
