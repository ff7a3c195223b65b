import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from "yaml";
import { SeatmeterError } from "../domain/errors.ts";
import { rewritten } from "./rewritten.ts";

/** One change, as JSON Patch (RFC 6902) writes it: `path` is a JSON Pointer, and `-` stands behind the last of a list. */
export type Change = { op: "add" | "replace" | "test"; path: string; value: unknown } | { op: "remove"; path: string };

/** Where something stands: the map or list that it is in, and its key there. */
interface Place {
  parent: Node;
  key: string;
}

/**
 * The text of a register with changes made to it, one after the other; what else stands there stays as people wrote it.
 *
 * Errors: message_invalid, naming the path, where a change finds nothing to change; none of them is made then.
 */
export function withChanges(text: string, changes: readonly Change[]): string {
  return rewritten(text, (document) => {
    for (const change of changes) {
      const wrong = made(document, change);
      if (wrong) throw new SeatmeterError("message_invalid", `${change.path || "/"} ${wrong}`, { field: "changes" });
    }
  });
}

/** What is wrong with it, if anything. */
function made(document: Document.Parsed, change: Change): string | undefined {
  const place = placeOf(document, change.path);
  if (typeof place === "string") return place;
  const { parent, key } = place;
  const there = isMap(parent)
    ? pairOf(parent, key)
    : isSeq(parent)
      ? parent.items[indexIn(parent.items, key)]
      : undefined;
  if (change.op === "add") return added(document, place, change.value);
  if (there === undefined) return "is not there";
  if (change.op === "test") {
    const value = isMap(parent) ? (there as Pair<Node, Node | null>).value : (there as Node);
    return same(value?.toJS(document), change.value) ? undefined : "is something else by now";
  }
  if (change.op === "remove") {
    if (isMap(parent)) parent.items.splice(parent.items.indexOf(there as Pair), 1);
    else if (isSeq(parent)) parent.items.splice(indexIn(parent.items, key), 1);
    return undefined;
  }
  const value = document.createNode(change.value);
  if (isMap(parent)) (there as Pair).value = keptComment((there as Pair<Node, Node | null>).value, value);
  else if (isSeq(parent)) parent.items[indexIn(parent.items, key)] = keptComment(there as Node, value);
  return undefined;
}

function added(document: Document.Parsed, { parent, key }: Place, asked: unknown): string | undefined {
  const value = document.createNode(asked);
  if (isMap(parent)) {
    const there = pairOf(parent, key);
    if (there) there.value = keptComment(there.value as Node | null, value);
    else parent.items.push(document.createPair(key, asked) as never);
    return undefined;
  }
  if (!isSeq(parent)) return "is not there";
  const at = key === "-" ? parent.items.length : indexIn(parent.items, key, 1);
  if (at < 0) return "is no place in the list: - stands behind its last";
  parent.items.splice(at, 0, value);
  return undefined;
}

/** A remark behind a value is about its key, and outlives the value. */
function keptComment(before: Node | null, after: Node): Node {
  if (isScalar(before) && isScalar(after) && before.comment) after.comment = before.comment;
  return after;
}

/** The parent of what a pointer points to, or what is wrong with the pointer. */
function placeOf(document: Document.Parsed, pointer: string): Place | string {
  if (!/^(\/([^~/]|~[01])+)+$/.test(pointer)) return "is no path: one is written /pools/cad/entitlements/0/seats";
  const steps = pointer
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const key = steps.pop()!;
  let parent: Node | null = document.contents;
  for (const [i, step] of steps.entries()) {
    const below = childOf(parent, step);
    const path = `/${steps.slice(0, i + 1).join("/")}`;
    if (isAlias(below)) return `cannot be changed here: ${path} repeats *${below.source}, so change it in the file`;
    if (!isMap(below) && !isSeq(below)) return `leads nowhere: there is nothing below ${path}`;
    parent = below;
  }
  return parent === null ? "leads nowhere: the register is empty" : { parent, key };
}

function childOf(parent: Node | null, step: string): Node | null | undefined {
  if (isMap(parent)) return pairOf(parent, step)?.value as Node | null | undefined;
  return isSeq(parent) ? (parent.items[indexIn(parent.items, step)] as Node | undefined) : undefined;
}

/** A group called 2026 has a number for its key. */
const pairOf = (map: YAMLMap, key: string) =>
  map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key);

const indexIn = ({ length }: readonly unknown[], text: string, beyond = 0) =>
  /^(0|[1-9]\d{0,6})$/.test(text) && Number(text) < length + beyond ? Number(text) : -1;

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
