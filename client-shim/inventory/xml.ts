/** An element as it begins; its name and its attributes' without their prefixes. */
export interface Element {
  name: string;
  attributes: Record<string, string>;
}

const NAME = "[\\p{L}_][\\p{L}\\p{N}._-]*";
const QUALIFIED = `(?:${NAME}:)?(${NAME})`;
const VALUE = `"[^"<]*"|'[^'<]*'`;
/** A comment, an instruction, plain characters, text, an end or a beginning: whatever may come next. */
const NEXT = new RegExp(
  `<!--[^]*?-->|<\\?[^]*?\\?>|<!\\[CDATA\\[[^]*?\\]\\]>|[^<]+|` +
    `</${QUALIFIED}\\s*>|<${QUALIFIED}((?:\\s+(?:${NAME}:)?${NAME}\\s*=\\s*(?:${VALUE}))*)\\s*(/?)>`,
  "uy",
);
const ATTRIBUTE = new RegExp(`\\s${QUALIFIED}\\s*=\\s*(${VALUE})`, "gu");
const ENTITIES: ReadonlyMap<string, string> = new Map(
  Object.entries({ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }),
);
const MOST_ELEMENTS = 100_000;

/**
 * The elements of a small XML document, in the order in which they begin; what stands between them is of no use here. It
 * knows no document type and no entities but the five that XML has, so nothing in it leads anywhere else.
 *
 * @returns nothing for what is not well formed
 */
export function elementsOf(text: string): Element[] | undefined {
  const elements: Element[] = [];
  const open: string[] = [];
  NEXT.lastIndex = text.startsWith("\ufeff") ? 1 : 0;
  while (NEXT.lastIndex < text.length) {
    const found = NEXT.exec(text);
    if (!found || elements.length > MOST_ELEMENTS) return undefined;
    const [, ends, begins, attributes = "", isEmpty] = found;
    if (ends !== undefined && open.pop() !== ends) return undefined;
    if (begins === undefined) continue;
    if (open.length === 0 && elements.length > 0) return undefined;
    elements.push({ name: begins, attributes: attributesOf(attributes) });
    if (!isEmpty) open.push(begins);
  }
  return open.length === 0 ? elements : undefined;
}

const attributesOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(ATTRIBUTE)].map(([, name = "", value = ""]) => [name, plainOf(value.slice(1, -1))]),
  );

const plainOf = (text: string) =>
  text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/gi, (whole, decimal, hex, name) => {
    const code = decimal ? Number(decimal) : hex ? Number.parseInt(hex, 16) : undefined;
    if (code === undefined) return ENTITIES.get(name) ?? whole;
    return code <= 0x10_ff_ff ? String.fromCodePoint(code) : "";
  });
