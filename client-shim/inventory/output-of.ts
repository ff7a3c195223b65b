import { execFile } from "node:child_process";

const WITHIN_MS = 120_000;
const MOST_BYTES = 64 * 1024 * 1024;

/** How a program that lists software ended without a list. */
export class NoOutput extends Error {
  /** It ran, and gave this exit code; none: it was too slow, or wrote too much. */
  readonly exit: number | undefined;

  constructor(program: string, { code, message }: { code?: unknown; message: string }) {
    super(`${program}: ${message.split("\n")[0]}`);
    this.exit = typeof code === "number" ? code : undefined;
  }
}

/** How another program is asked; tests ask none. */
export type OutputOf = typeof outputOf;

/**
 * What a program of the system prints, in the language of nobody.
 *
 * @returns nothing where there is no such program
 * Errors: NoOutput
 */
export function outputOf(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const options = {
      ...{ timeout: WITHIN_MS, maxBuffer: MOST_BYTES, windowsHide: true },
      // What we give cmd.exe is quoted already.
      windowsVerbatimArguments: true,
      env: { ...process.env, LC_ALL: "C.UTF-8", LANGUAGE: "" },
    };
    execFile(program, [...args], options, (error, stdout) => {
      if (!error) resolve(stdout);
      else if (error.code === "ENOENT") resolve(undefined);
      else reject(new NoOutput(program, error));
    });
  });
}

/** Lines of values with tabs between. */
export const rowsOf = (text: string): string[][] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));
