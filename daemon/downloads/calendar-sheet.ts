import { noticeInWords } from "../sizing/plain-words.ts";
import type { CalendarEntry } from "./calendar-entry.ts";
import { type Cell, dayCell, moneyCell, type Sheet } from "./sheet.ts";

type Column = [name: string, cell: (entry: CalendarEntry) => Cell];

/** THE TABLE of the calendar's columns, as they are downloaded. */
const COLUMNS: readonly Column[] = [
  ["Notice by", ({ deadline }) => dayCell(deadline?.noticeBy)],
  ["Days left", ({ deadline }) => deadline?.daysLeft ?? null],
  ["Product", ({ title }) => title],
  ["Pool", ({ pool }) => pool],
  ["Contract", ({ deadline }) => deadline?.reference ?? null],
  ["Supplier", ({ supplier }) => supplier],
  ["Department", ({ department }) => department],
  ["Ends", ({ deadline, endedOn }) => dayCell(deadline?.ends ?? endedOn)],
  ["Notice period", ({ deadline }) => (deadline?.notice ? noticeInWords(deadline.notice) : null)],
  ["Renews by itself", ({ deadline }) => (deadline ? (deadline.autoRenews ? "yes" : "no") : null)],
  ["Seats owned", ({ owned }) => owned],
  ["Highest use", ({ highest }) => highest],
  ["Seats recommended", ({ recommended }) => recommended],
  ["Recommendation is", ({ recommended, need }) => (recommended === null ? null : need)],
  ["Cost a year without VAT", ({ cost }) => moneyCell(cost?.now, cost?.currency)],
  ["Could save a year", ({ saving, cost }) => moneyCell(saving, cost?.currency)],
  ["Currency", ({ cost }) => cost?.currency ?? null],
  ["Status", ({ status }) => status],
];

/** The calendar of renewals, in its order. */
export const calendarSheet = (entries: readonly CalendarEntry[]): Sheet => ({
  name: "Renewals",
  columns: COLUMNS.map(([name]) => name),
  rows: entries.map((entry) => COLUMNS.map(([, cell]) => cell(entry))),
});
