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
 */
export function issueInWords(issue: z.core.$ZodRawIssue): string {
  const { input } = issue;
  if (input === undefined) return "is missing";
  switch (issue.code) {
    case "invalid_type":
      return `must be ${KINDS[issue.expected] ?? issue.expected}, and is ${kindOf(input)}`;
    case "invalid_value": {
      const known = issue.values.map(String);
      // An object may have a toString of the sender's own.
      const written = typeof input === "object" ? "" : String(input);
      return `must be ${known.join(" or ")}${didYouMean(written, known)}`;
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

/** For `safeParse`. */
export const IN_OUR_WORDS = { error: issueInWords };

const isNumber = (origin: string) => origin === "number" || origin === "int";

/** @param object what an object is called in that place */
export function kindOf(value: unknown, object = "an object"): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return value === null ? "null" : object;
  if (typeof value === "string") return "text";
  if (typeof value !== "number") return String(value);
  return Number.isNaN(value) ? "none" : Number.isInteger(value) ? "a whole number" : "a number";
}
