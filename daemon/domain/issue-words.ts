import type { z } from "zod";
import { didYouMean } from "./nearest.ts";

const KINDS: Record<string, string> = {
  string: "text",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

/**
 * What a schema found wrong, to be read behind the name of the field: `must be text, and is a list`. It is handed to a
 * schema as its `error`, and so speaks wherever the schema has no words of its own.
 *
 * @param kinds what things are called in that place, where it is not as in JSON
 */
export function issueInWords(issue: z.core.$ZodRawIssue, kinds: Record<string, string> = {}): string {
  const { input } = issue;
  if (input === undefined) return "is missing";
  switch (issue.code) {
    case "invalid_type": {
      const wanted = kinds[issue.expected] ?? KINDS[issue.expected] ?? issue.expected;
      return `must be ${wanted}, and is ${kindOf(input, kinds)}`;
    }
    case "invalid_value": {
      const known = issue.values.map(String);
      return `must be ${known.join(" or ")}${didYouMean(String(input), known)}`;
    }
    case "invalid_format":
      return issue.format === "uuid" ? "is no UUID" : "is not written as it should be";
    case "too_small":
      return isNumber(issue.origin) ? `must be at least ${issue.minimum}` : "must not be empty";
    case "too_big":
      if (isNumber(issue.origin)) return `must be at most ${issue.maximum}`;
      return issue.origin === "string" ? `is longer than ${issue.maximum} letters` : `holds more than ${issue.maximum}`;
    default:
      return "is not what is wanted here";
  }
}

/** For `safeParse`, where things are called as in JSON. */
export const IN_OUR_WORDS = { error: (issue: z.core.$ZodRawIssue) => issueInWords(issue) };

const isNumber = (origin: string) => origin === "number" || origin === "int";

function kindOf(value: unknown, kinds: Record<string, string>): string {
  if (value === null) return "null";
  if (Number.isNaN(value)) return "none";
  if (typeof value === "number") return Number.isInteger(value) ? KINDS.int! : KINDS.number!;
  if (typeof value === "boolean") return String(value);
  const kind = Array.isArray(value) ? "array" : typeof value;
  return kinds[kind] ?? KINDS[kind] ?? kind;
}
