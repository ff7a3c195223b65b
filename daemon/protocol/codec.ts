import type { z } from "zod";
import { SeatmeterError } from "../domain/errors.ts";
import { IN_OUR_WORDS, kindOf } from "../domain/issue-words.ts";
import { LeaseId } from "../domain/names.ts";
import { FROM_SHIM, type FromShim, NESTING_LEVELS } from "./messages.ts";

/** What a frame says, or what is wrong with it; `leaseId` where it could still be read, to tie the error to a launch. */
export type Decoded = { message: FromShim } | { mistake: SeatmeterError; leaseId?: string };

/** One message out of the text of a frame. Never throws: a mistake is answered and the connection lives. */
export function decode(text: string): Decoded {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return { mistake: invalid(`a frame is one JSON object: ${(cause as Error).message}`, undefined, cause) };
  }
  if (!isObject(value)) return { mistake: invalid(`a frame is one JSON object, not ${kindOf(value)}`) };
  const { type } = value;
  try {
    if (typeof type === "string" && isKnown(type)) return { message: accept(type, value) };
    throw invalid(`a message's type is one of ${Object.keys(FROM_SHIM).join(", ")}, not ${quoted(type)}`, "type");
  } catch (error) {
    const leaseId = LeaseId.safeParse(value.leaseId);
    return { mistake: error as SeatmeterError, ...(leaseId.success && { leaseId: leaseId.data }) };
  }
}

/**
 * One of a shim's messages out of any value, an HTTP body with its `type` filled in for instance.
 *
 * @throws message_invalid, the first wrong field named
 */
export function accept<Type extends FromShim["type"]>(type: Type, value: unknown): Extract<FromShim, { type: Type }> {
  const read = FROM_SHIM[type].safeParse(value, IN_OUR_WORDS);
  if (read.success) return read.data as Extract<FromShim, { type: Type }>;
  throw wrongField(type, read.error.issues[0]!);
}

/**
 * Whether objects and lists lie in each other more than `levels` deep: looked at before the text is parsed, because a
 * parser and whatever walks its result go down as deep.
 */
export function nestedDeeper(text: string, levels = NESTING_LEVELS): boolean {
  // What a shim says has two brackets at most, and is done with here.
  const opened = text.match(OPENING);
  if (!opened || opened.length <= levels) return false;
  let depth = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (inText) {
      if (sign === "\\") at++;
      else if (sign === '"') inText = false;
    } else if (sign === '"') inText = true;
    else if (sign === "{" || sign === "[") {
      if (++depth > levels) return true;
    } else if (sign === "}" || sign === "]") depth--;
  }
  return false;
}

const OPENING = /[{[]/g;

function wrongField(type: FromShim["type"], issue: z.core.$ZodIssue) {
  if (issue.code === "unrecognized_keys") {
    const field = clipped([...issue.path, issue.keys[0]].join("."));
    const fields = Object.keys(FROM_SHIM[type].shape).join(", ");
    return invalid(`${type} has no field ${quoted(field)}; its fields are ${fields}`, field);
  }
  const field = issue.path.join(".");
  return invalid(`${type}: ${field ? `${field}: ` : ""}${issue.message}`, field || undefined);
}

function invalid(message: string, field?: string, cause?: unknown) {
  return new SeatmeterError("message_invalid", message, { cause, ...(field !== undefined && { field }) });
}

const isKnown = (type: string): type is FromShim["type"] => Object.hasOwn(FROM_SHIM, type);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What somebody sent, in an answer of bounded length. */
const clipped = (text: string) => (text.length > 64 ? `${text.slice(0, 64)}…` : text);
const quoted = (value: unknown) => (value === undefined ? "nothing" : clipped(JSON.stringify(value)));
