import { folded } from "../domain/names.ts";

/** Whether a text is what a pattern means: all of it, without regard to case. */
export type Pattern = (foldedText: string) => boolean;

/** Read once, for it is asked of each of tens of thousands of texts. */
export function patternOf(written: string): Pattern {
  const pattern = folded(written);
  const begins = pattern.split(/[*?]/, 1)[0]!;
  if (begins === pattern) return (text) => text === pattern;
  return (text) => text.startsWith(begins) && fits(pattern, text);
}

/** In a time that grows with the length of both, whatever is written: going back is only ever to the last star. */
function fits(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let starAt = 0;
  for (let i = 0; i < text.length; ) {
    if (pattern[at] === "*") {
      star = at++;
      starAt = i;
    } else if (at < pattern.length && (pattern[at] === "?" || pattern[at] === text[i])) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++starAt;
    } else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}

/** How much a pattern says: its letters. */
export const lettersOf = (written: string | undefined) => (written ?? "").replace(/[*?]/g, "").length;
