import { execFile } from "node:child_process";

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
  return new Promise((resolve) => {
    execFile(
      program,
      words,
      { ...account, env: { PATH: SYSTEM_PATH, LC_ALL: "C.UTF-8", ...env }, timeout: WAIT_MS, maxBuffer: MOST_BYTES },
      (error, stdout) => resolve(error ? undefined : stdout),
    );
  });
}

/** Programs of the system's, not of whoever can write to a folder on somebody's own path. */
export const SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
