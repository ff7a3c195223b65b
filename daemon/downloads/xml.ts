/** An element with its attributes, without those that say nothing, and what stands in it. */
export interface Element {
  name: string;
  attributes?: Record<string, string | number | boolean | undefined | null>;
  children?: readonly Element[];
}

export const XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** A document, an element a line. */
export const xmlOf = (root: Element, remark: string): string =>
  `${XML_HEAD}<!-- ${escaped(remark).replaceAll("--", "- -")} -->\n${lineOf(root, "")}`;

function lineOf({ name, attributes = {}, children = [] }: Element, indent: string): string {
  const said = Object.entries(attributes)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => ` ${key}="${escaped(String(value))}"`)
    .join("");
  if (children.length === 0) return `${indent}<${name}${said}/>\n`;
  return `${indent}<${name}${said}>\n${children.map((child) => lineOf(child, `${indent}  `)).join("")}${indent}</${name}>\n`;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
/** XML has no way at all to write most control characters. */
export const escaped = (text: string) =>
  text
    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, "")
    .toWellFormed()
    .replace(/[&<>"]/g, (letter) => ENTITIES[letter]!);
