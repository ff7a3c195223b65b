import { unguarded } from "../domain/formulas.ts";
import type { Row } from "./csv-rows.ts";
import * as values from "./csv-values.ts";
import { type ColumnName, columnOf } from "./register-columns.ts";

/** A row as the register would say it. */
export interface AssetRow {
  line: number;
  product: string;
  pool?: string;
  publisher?: string;
  owner?: string;
  versions?: { current: string; previous?: string };
  executables: string[];
  flexnet: string[];
  metric?: string;
  entitlement: Record<string, unknown> & { reference: string; seats: number; starts: string };
}

/** A row, or a part of it, that is not taken; line 1 is the header. */
export interface NotTaken {
  line: number;
  why: string;
}

export interface AssetRows {
  rows: AssetRow[];
  notTaken: NotTaken[];
  /** Headings that say nothing to us. */
  unknown: string[];
}

const NEEDED: readonly ColumnName[] = ["seats", "reference", "starts"];
const TEXTS = [
  "title",
  "department",
  "description",
  "supplier",
  "process",
  "supplierNumber",
  "officer",
  "vault",
] as const;
/** What spreadsheets and web pages leave in cells, and nobody sees. */
const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const YEAR_MS = 367 * 86_400_000;

/** Reads the rows of an asset register. A row without what counting needs is not taken; of another what can be read. */
export function assetRows(rows: readonly Row[]): AssetRows {
  const [header, ...rest] = rows;
  const headings = header?.cells ?? [];
  const columns = new Map<ColumnName, number>();
  const unknown: string[] = [];
  for (const [i, heading] of headings.entries()) {
    const column = columnOf(heading);
    if (column === undefined) {
      if (heading) unknown.push(heading);
    } else if (!columns.has(column)) columns.set(column, i);
  }
  const notTaken: NotTaken[] = [];
  const missing = NEEDED.filter((name) => !columns.has(name));
  if (!columns.has("product") && !columns.has("title")) missing.unshift("product");
  if (missing.length > 0) {
    const why = `there is no column for ${missing.join(", ")}`;
    return { rows: [], notTaken: [{ line: header?.line ?? 1, why }], unknown };
  }
  const taken = rest.flatMap((row) => {
    const { asset, why } = readRow(row, columns);
    notTaken.push(...why.map((one) => ({ line: row.line, why: one })));
    return asset ? [asset] : [];
  });
  return { rows: taken, notTaken, unknown };
}

function readRow({ line, cells }: Row, columns: ReadonlyMap<ColumnName, number>): { asset?: AssetRow; why: string[] } {
  const why: string[] = [];
  const cell = (name: ColumnName) => {
    const text = unguarded((cells[columns.get(name) ?? -1] ?? "").replaceAll(INVISIBLE, ""))
      .replaceAll(/\s+/g, " ")
      .trim();
    return values.isNothing(text) ? undefined : text;
  };
  const read = <Value>(name: ColumnName, as: (text: string) => values.Reading<Value>): Value | undefined => {
    const text = cell(name);
    if (text === undefined) return undefined;
    const reading = as(text);
    if ("value" in reading) return reading.value;
    why.push(reading.why);
    return undefined;
  };
  const metric = read("metric", values.readMetric);
  const product = cell("product") ?? cell("title");
  const reference = cell("reference");
  const seats = read("seats", values.readCount) ?? (metric === "site" && cell("seats") === undefined ? 1 : undefined);
  const starts = read("starts", values.readDay);
  const needed = { product, reference, seats, starts };
  const lacking = Object.entries(needed).filter(([, value]) => value === undefined);
  if (product === undefined || reference === undefined || seats === undefined || starts === undefined) {
    const empty = lacking.filter(([name]) => name === "product" || cell(name as ColumnName) === undefined);
    return { why: [...why, ...empty.map(([name]) => `${name} is missing`)].map((one) => `not taken: ${one}`) };
  }
  const isForEver = values.isForEver(cell("ends") ?? "");
  const ends = isForEver ? undefined : read("ends", values.readDay);
  if (cell("ends") !== undefined && ends === undefined && !isForEver) {
    // Without its end it would be perpetual, and nobody would be told that it ends.
    return { why: why.map((one) => `not taken: ${one}`) };
  }
  if (ends !== undefined && ends < starts) return { why: [`not taken: it ends, ${ends}, before it starts, ${starts}`] };
  const notice =
    read("notice", (text) => values.readNotice(text)) ??
    read("noticeDays", (text) => values.readNotice(text, "days")) ??
    read("noticeMonths", (text) => values.readNotice(text, "months"));
  const packSize = read("packSize", values.readCount);
  const cost = costOf(cell, read, { starts, ends }, why);
  const vat = read("irrecoverableVat", values.readAmount)?.amount;
  const review = read("review", values.readDay);
  const smeOrVcse = read("smeOrVcse", values.readYes);
  const autoRenews = read("autoRenews", values.readYes);
  const texts = Object.fromEntries(TEXTS.flatMap((name) => (cell(name) === undefined ? [] : [[name, cell(name)]])));
  const optional = { ends, notice, cost, irrecoverableVat: vat, review, smeOrVcse, autoRenews, packSize };
  const told = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
  const current = cell("version");
  const previous = cell("previous");
  return {
    why,
    asset: {
      ...{ line, product, executables: list(cell("executables")), flexnet: list(cell("flexnet")) },
      ...given("pool", cell("pool")),
      ...given("publisher", cell("publisher")),
      ...given("owner", cell("owner")),
      ...given("metric", metric),
      ...(current !== undefined && { versions: { current, ...given("previous", previous) } }),
      entitlement: { reference, seats, starts, ...told, ...texts },
    },
  };
}

/** In a year, or in the whole term: what the column says, else what a term of a year or less makes the same. */
function costOf(
  cell: (name: ColumnName) => string | undefined,
  read: <Value>(name: ColumnName, as: (text: string) => values.Reading<Value>) => Value | undefined,
  { starts, ends }: { starts: string; ends: string | undefined },
  why: string[],
) {
  const currencyTold = cell("currency");
  const asCost = (one: { amount: number; currency?: string }, per: "year" | "term") => {
    const currency = one.currency ?? (currencyTold === undefined ? "GBP" : currencyTold.toUpperCase());
    if (/^[A-Z]{3}$/.test(currency)) return { amount: one.amount, currency, per };
    why.push(`${currency} is no currency: one is written GBP`);
    return undefined;
  };
  const yearly = read("yearly", values.readAmount);
  if (yearly) return asCost(yearly, "year");
  const term = read("term", values.readAmount);
  if (term) return asCost(term, "term");
  const cost = read("cost", values.readAmount);
  if (!cost) return undefined;
  const per = cell("per");
  if (per !== undefined && /year|annual|annum|^pa$/i.test(per)) return asCost(cost, "year");
  if (per !== undefined && /term|contract|once|one.?off|total/i.test(per)) return asCost(cost, "term");
  if (per === undefined && ends !== undefined && Date.parse(ends) - Date.parse(starts) < YEAR_MS)
    return asCost(cost, "term");
  why.push(
    `the cost is left out: nothing says whether ${cost.amount} is for a year or for the whole term (a column "Cost per")`,
  );
  return undefined;
}

const given = <Name extends string>(name: Name, text: string | undefined) =>
  (text === undefined ? {} : { [name]: text }) as { [name in Name]?: string };

const list = (text: string | undefined) =>
  (text ?? "")
    .split(/[;|,]/)
    .map((one) => one.trim())
    .filter(Boolean);
