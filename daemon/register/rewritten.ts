import { isDeepStrictEqual } from "node:util";
import { type Document, parse, parseDocument } from "yaml";
import { lineDiff, linesOf } from "../domain/line-diff.ts";

/**
 * The text of a register with its document changed. The library lays out anew whatever it writes, `[a]` as `[ a ]`; lines
 * that did not change stay as people wrote them, so that whoever compares two revisions sees what was done. Where the
 * library parts lines in another way than people did, or that would say something else, its own layout is taken.
 */
export function rewritten(text: string, change: (document: Document.Parsed) => void): string {
  const document = parseDocument(text);
  change(document);
  const layout = { lineWidth: 0, indent: /^[^\s#][^#]*:[ ]*\n( {2,8})[^\s#]/m.exec(text)?.[1]?.length ?? 2 };
  const after = document.toString(layout);
  const before = filled(parseDocument(text).toString(layout));
  const written = withBlanks(text);
  if (before.length !== written.length || text.includes("\r")) return after;
  let at = 0;
  const lines = lineDiff(before.join("\n"), filled(after).join("\n")).flatMap(({ kind, text: line }) => {
    if (kind === "added") return [line];
    const own = written[at++]!;
    return kind === "same" ? [own] : [];
  });
  const kept = `${lines.join("\n")}\n`;
  return sameMeaning(kept, after) ? kept : after;
}

function sameMeaning(one: string, other: string): boolean {
  try {
    return isDeepStrictEqual(parse(one), parse(other));
  } catch {
    return false;
  }
}

const isBlank = (line: string) => line.trim() === "";
const filled = (text: string) => linesOf(text).filter((line) => !isBlank(line));

/** Each line with something on it, and the blank ones before it. */
function withBlanks(text: string): string[] {
  const lines: string[] = [];
  let blanks = "";
  for (const line of linesOf(text)) {
    if (isBlank(line)) blanks += "\n";
    else {
      lines.push(blanks + line);
      blanks = "";
    }
  }
  return lines;
}
