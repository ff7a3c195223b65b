/** A line of two texts laid beside each other. */
export interface DiffLine {
  kind: "same" | "added" | "removed";
  text: string;
}

/** Beyond this many comparisons what changed is shown as removed and added as a whole: right, if not the shortest. */
const MOST_COMPARISONS = 4_000_000;

/** What to take away from one text and add to it to get the other, the fewest lines that will do. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const [old, now] = [linesOf(before), linesOf(after)];
  const shorter = Math.min(old.length, now.length);
  let head = 0;
  while (head < shorter && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < shorter - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  return [
    ...all("same", old.slice(0, head)),
    ...middle(old.slice(head, old.length - tail), now.slice(head, now.length - tail)),
    ...all("same", old.slice(old.length - tail)),
  ];
}

/** Only what changed, with so many lines around it; each hunk is one stretch of the text. */
export function hunks(lines: readonly DiffLine[], around = 3): DiffLine[][] {
  const near = new Set<number>();
  for (const [i, line] of lines.entries())
    if (line.kind !== "same") for (let at = i - around; at <= i + around; at++) near.add(at);
  const found: DiffLine[][] = [];
  for (const [i, line] of lines.entries()) {
    if (!near.has(i)) continue;
    if (i === 0 || !near.has(i - 1)) found.push([]);
    found.at(-1)!.push(line);
  }
  return found;
}

/** The longest common subsequence, by its table of lengths. */
function middle(old: string[], now: string[]): DiffLine[] {
  if (old.length * now.length > MOST_COMPARISONS) return [...all("removed", old), ...all("added", now)];
  const width = now.length + 1;
  const lengths = new Uint32Array((old.length + 1) * width);
  const length = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        old[i] === now[j] ? length(i + 1, j + 1) + 1 : Math.max(length(i + 1, j), length(i, j + 1));
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < old.length && j < now.length) {
    if (old[i] === now[j]) {
      lines.push({ kind: "same", text: old[i]! });
      i++;
      j++;
    } else if (length(i + 1, j) >= length(i, j + 1)) lines.push({ kind: "removed", text: old[i++]! });
    else lines.push({ kind: "added", text: now[j++]! });
  }
  return [...lines, ...all("removed", old.slice(i)), ...all("added", now.slice(j))];
}

const all = (kind: DiffLine["kind"], texts: readonly string[]) => texts.map((text) => ({ kind, text }));
/** A last line that ends like the others makes no empty one. */
export const linesOf = (text: string) => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));
