import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { readIssuersFiles } from "../daemon/access/sign-on.ts";
import { readTokens } from "../daemon/access/tokens.ts";
import { directoryMistakes } from "../daemon/directory/checks.ts";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import type { Mistake } from "../daemon/domain/mistake.ts";
import type { Register, SingleSignOn } from "../daemon/domain/register.ts";
import { readTls } from "../daemon/front/tls.ts";
import { noticeMistakes } from "../daemon/notices/checks.ts";

/**
 * What a daemon would find wrong, at its start, in the files that a register names and that are no part of it: tokens,
 * certificate and key; and what would keep it from asking a directory, or from telling anybody.
 *
 * @param directory where the register lies
 * @param at makes a mistake of what stands at a path of the register
 */
export function mistakesInNamedFiles(
  register: Register,
  directory: string,
  at: (path: readonly (string | number)[], message: string) => Mistake,
): Mistake[] {
  const { shims, people } = register.access;
  return [
    ...inTokens(shims?.tokensFile, directory).map((it) => at(["access", "shims", "tokensFile"], it)),
    ...inTokens(people?.tokensFile, directory).map((it) => at(["access", "people", "tokensFile"], it)),
    ...(people?.oidc ? inSignOn(people.oidc, directory) : []).map(({ field = "", message }) =>
      at(["access", "people", "oidc", field], message),
    ),
    ...Object.entries(register.groups).flatMap(([group, { directory: asked }]) =>
      asked
        ? directoryMistakes(asked, directory).map(({ key, message }) =>
            at(["groups", group, "directory", key], message),
          )
        : [],
    ),
    ...noticeMistakes(register, directory).map(({ path, message }) => at(["notices", ...path], message)),
    ...inTls(register, directory).map(({ field = "tls", message }) => at(field.split("."), message)),
  ];
}

function inTokens(file: string | undefined, directory: string): string[] {
  if (file === undefined) return [];
  try {
    const read = readTokens(readFileSync(resolve(directory, file), "utf8"));
    if ("tokens" in read) return [];
    return read.mistakes.map(({ line, column, message }) => `${file}:${line}:${column} ${message}`);
  } catch (error) {
    return [`${file} cannot be read: ${(error as Error).message}`];
  }
}

function inSignOn(oidc: SingleSignOn, directory: string): SeatmeterError[] {
  return mistakesOf(() => readIssuersFiles(oidc, directory));
}

function inTls(register: Register, directory: string): SeatmeterError[] {
  return mistakesOf(() => readTls(register, directory));
}

/** The first, if there is one: what is wrong with a file often follows from what is wrong with another. */
function mistakesOf(read: () => unknown): SeatmeterError[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof SeatmeterError) return [error];
    throw error;
  }
}
