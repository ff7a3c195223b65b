import { FilterParser } from "ldapts";
import type { Directory } from "../domain/register.ts";
import { authorityOf, passwordOf } from "./files.ts";

/** What keeps a daemon from asking a directory, as far as one sees without asking it. */
export function directoryMistakes(directory: Directory, folder: string): { key: keyof Directory; message: string }[] {
  const checks: [keyof Directory, () => unknown][] = [
    ["filter", () => FilterParser.parseString(directory.filter)],
    ["passwordFile", () => passwordOf(directory, folder)],
    ["certificateAuthorityFile", () => authorityOf(directory, folder)],
  ];
  return checks.flatMap(([key, check]) => {
    try {
      check();
      return [];
    } catch (error) {
      const { message } = error as Error;
      return [{ key, message: key === "filter" ? `is no filter: ${message}` : message }];
    }
  });
}
