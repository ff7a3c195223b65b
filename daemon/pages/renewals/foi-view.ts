import { foiAsked, foiColumns, foiRows } from "../../downloads/foi-sheet.ts";
import type { Cell } from "../../downloads/sheet.ts";
import type { RenewalCalendar, Renewals } from "../../renewals/renewals.ts";
import { FEWEST_PEOPLE } from "../../sizing/chargeback.ts";
import { moneyInWords } from "../../sizing/plain-words.ts";
import { shortDay } from "../formats.ts";

/** The page that answers a request for information. */
export async function foiView(renewals: Renewals, calendar: RenewalCalendar, query: Record<string, unknown>) {
  const asked = foiAsked(query);
  const columns = foiColumns(asked);
  const rows = await foiRows(renewals, calendar);
  return {
    ...{ today: calendar.today, asked, fewest: FEWEST_PEOPLE },
    columns: columns.map(({ name, kind }) => ({ name, numeric: kind === "number" || kind === "money" })),
    rows: rows.map((row) => columns.map(({ cell }) => shown(cell(row)))),
    query: `view=foi&prices=${asked.prices ? "yes" : "no"}&dates=${asked.dates ? "yes" : "no"}`,
  };
}

function shown(cell: Cell): string {
  if (cell === null) return "–";
  if (typeof cell === "number") return cell.toLocaleString("en-GB");
  if (typeof cell === "string") return cell;
  return "day" in cell ? shortDay(cell.day) : moneyInWords(cell.money, cell.currency);
}
