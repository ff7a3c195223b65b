import type { Mistake } from "../domain/mistake.ts";
import type { Register } from "../domain/register.ts";
import { filled } from "./filled.ts";
import { type MemberFiles, readGroupFiles } from "./group-files.ts";
import { IN_YAML_WORDS, mistakesOf } from "./issues.ts";
import { outlineOf } from "./outline.ts";
import { checkRules, registerWarnings } from "./rules.ts";
import { RegisterFile } from "./schema.ts";
import { readSource } from "./source.ts";

export type { Mistake } from "../domain/mistake.ts";
export { mistakesAsText } from "../domain/mistake.ts";

/** A register with the files that are part of it and what is odd about it, or everything that is wrong with it. */
export type ReadRegister =
  | { register: Register; files: Record<string, string>; warnings: Mistake[] }
  | { mistakes: Mistake[] };

/** More than anybody reads at once; the next ones come when these are mended. */
const MOST_MISTAKES = 200;

/** Read a register as people write it, checked whole. Does no I/O but through `readFile`. */
export function readRegister(text: string, from: MemberFiles): ReadRegister {
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
    ...groupFiles.mistakes,
  ];
  if (!parsed.success || mistakes.length > 0) return { mistakes: inOrder(mistakes) };
  return {
    register: filled(parsed.data, groupFiles.members),
    files: groupFiles.files,
    warnings: inOrder(registerWarnings(outline, source)),
  };
}

function inOrder(mistakes: readonly Mistake[]): Mistake[] {
  const sorted = mistakes.toSorted((one, other) => one.line - other.line || one.column - other.column);
  const more = sorted.length - MOST_MISTAKES;
  if (more <= 0) return sorted;
  const last = sorted[MOST_MISTAKES]!;
  return [...sorted.slice(0, MOST_MISTAKES), { ...last, path: "", message: `and ${more} more from here on` }];
}
