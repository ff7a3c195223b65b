import fc from "fast-check";
import { expect, test } from "vitest";
import { type DiffLine, hunks, lineDiff } from "../../daemon/domain/line-diff.ts";

const SIGN = { same: " ", added: "+", removed: "-" };
const drawn = (lines: readonly DiffLine[]) => lines.map(({ kind, text }) => SIGN[kind] + text);
const text = (...lines: string[]) => lines.map((line) => `${line}\n`).join("");

test("a line that changed is one removed and one added, where it stands", () => {
  expect(drawn(lineDiff(text("a", "seats: 5", "z"), text("a", "seats: 6", "z")))).toEqual([
    " a",
    "-seats: 5",
    "+seats: 6",
    " z",
  ]);
});

test("nothing before: everything is added; the same text: nothing changed", () => {
  expect(drawn(lineDiff("", text("a", "b")))).toEqual(["+a", "+b"]);
  expect(hunks(lineDiff(text("a", "b"), text("a", "b")))).toEqual([]);
});

test("what is said to be the same and removed makes the old text, what is same and added the new one, in fewest lines", () => {
  const lines = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 12 });
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const found = lineDiff(text(...before), text(...after));
      const without = (kind: DiffLine["kind"]) => found.filter((line) => line.kind !== kind).map((line) => line.text);
      expect(without("added")).toEqual(before);
      expect(without("removed")).toEqual(after);
      expect(found.filter((line) => line.kind === "same")).toHaveLength(longestCommon(before, after));
    }),
  );
});

/** By trying everything. */
function longestCommon([first, ...rest]: readonly string[], other: readonly string[]): number {
  if (first === undefined) return 0;
  const at = other.indexOf(first);
  const without = longestCommon(rest, other);
  return at < 0 ? without : Math.max(without, 1 + longestCommon(rest, other.slice(at + 1)));
}

test("only the surroundings of a change are shown, and changes near each other together", () => {
  const before = Array.from({ length: 30 }, (_, i) => `line ${i}`);
  const after = before.with(10, "ten").with(14, "fourteen").with(29, "last");
  const found = hunks(lineDiff(text(...before), text(...after)), 2).map(drawn);
  expect(found).toEqual([
    [
      ...[" line 8", " line 9", "-line 10", "+ten", " line 11", " line 12", " line 13"],
      ...["-line 14", "+fourteen", " line 15", " line 16"],
    ],
    [" line 27", " line 28", "-line 29", "+last"],
  ]);
});

test("texts too long to compare line by line are still shown rightly", () => {
  const long = (word: string) => text(...Array.from({ length: 3000 }, (_, i) => `${word} ${i}`));
  const found = lineDiff(long("old"), long("new"));
  expect(found.filter((line) => line.kind === "removed")).toHaveLength(3000);
  expect(found.filter((line) => line.kind === "added")).toHaveLength(3000);
});
