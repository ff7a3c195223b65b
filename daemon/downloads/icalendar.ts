import ical, { escape as escaped, ICalAlarmType, ICalEventTransparency } from "ical-generator";
import type { CalendarRow } from "../renewals/renewals.ts";
import { dayInWords, noticeInWords } from "../sizing/plain-words.ts";
import { isAdvised, statusInWords, titleOfRow } from "./calendar-words.ts";

/** Days before a notice deadline on which people are reminded. */
export const REMINDERS = [180, 120, 90, 30] as const;
const DAY_S = 86_400;
/** Whole days begin at midnight; nobody wants to be told then. */
const NINE_O_CLOCK_S = 9 * 3600;

/**
 * Notice deadlines for people's calendars: a whole day each, with reminders. Days have no zone, and reminders are said in
 * days and hours before one, so a change of the clocks moves none of them.
 */
export function icalendarOf(rows: readonly CalendarRow[], organisation: string, madeMs: number): string {
  const calendar = ical({
    // The library escapes texts of events, and this one not.
    name: escaped(`Licence renewals, ${organisation}`, false),
    prodId: { company: "seatmeter", product: "renewals", language: "EN" },
  });
  for (const row of rows) {
    const { deadline, pool } = row;
    const title = titleOfRow(row);
    if (!deadline?.noticeBy) continue;
    const event = calendar.createEvent({
      // The same contract keeps its place in people's calendars, whatever its days become.
      id: `${encodeURIComponent(pool)}-${encodeURIComponent(deadline.reference)}@seatmeter`,
      start: new Date(`${deadline.noticeBy}T00:00:00Z`),
      allDay: true,
      stamp: new Date(madeMs),
      transparency: ICalEventTransparency.TRANSPARENT,
      summary: `Last day to give notice: ${title}`,
      description: descriptionOf(row),
    });
    for (const days of REMINDERS) {
      event.createAlarm({
        type: ICalAlarmType.display,
        triggerBefore: days * DAY_S - NINE_O_CLOCK_S,
        description: `${title}: ${days} days until the last day to give notice`,
      });
    }
  }
  return calendar.toString();
}

function descriptionOf(row: CalendarRow): string {
  const { reference, ends, notice, autoRenews } = row.deadline!;
  const needed = row.need === "at least" ? "at least " : "";
  return [
    `Contract ${reference}${row.supplier ? `, ${row.supplier}` : ""}, ends on ${dayInWords(ends)}.`,
    ...(notice ? [`Notice: ${noticeInWords(notice)} before its end.`] : []),
    ...(autoRenews ? ["Without notice it renews by itself."] : []),
    `Seats owned: ${row.owned}${isAdvised(row) ? `, recommended: ${needed}${row.recommended}` : ""}.`,
    `${statusInWords(row)}.`,
  ].join("\n");
}
