import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import type { KnownRegister } from "../daemon/imports/options-draft.ts";
import { mistakesAsText, readRegister } from "../daemon/register/read.ts";
import { readText } from "../daemon/register/text.ts";

/** The register that imported rules are for. */
export interface RegisterToMerge extends KnownRegister {
  file: string;
  text: string;
}

/**
 * The register that is named, else the one that a daemon would read here. Not the example, which is nobody's.
 *
 * Errors: SeatmeterError usage where it cannot be read, register_invalid where it has mistakes.
 */
export function registerToMerge(named: string | undefined): RegisterToMerge | undefined {
  const file =
    named ?? (process.env.SEATMETER_REGISTER || (existsSync("seatmeter.yaml") ? "seatmeter.yaml" : undefined));
  if (file === undefined) return undefined;
  const text = readText(bytesOf(file), file);
  const read = readRegister(text, { readFile: filesBeside(file) });
  if ("mistakes" in read) throw new SeatmeterError("register_invalid", mistakesAsText(file, read.mistakes));
  const pools = ((parse(text) as { pools?: Record<string, object | null> } | null)?.pools ?? {}) as Record<
    string,
    object | null
  >;
  return { file, text, register: read.register, writes: (pool, key) => Object.hasOwn(pools[pool] ?? {}, key) };
}

/**
 * What is printed passes the checks of the register: the last look at it, since a file is put in force by people who
 * trust it.
 *
 * Errors: SeatmeterError register_invalid, as where so much is added that the file becomes too large.
 */
export function checkMerged(text: string, known: RegisterToMerge | undefined): void {
  const read = readRegister(text, known ? { readFile: filesBeside(known.file) } : {});
  if ("mistakes" in read) {
    throw new SeatmeterError("register_invalid", mistakesAsText("the register with these rules", read.mistakes));
  }
}

/** What is wrong with a register that names no files, mistake by mistake. */
export function mistakesIn(text: string): string[] {
  const read = readRegister(text, {});
  return "mistakes" in read ? read.mistakes.map(({ path, message }) => `${path.split(".").at(-1)} ${message}`) : [];
}

const filesBeside = (file: string) => (name: string) => readText(readFileSync(resolve(dirname(file), name)), name);

function bytesOf(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new SeatmeterError("usage", `${file} cannot be read: ${(cause as Error).message}.`, { cause });
  }
}
