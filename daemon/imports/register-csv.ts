import { csvLine } from "./csv-rows.ts";
import { type ColumnName, REGISTER_COLUMNS } from "./register-columns.ts";

type Part = Record<string, unknown>;
interface Written {
  products?: Record<string, Part | null>;
  pools?: Record<string, Part | null>;
}

/** Columns that are only for other people's files. */
const READ_ONLY: readonly ColumnName[] = ["cost", "per", "noticeDays", "noticeMonths", "currency"];
const COLUMNS = (Object.keys(REGISTER_COLUMNS) as ColumnName[]).filter((name) => !READ_ONLY.includes(name));

/**
 * What was bought as CSV, a row for each entitlement, a pool without one a row of its own: what the Local Government
 * Transparency Code asks of contracts, and what `register import` reads.
 *
 * @param register as it is written, found sound before
 */
export function registerAsCsv(register: Written): string {
  const products = Object.entries(register.products ?? {});
  const lines = Object.entries(register.pools ?? {}).flatMap(([pool, written]) => {
    const whose = products.find(([, product]) => poolsOf(product).includes(pool));
    const entitlements = (written?.entitlements ?? [{}]) as Part[];
    return (entitlements.length > 0 ? entitlements : [{}]).map((one) =>
      csvLine(COLUMNS.map((column) => cellOf(column, { pool, written: written ?? {}, whose, entitlement: one }))),
    );
  });
  return `\ufeff${csvLine(COLUMNS.map((column) => REGISTER_COLUMNS[column].heading))}${lines.join("")}`;
}

interface Place {
  pool: string;
  written: Part;
  whose: [string, Part | null] | undefined;
  entitlement: Part;
}

function cellOf(column: ColumnName, { pool, written, whose, entitlement }: Place): string | number {
  const product = whose?.[1] ?? {};
  const versions = (product.versions ?? {}) as Part;
  const cost = (entitlement.cost ?? {}) as { amount?: number; currency?: string; per?: string };
  const amount =
    cost.amount === undefined ? "" : `${cost.currency === "GBP" ? "£" : `${cost.currency} `}${cost.amount.toFixed(2)}`;
  switch (column) {
    case "product":
      return String(product.name ?? whose?.[0] ?? pool);
    case "pool":
      return pool;
    case "publisher":
    case "owner":
      return String(product[column] ?? "");
    case "version":
      return String(versions.current ?? "");
    case "previous":
      return String(versions.previous ?? "");
    case "executables":
    case "flexnet":
      return ((product[column] ?? []) as string[]).join("; ");
    case "metric":
      return String(written.metric ?? "concurrent");
    case "term":
      return cost.per === "term" ? amount : "";
    case "yearly":
      return cost.per === "year" ? amount : "";
    case "smeOrVcse":
    case "autoRenews":
      return entitlement[column] === undefined ? "" : entitlement[column] ? "yes" : "no";
    default: {
      const value = entitlement[column];
      return typeof value === "number" ? value : String(value ?? "");
    }
  }
}

const poolsOf = (product: Part | null) =>
  ((product?.pools ?? []) as (string | { pool: string })[]).map((one) => (typeof one === "string" ? one : one.pool));
