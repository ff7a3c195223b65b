import type { CalendarRow } from "../renewals/renewals.ts";
import { noticeInWords } from "../sizing/plain-words.ts";
import { isAdvised, isUsed, statusInWords, titleOfRow } from "./calendar-words.ts";
import { type Cell, dayCell, moneyCell, type Sheet } from "./sheet.ts";

type Column = [name: string, cell: (row: CalendarRow) => Cell];

/** THE TABLE of the calendar's columns, as they are downloaded. */
const COLUMNS: readonly Column[] = [
  ["Notice by", ({ deadline }) => dayCell(deadline?.noticeBy)],
  ["Days left", ({ deadline }) => deadline?.daysLeft ?? null],
  ["Product", titleOfRow],
  ["Pool", ({ pool }) => pool],
  ["Contract", ({ reference }) => reference],
  ["Supplier", ({ supplier }) => supplier],
  ["Department", ({ department }) => department],
  ["Responsible officer", ({ officer }) => officer],
  ["Ends", ({ ends }) => dayCell(ends)],
  ["Notice period", ({ deadline }) => (deadline?.notice ? noticeInWords(deadline.notice) : null)],
  ["Renews by itself", ({ deadline }) => (deadline ? (deadline.autoRenews ? "yes" : "no") : null)],
  ["Seats owned", ({ owned }) => owned],
  ["Highest use", (row) => (isUsed(row) ? row.peak : null)],
  ["Seats recommended", (row) => (isAdvised(row) ? row.recommended : null)],
  ["Recommendation is", (row) => (isAdvised(row) ? row.need : null)],
  ["Confidence", (row) => (isUsed(row) ? row.confidence : null)],
  ["Cost a year without VAT", ({ cost, currency }) => moneyCell(cost, currency)],
  ["Could save a year", (row) => moneyCell(isUsed(row) ? row.saving : null, row.currency)],
  ["Currency", ({ currency }) => currency],
  ["Status", statusInWords],
];

/** The calendar of renewals, in its order. */
export const calendarSheet = (rows: readonly CalendarRow[]): Sheet => ({
  name: "Renewals",
  columns: COLUMNS.map(([name]) => name),
  rows: rows.map((row) => COLUMNS.map(([, cell]) => cell(row))),
});
