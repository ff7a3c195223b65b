import { execFile } from "node:child_process";
import { madePrintable } from "../../daemon/domain/names.ts";

const WITHIN_MS = 120_000;
const MOST_BYTES = 64 * 1024 * 1024;
/** Of what it says went wrong, which is told in one line. */
const WHY_CHARACTERS = 300;

/** How a program that lists software ended without a list. */
export class NoOutput extends Error {
  /** It ran, and gave this exit code; none: it was too slow, or wrote too much. */
  readonly exit: number | undefined;

  constructor(program: string, { code, message }: { code?: unknown; message: string }) {
    super(`${program}: ${madePrintable(message.trim().split("\n", 1)[0] ?? "", WHY_CHARACTERS)}`);
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
    execFile(program, [...args], options, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else if (error.code === "ENOENT") resolve(undefined);
      else reject(new NoOutput(program, { code: error.code, message: whyOf(error, stderr) }));
    });
  });
}

/** Its own words, where it had any; what Node says is for the most part the command line. */
function whyOf({ code, killed, message }: Error & { code?: unknown; killed?: boolean }, stderr: string): string {
  if (killed && typeof code !== "string") return `it gave no list within ${WITHIN_MS / 1000} s`;
  if (stderr.trim() !== "") return stderr;
  return typeof code === "number" ? `it ended with exit code ${code}` : message;
}

/** Lines of values with tabs between. */
export const rowsOf = (text: string): string[][] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));
