import { strToU8, type Zippable, zipSync } from "fflate";
import type { Cell, Sheet } from "./sheet.ts";
import { escaped, XML_HEAD } from "./xml.ts";

/*
 * OpenDocument spreadsheets, the council's own standard for what is edited: four small XML files in a zip. Cells have a
 * type and a value, so nothing in them is ever taken for a formula.
 */

const MEDIA_TYPE = "application/vnd.oasis.opendocument.spreadsheet";
const NAMESPACES = Object.entries({
  ...{ office: "office", style: "style", text: "text", table: "table" },
  ...{ fo: "xsl-fo-compatible", number: "datastyle" },
})
  .map(([prefix, name]) => `xmlns:${prefix}="urn:oasis:names:tc:opendocument:xmlns:${name}:1.0"`)
  .join(" ");

/** A zip knows no earlier year; with one moment for all, the same tables are the same bytes. */
const MADE = new Date(1980, 0, 1);

/** A workbook with a tab for each table. */
export function odsOf(sheets: readonly Sheet[]): Uint8Array<ArrayBuffer> {
  const files: Zippable = {
    // First and not compressed, so that programs know the file by its first bytes.
    mimetype: [strToU8(MEDIA_TYPE), { level: 0 }],
    "content.xml": strToU8(content(sheets)),
    "styles.xml": strToU8(`${XML_HEAD}<office:document-styles ${NAMESPACES} office:version="1.3"/>`),
    "META-INF/manifest.xml": strToU8(MANIFEST),
  };
  return zipSync(files, { mtime: MADE, level: 6 });
}

const MANIFEST = `${XML_HEAD}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">
<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="${MEDIA_TYPE}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/>
</manifest:manifest>`;

const STYLES = `<office:automatic-styles>
<number:date-style style:name="day-format"><number:day number:style="long"/><number:text>/</number:text><number:month number:style="long"/><number:text>/</number:text><number:year number:style="long"/></number:date-style>
<style:style style:name="day" style:family="table-cell" style:data-style-name="day-format"/>
<style:style style:name="heading" style:family="table-cell"><style:text-properties fo:font-weight="bold"/></style:style>
<style:style style:name="wide" style:family="table-column"><style:table-column-properties style:use-optimal-column-width="true" style:column-width="3.5cm"/></style:style>
</office:automatic-styles>`;

const content = (sheets: readonly Sheet[]) =>
  `${XML_HEAD}<office:document-content ${NAMESPACES} office:version="1.3">${STYLES}<office:body><office:spreadsheet>${sheets
    .map(table)
    .join("")}</office:spreadsheet></office:body></office:document-content>`;

function table({ name, columns, rows }: Sheet): string {
  const heading = columns.map((text) => cell(text, ' table:style-name="heading"')).join("");
  const body = rows.map((row) => `<table:table-row>${row.map((one) => cell(one)).join("")}</table:table-row>`).join("");
  return (
    `<table:table table:name="${escaped(name)}">` +
    `<table:table-column table:style-name="wide" table:number-columns-repeated="${columns.length}"/>` +
    `<table:table-header-rows><table:table-row>${heading}</table:table-row></table:table-header-rows>${body}</table:table>`
  );
}

function cell(value: Cell, style = ""): string {
  if (value === null) return "<table:table-cell/>";
  if (typeof value === "number") return typed("float", `office:value="${value}"`, String(value));
  if (typeof value === "string") return typed("string", "", value, style);
  if ("day" in value) {
    return typed("date", `office:date-value="${value.day}"`, value.day, ' table:style-name="day"');
  }
  const { money, currency } = value;
  return typed("currency", `office:currency="${escaped(currency)}" office:value="${money}"`, String(money));
}

const typed = (type: string, value: string, shown: string, style = "") =>
  `<table:table-cell${style} office:value-type="${type}" ${value}>${paragraphs(shown)}</table:table-cell>`;

/** Of several blanks, and of one where a line begins or ends, a reader keeps none but those that are elements. */
const paragraphs = (text: string) =>
  text
    .split("\n")
    .map(
      (line) =>
        `<text:p>${escaped(line)
          .replaceAll(/(?<=^| ) | $/g, "<text:s/>")
          .replaceAll("\t", "<text:tab/>")}</text:p>`,
    )
    .join("");
