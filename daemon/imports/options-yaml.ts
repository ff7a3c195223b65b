import { Document, isAlias, isMap, isScalar, isSeq, type Node, Pair, YAMLMap, YAMLSeq } from "yaml";
import { type Entry, MAPPING } from "./options-entries.ts";

/** What an options file becomes, to be put into a register by hand; each rule with the line that it comes from. */
export function fragmentOf(entries: readonly Entry[], heading: string): string {
  if (entries.length === 0) return `#${heading}\n# There is nothing in it that becomes a rule of the register.\n`;
  const document = new Document(new YAMLMap());
  document.commentBefore = heading;
  return written(document, entries);
}

export function written(document: Document, entries: readonly Entry[]): string {
  for (const one of entries) write(document, one);
  return document.toString({ lineWidth: 0 });
}

function write(document: Document, { path, value, appended, lines, note }: Entry) {
  const parents = value === MAPPING ? path : path.slice(0, -1);
  let map = document.contents as YAMLMap;
  let key: Node | undefined;
  for (const step of parents) ({ map, key } = mapIn(document, map, step));
  if (value === MAPPING) {
    if (key && note) key.commentBefore = ` ${note}`;
    return;
  }
  const name = path.at(-1)!;
  const node = document.createNode(value, { flow: true, aliasDuplicateObjects: false }) as Node;
  const comment = [
    ...(lines.length > 0 ? [`line${lines.length > 1 ? "s" : ""} ${lines.join(", ")}`] : []),
    ...(note ? [note] : []),
  ];
  if (comment.length > 0) node.comment = ` ${comment.join("; ")}`;
  if (appended) seqIn(document, map, name).add(node);
  else map.set(pairKey(document, map, name), node);
}

/** The mapping at a key, made where there is none. What is repeated by an alias becomes one of its own. */
function mapIn(document: Document, map: YAMLMap, name: string): { map: YAMLMap; key: Node | undefined } {
  const pair = pairOf(map, name) ?? addedTo(document, map, name);
  const own = ownNode(document, pair.value);
  const inner = isMap(own) ? own : new YAMLMap();
  inner.flow = false;
  pair.value = inner;
  return { map: inner, key: pair.key as Node };
}

function seqIn(document: Document, map: YAMLMap, name: string): YAMLSeq {
  const pair = pairOf(map, name) ?? addedTo(document, map, name);
  const own = ownNode(document, pair.value);
  const seq = isSeq(own) ? own : new YAMLSeq();
  seq.flow = false;
  pair.value = seq;
  return seq;
}

function ownNode(document: Document, node: unknown): unknown {
  if (!isAlias(node)) return node;
  const copy = node.resolve(document)?.clone() as Node | undefined;
  if (copy && "anchor" in copy) delete copy.anchor;
  return copy;
}

const pairOf = (map: YAMLMap, name: string) =>
  map.items.find(({ key }) => (isScalar(key) ? String(key.value) : String(key)) === name);

function addedTo(document: Document, map: YAMLMap, name: string): Pair {
  const pair = new Pair<unknown, unknown>(document.createNode(name), null);
  map.items.push(pair);
  return pair;
}

const pairKey = (document: Document, map: YAMLMap, name: string) => pairOf(map, name)?.key ?? document.createNode(name);
