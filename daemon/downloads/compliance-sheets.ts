import type { Compliance, Finding, ProductCompliance } from "../compliance/compliance.ts";
import { FINDING_KINDS } from "../compliance/kinds.ts";
import { type Cell, dayCell, type Sheet } from "./sheet.ts";

type Columns<Row> = readonly (readonly [name: string, cell: (row: Row) => Cell])[];

/** THE TABLE of columns of what somebody has to look at. */
const FINDINGS: Columns<Finding> = [
  ["Finding", ({ kind }) => FINDING_KINDS[kind].title],
  ["About", ({ about }) => about],
  ["Product", ({ product }) => product],
  ["What was found", ({ says }) => says],
  ["How many", ({ count }) => count],
  ["Since", ({ since }) => dayCell(since)],
  ["Owner", ({ owner }) => owner],
  ["What to do", ({ kind }) => FINDING_KINDS[kind].todo],
];

const PRODUCTS: Columns<ProductCompliance> = [
  ["Product", ({ name }) => name],
  ["In the register", ({ product }) => product],
  ["Publisher", ({ publisher }) => publisher],
  ["Owner", ({ owner }) => owner],
  ["Pools", ({ pools }) => pools.join(", ")],
  ["Metric", ({ metric }) => metric],
  ["Seats owned", ({ owned }) => owned],
  ["Computers with it", ({ computers }) => computers],
  ["Computers that used it in 90 days", ({ used90Days }) => used90Days],
  ["Computers that used it in a year", ({ usedYear }) => usedYear],
  ["Computers with it, unused for 90 days", ({ unused }) => unused],
];

const TITLES: Columns<ProductCompliance["titles"][number]> = [
  ["Product", ({ product }) => product ?? null],
  ["Installed as", ({ name }) => name],
  ["Publisher", ({ publisher }) => publisher],
  ["Version", ({ version }) => version],
  ["Computers", ({ computers }) => computers],
  ["Rule", ({ rule }) => rule],
  ["Because", ({ says }) => says],
];

/** What there is to look at, which alone goes into a CSV; then each product, and how what is installed was matched. */
export const complianceSheets = ({ findings, products }: Compliance): Sheet[] => [
  sheetOf("Findings", FINDINGS, findings),
  sheetOf("Products", PRODUCTS, products),
  sheetOf(
    "Installed",
    TITLES,
    products.flatMap(({ titles }) => titles),
  ),
];

const sheetOf = <Row>(name: string, columns: Columns<Row>, rows: readonly Row[]): Sheet => ({
  name,
  columns: columns.map(([column]) => column),
  rows: rows.map((row) => columns.map(([, cell]) => cell(row))),
});
