import { execFile } from "node:child_process";

/** Programs of the system's, not of whoever can write to a folder on somebody's own path. */
export const SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

const WAIT_MS = 5_000;
const MOST_BYTES = 4_000_000;

export interface AnswerOptions {
  uid?: number;
  gid?: number;
  env?: NodeJS.ProcessEnv;
}

/** What a program of the system writes, in English; nothing where it is not there, fails, or takes too long. */
export function answerOf(
  program: string,
  words: readonly string[],
  { env, ...account }: AnswerOptions = {},
): Promise<string | undefined> {
  // On Windows programs need more of the environment, and are named with their folder.
  const system = process.platform === "win32" ? process.env : { PATH: SYSTEM_PATH, LC_ALL: "C.UTF-8" };
  return new Promise((resolve) => {
    execFile(
      program,
      words,
      { ...account, env: { ...system, ...env }, timeout: WAIT_MS, maxBuffer: MOST_BYTES, windowsHide: true },
      (error, stdout) => resolve(error ? undefined : stdout),
    );
  });
}
