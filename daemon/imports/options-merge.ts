import { isDeepStrictEqual } from "node:util";
import { Document, isAlias, isMap, isScalar, isSeq, type Node, Pair, parse, parseDocument, visit, YAMLMap } from "yaml";
import type { Entry } from "./options-entries.ts";
import { written } from "./options-yaml.ts";

/** Text that is put in place of what stands from one offset to another. */
interface Edit {
  from: number;
  to: number;
  text: string;
  /** At one place the deeper comes first: it belongs to what ends there. */
  column: number;
}

/**
 * A register with the entries in it. Its text stays as it is, comments, blank lines and all, and what is new is put
 * between; only where a list or mapping in brackets grows, it is written anew. YAML can be written in many ways, so the
 * outcome is compared with that of the library, whose own layout is the way out where they differ.
 */
export function mergedWith(register: string, entries: readonly Entry[]): string {
  if (entries.length === 0) return register;
  const anew = writtenAnew(register, entries);
  const document = parseDocument(register);
  const edits: Edit[] = [];
  if (!isBlock(document.contents) || hasAliases(document)) return anew;
  editMap(register, document.contents, entries, edits);
  const edited = applied(register, edits);
  return sameMeaning(edited, anew) ? edited : anew;
}

/** By the library alone. What an alias repeats becomes its own, since only one of the two gets the new rules. */
function writtenAnew(register: string, entries: readonly Entry[]): string {
  const document = parseDocument(register);
  visit(document, {
    Alias: (_, alias) => {
      const copy = alias.resolve(document)?.clone() as (Node & { anchor?: string }) | undefined;
      if (copy) delete copy.anchor;
      return copy;
    },
  });
  return written(document, entries);
}

function hasAliases(document: Document): boolean {
  let found = false;
  visit(document, {
    Alias: () => {
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

function sameMeaning(one: string, other: string): boolean {
  try {
    return isDeepStrictEqual(parse(one), parse(other));
  } catch {
    return false;
  }
}

const isBlock = (node: unknown): node is YAMLMap => isMap(node) && !node.flow && node.items.length > 0;

/** @param entries by their paths below the mapping */
function editMap(text: string, map: YAMLMap, entries: readonly Entry[], edits: Edit[]): void {
  const below = Map.groupBy(entries, ({ path }) => path[0]!);
  const added: Entry[] = [];
  for (const [name, parts] of below) {
    const pair = map.items.find(({ key }) => isScalar(key) && String(key.value) === name);
    const deeper = parts.every(({ path }) => path.length > 1);
    if (!pair) added.push(...parts);
    else if (deeper && isBlock(pair.value)) {
      const inner = parts.map((part) => ({ ...part, path: part.path.slice(1) }));
      editMap(text, pair.value, inner, edits);
    } else replace(text, pair as Pair<Node, Node | null>, name, parts, edits);
  }
  if (added.length === 0) return;
  const column = columnOf(text, (map.items[0]!.key as Node).range![0]);
  edits.push(insertion(text, map, column, written(new Document(new YAMLMap()), added)));
}

/** A list that goes on below gets its new items there; anything else is written anew with them. */
function replace(text: string, { key, value }: Pair<Node, Node | null>, name: string, parts: Entry[], edits: Edit[]) {
  const column = columnOf(text, key.range![0]);
  if (isSeq(value) && !value.flow && value.items.length > 0) {
    const items = written(new Document(new YAMLMap()), parts).split("\n").slice(1);
    const dash = columnOf(text, value.range![0]);
    edits.push(insertion(text, value, dash, items.map((item) => item.replace(/^ {2}/, "")).join("\n")));
    return;
  }
  const document = new Document(new YAMLMap());
  const copy = (value?.clone() as Node | undefined) ?? null;
  const end = Math.max(value?.range?.[1] ?? 0, key.range![1]);
  const [behind = "", comment] = /^ *#(.*)/.exec(text.slice(end, lineEnd(text, end)).trimEnd()) ?? [];
  if (copy && comment !== undefined) {
    // Behind a list that goes on below it would be its last item's.
    copy.comment = null;
    copy.commentBefore = comment;
  }
  (document.contents as unknown as YAMLMap).items.push(new Pair(document.createNode(name), copy));
  const anew = indented(written(document, parts), column).trim();
  edits.push({ from: key.range![0], to: copy ? end + behind.length : end, text: anew, column });
}

/** Behind the last line of what is there, and behind the comments that are indented as it is. */
function insertion(text: string, node: Node, column: number, lines: string): Edit {
  let at = lineEnd(text, Math.max(0, lastLeaf(node).range![1] - 1));
  for (;;) {
    const next = text.slice(at, lineEnd(text, at));
    if (!/^ *#/.test(next) || next.indexOf("#") < Math.max(column, 1)) break;
    at += next.length;
  }
  const before = at > 0 && text[at - 1] !== "\n" ? "\n" : "";
  return { from: at, to: at, text: before + indented(lines, column), column };
}

function lastLeaf(node: Node): Node {
  if (isAlias(node) || isScalar(node)) return node;
  if (isMap(node) && !node.flow && node.items.length > 0) {
    const { key, value } = node.items.at(-1)!;
    return value ? lastLeaf(value as Node) : (key as Node);
  }
  return isSeq(node) && !node.flow && node.items.length > 0 ? lastLeaf(node.items.at(-1) as Node) : node;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end + 1;
}

const columnOf = (text: string, offset: number) => offset - (text.lastIndexOf("\n", offset - 1) + 1);

const indented = (lines: string, column: number) => lines.replaceAll(/^(?=.)/gm, " ".repeat(column));

function applied(text: string, edits: readonly Edit[]): string {
  const inOrder = edits.toSorted((one, other) => one.from - other.from || other.column - one.column);
  let at = 0;
  const pieces = inOrder.flatMap(({ from, to, text: put }) => {
    const kept = text.slice(at, Math.max(at, from));
    at = Math.max(at, to);
    return [kept, put];
  });
  return [...pieces, text.slice(at)].join("");
}
