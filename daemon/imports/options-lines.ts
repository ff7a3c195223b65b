/** One option as the file has it; a line that ends in a backslash goes on in the next. */
export interface OptionsLine {
  /** Of its first line, from 1. */
  line: number;
  /** As written, in one piece. */
  text: string;
  /** Without quotes, which hold a name with spaces together. */
  words: string[];
  /** What follows a # behind it, which not every FlexNet takes for a comment. */
  comment?: string;
  /** Why it cannot be told where its words end. */
  mistake?: string;
}

/** What a vendor daemon reads of a line. */
export const LONGEST_LINE = 4_000;

/** The options of a file, in order, without comments and empty lines. */
export function optionsLines(physical: Iterable<string>): OptionsLine[] {
  const options: OptionsLine[] = [];
  let begun: { line: number; pieces: string[] } | undefined;
  let number = 0;
  const finish = () => {
    if (begun) options.push(optionOf(begun.line, begun.pieces.join(" ")));
    begun = undefined;
  };
  for (const raw of physical) {
    number += 1;
    const text = raw.replace(/^\ufeff/, "").trim();
    // A comment does not go on in the next line, whatever it ends in, or it would swallow an option.
    if (!begun && (text === "" || text.startsWith("#"))) continue;
    begun ??= { line: number, pieces: [] };
    const goesOn = text.endsWith("\\");
    const piece = goesOn ? text.slice(0, -1).trimEnd() : text;
    if (piece !== "") begun.pieces.push(piece);
    if (!goesOn) finish();
  }
  finish();
  return options.filter(({ text }) => text !== "" && !text.startsWith("#"));
}

function optionOf(line: number, text: string): OptionsLine {
  const words: string[] = [];
  let word: string | undefined;
  const end = () => {
    if (word !== undefined) words.push(word.trim());
    word = undefined;
  };
  for (const { 0: piece, index } of text.matchAll(/\s+|"[^"]*"|"|[^\s"]+/g)) {
    if (piece === '"') {
      return { line, text, words: [text.split(/\s/, 1)[0]!], mistake: "a quote is opened and not closed" };
    }
    if (/^\s/.test(piece)) end();
    else if (word === undefined && piece.startsWith("#")) return { line, text, words, comment: text.slice(index) };
    else word = (word ?? "") + (piece.startsWith('"') ? piece.slice(1, -1) : piece);
  }
  end();
  return { line, text, words };
}
