import type { z } from "zod";
import type { Mistake } from "../domain/mistake.ts";
import { didYouMean } from "../domain/nearest.ts";
import { isLater, notYet } from "./later.ts";
import { isMapping } from "./outline.ts";
import { registerJsonSchema } from "./schema.ts";
import type { Path, Source } from "./source.ts";

type Issue = z.core.$ZodIssue;

/** What the schema found, in words for whoever wrote the file, and where. */
export function mistakesOf(issues: readonly Issue[], source: Source): Mistake[] {
  if (issues.length === 0) return [];
  const schema: JsonSchema = registerJsonSchema();
  return issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => {
        const message = isLater(issue.path, key) ? notYet(key) : unknownKey(key, knownKeys(schema, issue.path));
        return source.mistake([...issue.path, key], message, "key");
      });
    }
    const later = laterKeysIn(issue);
    if (later.length > 0) return later.map((key) => source.mistake([...issue.path, key], notYet(key), "key"));
    return source.mistake(issue.path, inWords(issue));
  });
}

function unknownKey(key: string, known: readonly string[]): string {
  return `${key} is no key here${didYouMean(key, known) || (known.length ? `; known are ${known.join(", ")}` : "")}`;
}

/** A mapping stands where this version wants text, because of keys that belong to a later one. */
function laterKeysIn(issue: Issue): string[] {
  if (issue.code !== "invalid_type" || !isMapping(issue.input)) return [];
  return Object.keys(issue.input).filter((key) => isLater(issue.path, key));
}

function inWords(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      // What a schema of ours says itself is better than what can be said of a type.
      return issue.message.startsWith("Invalid input") ? wrongType(issue.expected, issue.input) : issue.message;
    case "invalid_value": {
      const known = issue.values.map(String);
      return `must be ${known.join(" or ")}${didYouMean(String(issue.input), known)}`;
    }
    case "too_small":
      return issue.origin === "number" || issue.origin === "int"
        ? `must be at least ${issue.minimum}`
        : "must not be empty";
    case "too_big":
      return issue.origin === "string" ? `is longer than ${issue.maximum} letters` : `must be at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}

const EXPECTED: Record<string, string> = {
  string: "text",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping, key: value",
  record: "a mapping of names",
};

function wrongType(expected: string, found: unknown): string {
  if (found === undefined) return "is missing";
  if (found === null) return `is empty: write ${EXPECTED[expected] ?? expected} here, or leave the key out`;
  const isScalar = typeof found === "number" || typeof found === "boolean";
  if (expected === "string" && isScalar) return `is a ${typeof found}, and text is wanted: put it in quotes`;
  return `must be ${EXPECTED[expected] ?? expected}, and is ${kindOf(found)}`;
}

function kindOf(found: unknown): string {
  if (Array.isArray(found)) return "a list";
  if (typeof found === "object") return "a mapping";
  if (typeof found === "string") return "text";
  return Number.isInteger(found) ? "a whole number" : `a ${typeof found}`;
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
}

/** The keys that an editor would offer there. */
function knownKeys(schema: JsonSchema, path: Path): string[] {
  const place = path.reduce((above, step) => within(above, String(step)), schema);
  return Object.keys(place.properties ?? {});
}

function within({ properties, additionalProperties, items }: JsonSchema, step: string): JsonSchema {
  const others = typeof additionalProperties === "object" ? additionalProperties : undefined;
  return properties?.[step] ?? others ?? items ?? {};
}
