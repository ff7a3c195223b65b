import type { ParseArgsConfig, parseArgs } from "node:util";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import { nearest } from "../daemon/domain/nearest.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;
type Parsed<Known extends Options> = ReturnType<typeof parseArgs<{ options: Known; allowPositionals: true }>>;

/**
 * `parseArgs` whose mistakes are usage errors (64) that say what was meant.
 *
 * Errors: SeatmeterError usage.
 */
export function parsed<const Known extends Options>(args: readonly string[], options: Known): Parsed<Known> {
  // The usual launch has no option, and what reads them takes a while to load.
  const none = !args.some((arg) => arg.startsWith("-")) && !Object.values(options).some((one) => "default" in one);
  if (none) return { values: {}, positionals: [...args] } as unknown as Parsed<Known>;
  try {
    return process.getBuiltinModule("node:util").parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const unknown = /Unknown option '(-[^']*)'/.exec(error.message)?.[1];
    if (unknown === undefined) throw new SeatmeterError("usage", sentence(error.message));
    const flags = Object.keys(options).map((name) => `--${name}`);
    throw new SeatmeterError("usage", `there is no option ${unknown}.${didYouMean(unknown, flags)}`);
  }
}

/**
 * The one argument that a command takes.
 *
 * Errors: SeatmeterError usage when it is missing, or more are there.
 */
export function only(positionals: readonly string[], name: string): string {
  const [first, second] = positionals;
  if (first === undefined) throw new SeatmeterError("usage", `${name} is missing.`);
  if (second !== undefined) throw new SeatmeterError("usage", `${second} is one argument too many.`);
  return first;
}

/** Errors: SeatmeterError usage where there is any. */
export function none([first]: readonly string[]): void {
  if (first !== undefined) throw new SeatmeterError("usage", `${first} is one argument too many.`);
}

/**
 * Errors: SeatmeterError usage unless it is a whole number from 1 to `most`.
 */
export function wholeNumber(text: string, option: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
  throw new SeatmeterError("usage", `${option} is a whole number from 1 to ${most}, not ${text}.`);
}

/** Errors: SeatmeterError usage where there is no such time zone. */
export function knownZone(timezone: string): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: timezone }).resolvedOptions().timeZone;
  } catch (cause) {
    throw new SeatmeterError("usage", `--timezone is one such as Europe/London, not ${timezone}.`, { cause });
  }
}

const LONGEST_REASON = 200;

/**
 * Why something is done, for the record.
 *
 * Errors: SeatmeterError usage when it is missing, says nothing, or is too long.
 */
export function reasonFrom(text: string | undefined, option = "--reason"): string {
  const reason = text?.replace(/\s+/g, " ").trim();
  if (reason === undefined) throw new SeatmeterError("usage", `${option} is missing: it is recorded why this is done.`);
  if (reason === "") throw new SeatmeterError("usage", `${option} says nothing: it is recorded why this is done.`);
  if (reason.length <= LONGEST_REASON) return reason;
  throw new SeatmeterError("usage", `${option} is longer than ${LONGEST_REASON} characters.`);
}

/** ` Did you mean --version?`, or nothing where nothing is near. */
export function didYouMean(typed: string, known: readonly string[]): string {
  const meant = nearest(typed, known);
  return meant === undefined ? "" : ` Did you mean ${meant}?`;
}

/** With its full stop. */
export const sentence = (text: string) => (/[.?!]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`);
