import { rowsOf } from "../../downloads/calendar-rows.ts";
import { type FoiRow, type FoiShown, foiColumns } from "../../downloads/foi-sheet.ts";
import type { Cell } from "../../downloads/sheet.ts";
import type { RenewalCalendar, Renewals } from "../../renewals/renewals.ts";
import { FEWEST_PEOPLE } from "../../sizing/chargeback.ts";
import { dayInWords, moneyInWords } from "../../sizing/plain-words.ts";

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
  return "day" in cell ? dayInWords(cell.day) : moneyInWords(cell.money, cell.currency);
}
