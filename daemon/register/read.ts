import type { Mistake } from "../domain/mistake.ts";
import type { Register } from "../domain/register.ts";
import { filled } from "./filled.ts";
import { type MemberFiles, readGroupFiles } from "./group-files.ts";
import { IN_YAML_WORDS, mistakesOf } from "./issues.ts";
import { licenceKeys } from "./licence-keys.ts";
import { outlineOf } from "./outline.ts";
import { checkRules, type Found } from "./rules.ts";
import { RegisterFile } from "./schema.ts";
import { readSource } from "./source.ts";
import { registerWarnings } from "./warnings.ts";

export type { Mistake } from "../domain/mistake.ts";
export { mistakesAsText } from "../domain/mistake.ts";

/** A register with the files that are part of it and what is odd about it, or everything that is wrong with it. */
export type ReadRegister =
  | {
      register: Register;
      files: Record<string, string>;
      warnings: Mistake[];
      /** Of what only somebody finds who knows more than the register, at the place that it is about. */
      mistake: (path: readonly (string | number)[], message: string) => Mistake;
    }
  | { mistakes: Mistake[] };

/** More than anybody reads at once; the next ones come when these are mended. */
const MOST_MISTAKES = 200;

/**
 * Read a register as people write it, checked whole. Does no I/O but through `readFile`.
 *
 * @param nowMs what is over by then is warned of
 */
export function readRegister(text: string, from: MemberFiles, nowMs = Date.now()): ReadRegister {
  const source = readSource(text);
  if (!source.sound) return { mistakes: inOrder(source.mistakes) };
  if (source.value === null) {
    return { mistakes: [source.mistake([], "the file is empty: begin with a copy of seatmeter.example.yaml")] };
  }

  const parsed = RegisterFile.safeParse(source.value, { ...IN_YAML_WORDS, reportInput: true });
  const outline = outlineOf(source.value);
  const groupFiles = readGroupFiles(outline, source, from);
  const mistakes = [
    ...source.mistakes,
    ...mistakesOf(parsed.error?.issues ?? [], source),
    ...checkRules(outline, source),
    ...licenceKeys(source),
    ...groupFiles.mistakes,
  ];
  if (!parsed.success || mistakes.length > 0) return { mistakes: inOrder(mistakes) };
  const register = filled(parsed.data, groupFiles.members);
  return {
    register,
    files: groupFiles.files,
    warnings: inOrder(registerWarnings(register, source, nowMs)),
    mistake: source.mistake,
  };
}

function inOrder(mistakes: readonly Found[]): Mistake[] {
  const sorted = mistakes.toSorted((one, other) => one.line - other.line || one.column - other.column);
  const told = sorted
    .slice(0, MOST_MISTAKES)
    .map(({ meant, ...mistake }) => (meant ? { ...mistake, message: mistake.message + meant() } : mistake));
  const next = sorted[MOST_MISTAKES];
  if (!next) return told;
  const { line, column } = next;
  return [...told, { line, column, path: "", message: `and ${sorted.length - MOST_MISTAKES} more from here on` }];
}
