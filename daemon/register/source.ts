import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from "yaml";
import type { Mistake } from "../domain/mistake.ts";

/** More than any council needs, and little enough to be read again at every change. */
export const FILE_BYTES = 1024 * 1024;
/** An alias may repeat a part of the file, but a few may not blow up to gigabytes. */
const ALIASES = 100;

export type Path = readonly PropertyKey[];

/** `pools.autocad.entitlements[0].ends` */
export const pathAsText = (path: Path) =>
  path.reduce<string>((text, step) => (typeof step === "number" ? `${text}[${step}]` : join(text, String(step))), "");

const join = (text: string, step: string) => (text ? `${text}.${step}` : step);

/** A file as plain values, with what YAML itself found wrong in it, and the places to say more mistakes about. */
export interface Source {
  value: unknown;
  mistakes: Mistake[];
  /** Whether the values may be looked at: false after a mistake that leaves their meaning open. */
  sound: boolean;
  /** A mistake about what stands at the path, or, where nothing does, about the last part of the path that is there. */
  mistake(path: Path, message: string, at?: "key" | "value"): Mistake;
}

export function readSource(text: string): Source {
  const lines = new LineCounter();
  const start = { line: 1, column: 1, path: "" };
  const failed = (message: string): Source => {
    const mistake = (path: Path) => ({ ...start, path: pathAsText(path), message });
    return { value: undefined, mistakes: [mistake([])], sound: false, mistake };
  };
  if (Buffer.byteLength(text) > FILE_BYTES) return failed(`the file is larger than ${FILE_BYTES / 1024} KiB`);

  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const complaints = [...document.errors, ...document.warnings];
  if (complaints.some(({ code }) => code === "RESOURCE_EXHAUSTION")) return failed("the file is nested too deeply");

  const atNode = ({ node, message }: Odd) => ({ ...at(node.range?.[0] ?? 0), path: "", message });
  const unsound = [
    ...complaints.map(({ code, message, pos }) => ({ ...at(pos[0]), path: "", message: inWords(code, message) })),
    ...oddNodes(document).map(atNode),
  ];
  const sound = unsound.length === 0;
  return {
    value: sound ? document.toJS({ maxAliasCount: -1 }) : undefined,
    mistakes: [...unsound, ...repeatedKeys(document).map(atNode)],
    sound,
    mistake: (path, message, what = "value") => {
      const offset = nodeAt(document, path, what)?.range?.[0] ?? 0;
      return { ...at(offset), path: pathAsText(path), message };
    },
  };
}

function inWords(code: string, message: string): string {
  if (code === "MULTIPLE_DOCS") return "a second document begins here: the register is a single one";
  if (code === "TAB_AS_INDENT") return "a tab indents this line: use spaces";
  return message[0]!.toLowerCase() + message.slice(1);
}

interface Odd {
  node: Node;
  message: string;
}

/** The parser looks for them too, but in a time that grows with the square of a section's length. */
function repeatedKeys(document: Document.Parsed): Odd[] {
  const repeated: Odd[] = [];
  visit(document, {
    Map: (_, { items }) => {
      const known = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (known.has(name)) repeated.push({ node: key, message: "this key stands here twice: leave one of them out" });
        known.add(name);
      }
    },
  });
  return repeated;
}

/** Parts that could be taken for something else than what they look like, or that grow without end. */
function oddNodes(document: Document.Parsed): Odd[] {
  const odd: Odd[] = [];
  let aliases = 0;
  visit(document, {
    Pair: (_, { key }) => {
      if (!isScalar(key)) odd.push({ node: key as Node, message: "a key is plain text" });
      else if (key.value === null) odd.push({ node: key, message: "a key is missing before the colon" });
      else if (key.value === "__proto__") odd.push({ node: key, message: "__proto__ is no key" });
    },
    Node: (_, node) => {
      if (isAlias(node)) {
        aliases += 1;
        const target = node.resolve(document);
        if (!target) odd.push({ node, message: `nothing above is marked &${node.source}` });
        if (aliases > ALIASES) {
          odd.push({ node, message: `more than ${ALIASES} aliases` });
          return visit.BREAK;
        }
      } else if (node.anchor && containsAlias(node)) {
        odd.push({ node, message: `&${node.anchor} marks a part that itself repeats another: write one of them out` });
      }
      return undefined;
    },
  });
  return odd;
}

/** Aliases in what aliases repeat grow by multiplication; without them, by addition. */
function containsAlias(node: Node): boolean {
  let found = false;
  visit(node, {
    Alias: () => {
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

/** What a path leads to through maps, lists and aliases, as far as it goes. */
function nodeAt(document: Document.Parsed, path: Path, what: "key" | "value"): Node | undefined {
  let key: Node | undefined;
  let value = resolved(document, document.contents);
  for (const step of path) {
    if (isMap(value)) {
      const pair = value.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (!pair) return key ?? value;
      key = pair.key as Node;
      value = resolved(document, pair.value as Node | null);
    } else if (isSeq(value)) {
      const item = value.items[Number(step)] as Node | undefined;
      if (!item) return key ?? value;
      key = item;
      value = resolved(document, item);
    }
  }
  return what === "key" || !value || isEmpty(value) ? (key ?? value) : value;
}

const resolved = (document: Document.Parsed, node: Node | null | undefined) =>
  (isAlias(node) ? node.resolve(document) : node) ?? undefined;

const isEmpty = (node: Node) => isScalar(node) && node.value === null;
