import type { CalendarRow, RenewalCalendar, Renewals } from "../renewals/renewals.ts";
import { FEWEST_PEOPLE } from "../sizing/chargeback.ts";
import { rowsOf } from "./calendar-rows.ts";
import { isUsed, titleOfRow } from "./calendar-words.ts";
import { type Cell, dayCell, moneyCell, type Sheet } from "./sheet.ts";

/** What is left out of an answer to a request for information; commercial interests may speak against either. */
export interface FoiShown {
  prices: boolean;
  dates: boolean;
}

/** A line of the calendar, and how many people used it; null: not counted. */
export type FoiRow = CalendarRow & { people: number | null };

export interface FoiColumn {
  name: string;
  kind: "words" | "number" | "day" | "money";
  cell: (row: FoiRow) => Cell;
}

const ALWAYS: readonly FoiColumn[] = [
  { name: "Product", kind: "words", cell: titleOfRow },
  { name: "Supplier", kind: "words", cell: ({ supplier }) => supplier },
  { name: "Contract", kind: "words", cell: ({ reference }) => reference },
  { name: "Seats owned", kind: "number", cell: ({ owned }) => owned },
  { name: "Highest use", kind: "number", cell: (row) => (isUsed(row) ? row.peak : null) },
  { name: "People who used it", kind: "number", cell: ({ people }) => peopleShown(people) },
];
const DATES: readonly FoiColumn[] = [
  { name: "Ends", kind: "day", cell: ({ ends }) => dayCell(ends) },
  { name: "Notice by", kind: "day", cell: ({ deadline }) => dayCell(deadline?.noticeBy) },
];
const PRICES: readonly FoiColumn[] = [
  { name: "Cost a year without VAT", kind: "money", cell: ({ cost, currency }) => moneyCell(cost, currency) },
];

export const foiColumns = ({ prices, dates }: FoiShown): FoiColumn[] => [
  ...ALWAYS,
  ...(dates ? DATES : []),
  ...(prices ? PRICES : []),
];

/** Where they are few, somebody could tell who: then only that. */
export const peopleShown = (people: number | null): Cell =>
  people !== null && people > 0 && people < FEWEST_PEOPLE ? `fewer than ${FEWEST_PEOPLE}` : people;

/** What is shown unless it is switched off. */
export const foiAsked = (query: Record<string, unknown>): FoiShown => ({
  prices: query.prices !== "no",
  dates: query.dates !== "no",
});

/** The calendar's lines with how many people used each, which its own lines do not tell. */
export async function foiRows(renewals: Pick<Renewals, "report">, calendar: RenewalCalendar): Promise<FoiRow[]> {
  const rows: FoiRow[] = [];
  for (const row of rowsOf(calendar)) rows.push({ ...row, people: (await renewals.report(row.pool)).report.people });
  return rows.sort((one, other) => one.products.join().localeCompare(other.products.join(), "en-GB"));
}

/** What a council answers about its licences under the Freedom of Information Act; recommendations are its own business. */
export function foiSheet(rows: readonly FoiRow[], shown: FoiShown): Sheet {
  const columns = foiColumns(shown);
  return {
    name: "Licences",
    columns: columns.map(({ name }) => name),
    rows: rows.map((row) => columns.map(({ cell }) => cell(row))),
  };
}
