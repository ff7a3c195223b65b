import { nearest } from "../domain/nearest.ts";
import { KEYWORDS } from "./options-keywords.ts";
import { type OptionsLine, optionsLines } from "./options-lines.ts";

/** What is no options file and is taken for one, by what some line of it looks like. */
const OTHERS: readonly { line: RegExp; what: string }[] = [
  {
    line: /^\s*\d{1,2}:\d\d:\d\d \([^()\s]+\) /,
    what: "is a FlexNet debug log: the options file is named by its VENDOR line",
  },
  {
    line: /^\s*(?:SERVER|VENDOR|DAEMON|FEATURE|INCREMENT|PACKAGE)\s+\S+/,
    what: "is a FlexNet licence file: the options file is named by its VENDOR line",
  },
  { line: /^(?:organisation|products|pools|groups):/, what: "looks like a register, not like an options file" },
];

/** Nothing that was meant is longer. */
const LONGEST_SHOWN = 64;

/** What is wrong with a file as an options file; nothing where it is one, however many of its lines are not understood. */
export function whatElse(lines: readonly string[]): string | undefined {
  if (lines.some((line) => line.includes("\0"))) return "is no text";
  const options = optionsLines(lines);
  if (options.length === 0) return lines.some((line) => line.trim() !== "") ? undefined : "is empty";
  if (options.some(({ words }) => KEYWORDS.includes(words[0]?.toUpperCase() ?? ""))) return undefined;
  const other = OTHERS.find(({ line }) => lines.some((one) => line.test(one)));
  if (other) return other.what;
  if (options.some(({ words }) => nearest((words[0] ?? "").slice(0, LONGEST_SHOWN), KEYWORDS) !== undefined))
    return undefined;
  const [{ line, words }] = options as [OptionsLine];
  const first = (words[0] ?? "").slice(0, LONGEST_SHOWN);
  return `is no options file: no line begins with a keyword such as INCLUDE or RESERVE; line ${line} does with "${first}"`;
}
