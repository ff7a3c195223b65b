import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

export const BIN = join(import.meta.dirname, "../../client-shim/seatmeter.mjs");

/** How `seatmeter` is started: the checkout's, by Node; or the single file that SEATMETER_COMMAND names. */
export const COMMAND: readonly [string, ...string[]] = process.env.SEATMETER_COMMAND
  ? [process.env.SEATMETER_COMMAND]
  : [process.execPath, BIN];

const COMPILED = join(import.meta.dirname, "../../node_modules/.cache/node");

export interface Finished {
  exit: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** `seatmeter …` as a process of its own. */
export interface Shim {
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Settled when stdout holds this; rejected when the process ends before. */
  says(text: string): Promise<void>;
  /** The same for stderr. */
  tells(text: string): Promise<void>;
  finished: Promise<Finished>;
}

const folders: string[] = [];
const children: ChildProcess[] = [];
// A test that fails leaves nothing behind, either.
afterAll(() => {
  for (const child of children) if (child.exitCode === null) child.kill("SIGTERM");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder of its own for what shims keep, gone at the end of the tests. */
export function emptyStateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "seatmeter-state-"));
  folders.push(folder);
  return folder;
}

/**
 * @param env   over an environment in which no daemon is at the usual address, and nothing is kept elsewhere
 * @param typed how the command is called, where that is the question
 */
export function shim(
  args: readonly string[],
  env: Record<string, string> = {},
  [program, ...words]: readonly [string, ...string[]] = COMMAND,
): Shim {
  const child = spawn(program, [...words, ...args], {
    env: {
      PATH: process.env.PATH,
      HOME: "/nonexistent",
      SEATMETER_URL: "ws://127.0.0.1:1",
      SEATMETER_STATE: emptyStateFolder(),
      // What a launch would otherwise keep with its state, which is new here each time.
      NODE_COMPILE_CACHE: COMPILED,
      ...env,
    },
  });
  children.push(child);
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (part) => {
      output[name] += part;
    });
  }
  const finished = once(child, "close").then(([exit, signal]) => ({ exit, signal, ...output }) as Finished);
  const until = (name: "stdout" | "stderr", text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => output[name].includes(text) && resolve();
      child[name].on("data", look);
      look();
      void finished.then((end) => reject(new Error(`${text} was never written: ${JSON.stringify(end)}`)));
    });
  return {
    child,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    says: (text) => until("stdout", text),
    tells: (text) => until("stderr", text),
    finished,
  };
}

/** A program that says `ready`, then does what the text of JavaScript says. */
export const program = (body: string) => [process.execPath, "-e", `${body}; console.log("ready")`];
