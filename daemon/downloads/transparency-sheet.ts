import { titleOf } from "../domain/pool-title.ts";
import type { Entitlement, Register } from "../domain/register.ts";
import { type Cell, dayCell, type Sheet } from "./sheet.ts";

type Column = [name: string, cell: (entitlement: Entitlement) => Cell];

const yesOrNo = (claim: boolean | undefined) => (claim === undefined ? null : claim ? "yes" : "no");

/** THE TABLE of what the Local Government Transparency Code 2015 asks for of each contract, paragraphs 31 to 34. */
const COLUMNS: readonly Column[] = [
  ["Reference number", ({ reference }) => reference],
  ["Title of agreement", ({ title }) => title ?? null],
  ["Department responsible", ({ department }) => department ?? null],
  ["Description of the goods or services", ({ description }) => description ?? null],
  ["Supplier name", ({ supplier }) => supplier ?? null],
  ["Supplier registration number", ({ supplierNumber }) => supplierNumber ?? null],
  ["Sum to be paid", ({ cost }) => cost?.amount ?? null],
  ["Currency", ({ cost }) => cost?.currency ?? null],
  ["Sum is paid per", ({ cost }) => cost?.per ?? null],
  ["VAT that cannot be recovered", ({ irrecoverableVat }) => irrecoverableVat ?? null],
  ["Start date", ({ starts }) => dayCell(starts)],
  ["End date", ({ ends }) => dayCell(ends)],
  ["Review date", ({ review }) => dayCell(review)],
  ["Procurement process", ({ process }) => process ?? null],
  ["Small or medium enterprise, or voluntary organisation", ({ smeOrVcse }) => yesOrNo(smeOrVcse)],
];

/** What was bought, contract by contract, as it has to be published every quarter. */
export function transparencySheet(register: Register): Sheet {
  return {
    name: "Contracts",
    columns: COLUMNS.map(([name]) => name),
    rows: Object.entries(register.pools).flatMap(([pool, { entitlements }]) =>
      // A contract without a title of its own is called after what it is for.
      entitlements.map((one) => COLUMNS.map(([, cell]) => cell({ title: titleOf(register, pool), ...one }))),
    ),
  };
}
