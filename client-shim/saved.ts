import { writeFile } from "node:fs/promises";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import { didYouMean } from "./arguments.ts";
import { print } from "./print.ts";

/** Of every command that saves what it is told. */
export const SAVED = {
  format: { type: "string" },
  output: { type: "string", short: "o" },
  url: { type: "string" },
} as const;

/** How something is asked for: in which format, and to be written where. */
export interface Wanted<Format extends string> {
  format: Format;
  /** Where it is written; else to stdout. */
  file: string | undefined;
}

/**
 * The format that was named; else that of the file's name; else a table for who sits at a terminal, and CSV for a program.
 *
 * Errors: SeatmeterError usage
 */
export function wanted<Format extends string>(
  { format, output }: { format?: string | undefined; output?: string | undefined },
  formats: readonly (Format | "text" | "csv")[],
): Wanted<Format | "text" | "csv"> {
  const ending = /\.(\w+)$/.exec(output ?? "")?.[1]?.toLowerCase();
  const asked = format ?? (ending === "txt" ? "text" : ending);
  if (asked === undefined)
    return { format: process.stdout.isTTY && output === undefined ? "text" : "csv", file: output };
  const known = formats.find((one) => one === asked);
  if (known === undefined) {
    throw new SeatmeterError(
      "usage",
      `there is no format ${asked}.${didYouMean(asked, formats)} There is ${formats.join(", ")}: name one with --format.`,
    );
  }
  if (known === "ods" && output === undefined && process.stdout.isTTY) {
    throw new SeatmeterError("usage", "a spreadsheet is nothing to read on a terminal: name a file with -o FILE.");
  }
  return { format: known, file: output };
}

/** Errors: SeatmeterError usage where the file cannot be written. */
export async function save(content: string | Uint8Array, file: string | undefined): Promise<void> {
  if (file === undefined) {
    print(content);
    return;
  }
  try {
    await writeFile(file, content);
  } catch (cause) {
    throw new SeatmeterError("usage", `${file} cannot be written: ${(cause as Error).message}.`, { cause });
  }
}

/** The lines of a CSV that a daemon made: first its columns. */
export function readCsv(bytes: Uint8Array): string[][] {
  const text = new TextDecoder().decode(bytes);
  const lines: string[][] = [[]];
  for (const [, quoted, plain, after] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|$)/g)) {
    lines.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    if (after === "") break;
    if (after !== ",") lines.push([]);
  }
  return lines.filter((line) => line.length > 1 || line[0] !== "");
}
