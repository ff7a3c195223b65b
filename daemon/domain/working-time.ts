import { addDays, addMonths, type IsoDate, wallTime, weekdayOf } from "./calendar.ts";
import { englandsHolidays } from "./holidays.ts";
import type { Entitlement, Register } from "./register.ts";

type Calendar = Pick<Register, "workingHours" | "holidays">;

const englands = new Map<number, ReadonlySet<IsoDate>>();

function isHoliday(date: IsoDate, holidays: Register["holidays"]): boolean {
  if (holidays !== "england") return holidays.includes(date);
  const year = Number(date.slice(0, 4));
  const days = englands.get(year) ?? englandsHolidays(year);
  englands.set(year, days);
  return days.has(date);
}

/** A day of the working week that is no holiday. */
export function isWorkingDay(date: IsoDate, { workingHours, holidays }: Calendar): boolean {
  return workingHours.days.includes(weekdayOf(date)) && !isHoliday(date, holidays);
}

/** Whether people are at work then: what alarms wait for, and what sizing counts. */
export function inWorkingHours(register: Register, atMs: number): boolean {
  const { date, minuteOfDay } = wallTime(atMs, register.timezone);
  const { fromMinute, untilMinute } = register.workingHours;
  return minuteOfDay >= fromMinute && minuteOfDay < untilMinute && isWorkingDay(date, register);
}

/**
 * The last day on which notice can be given: the last day of the term minus the notice, and where nobody is at work
 * then, the working day before.
 *
 * @returns undefined where the entitlement has no end, or its notice is not known
 */
export function noticeDeadline({ ends, notice }: Entitlement, register: Register): IsoDate | undefined {
  if (!ends || !notice) return undefined;
  let day = "months" in notice ? addMonths(ends, -notice.months) : addDays(ends, -notice.days);
  while (!isWorkingDay(day, register)) day = addDays(day, -1);
  return day;
}
