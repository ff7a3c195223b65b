import type { z } from "zod";
import { issueInWords, kindOf } from "../domain/issue-words.ts";
import type { Mistake } from "../domain/mistake.ts";
import { didYouMean } from "../domain/nearest.ts";
import { isMapping } from "./outline.ts";
import { registerJsonSchema } from "./schema.ts";
import type { Path, Source } from "./source.ts";

type Issue = z.core.$ZodIssue;

/** What the schema found, in words for whoever wrote the file, and where. */
export function mistakesOf(issues: readonly Issue[], source: Source): Mistake[] {
  return issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) =>
        source.mistake([...issue.path, key], unknownKey(key, knownKeys(issue.path)), "key"),
      );
    }
    const within = meantBranch(issue);
    if (within) return mistakesOf(within, source);
    return source.mistake(issue.path, issue.message);
  });
}

/** Where text or a mapping may stand, and a mapping does, what is wrong in it rather than that it is neither. */
function meantBranch(issue: Issue): Issue[] | undefined {
  if (issue.code !== "invalid_union" || !isMapping(issue.input)) return undefined;
  const branch = issue.errors.find(
    (issues) => !issues.some(({ path, code }) => !path.length && code === "invalid_type"),
  );
  return branch?.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

function unknownKey(key: string, known: readonly string[]): string {
  return `is no key here${didYouMean(key, known) || (known.length ? `; known are ${known.join(", ")}` : "")}`;
}

const WANTED: Record<string, string> = {
  string: "text",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping, key: value",
  record: "a mapping of names",
};

/** For `safeParse`: what is wrong and what to write, for somebody who writes YAML. */
export const IN_YAML_WORDS = { error: inYamlWords };

function inYamlWords(issue: z.core.$ZodRawIssue): string {
  const { input } = issue;
  if (issue.code !== "invalid_type" || input === undefined) return issueInWords(issue);
  const wanted = WANTED[issue.expected] ?? issue.expected;
  if (input === null) return `is empty: write ${wanted} here, or leave the key out`;
  const isScalar = typeof input === "number" || typeof input === "boolean";
  if (issue.expected === "string" && isScalar) return `is a ${typeof input}, and text is wanted: put it in quotes`;
  return `must be ${wanted}, and is ${kindOf(input, "a mapping")}`;
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
}

let whole: JsonSchema | undefined;
/** The keys that an editor would offer there. */
function knownKeys(path: Path): string[] {
  whole ??= registerJsonSchema();
  const place = path.reduce((above, step) => within(above, String(step)), whole);
  return Object.keys(mappingOf(place).properties ?? {});
}

function within(place: JsonSchema, step: string): JsonSchema {
  const { properties, additionalProperties, items } = mappingOf(place);
  const others = typeof additionalProperties === "object" ? additionalProperties : undefined;
  return properties?.[step] ?? others ?? items ?? {};
}

/** Of several things that may stand there, the mapping. */
const mappingOf = (place: JsonSchema) => place.anyOf?.find(({ properties }) => properties) ?? place;
