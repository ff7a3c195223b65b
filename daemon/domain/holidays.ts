import { addDays, type IsoDate, weekdayOf } from "./calendar.ts";

/** Bank holidays that were proclaimed once, and those that were moved away for it. */
const PROCLAIMED: Record<number, { added: IsoDate[]; dropped: IsoDate[] }> = {
  2011: { added: ["2011-04-29"], dropped: [] },
  2012: { added: ["2012-06-04", "2012-06-05"], dropped: ["2012-05-28"] },
  2020: { added: ["2020-05-08"], dropped: ["2020-05-04"] },
  2022: { added: ["2022-06-02", "2022-06-03", "2022-09-19"], dropped: ["2022-05-30"] },
  2023: { added: ["2023-05-08"], dropped: [] },
};

const MONDAY = 1;

/** Easter Sunday of the Gregorian calendar, by the anonymous algorithm that Butcher's Almanac printed in 1876. */
export function easterSunday(year: number): IsoDate {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const leapCenturies = Math.floor(century / 4);
  const moonShift = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3);
  const epact = (19 * golden + century - leapCenturies - moonShift + 15) % 30;
  const toSunday = (32 + 2 * (century % 4) + 2 * Math.floor((year % 100) / 4) - epact - (year % 4)) % 7;
  const late = Math.floor((golden + 11 * epact + 22 * toSunday) / 451);
  const days = epact + toSunday - 7 * late + 114;
  return dateOf(year, Math.floor(days / 31), (days % 31) + 1);
}

/**
 * England's bank holidays of a year: by rule, with those proclaimed once since 2011. A holiday that falls on a weekend
 * is listed on its own day too, for people whose week has a Saturday, and on the weekday that stands in for it.
 */
export function englandsHolidays(year: number): ReadonlySet<IsoDate> {
  const easter = easterSunday(year);
  const fixed = [dateOf(year, 1, 1), dateOf(year, 12, 25), dateOf(year, 12, 26)];
  const days = new Set([
    ...fixed,
    addDays(easter, -2),
    addDays(easter, 1),
    mondayFrom(dateOf(year, 5, 1)),
    mondayFrom(dateOf(year, 5, 25)),
    mondayFrom(dateOf(year, 8, 25)),
  ]);
  for (const day of fixed) {
    if (!isWeekend(day)) continue;
    let substitute = day;
    while (isWeekend(substitute) || days.has(substitute)) substitute = addDays(substitute, 1);
    days.add(substitute);
  }
  for (const day of PROCLAIMED[year]?.dropped ?? []) days.delete(day);
  for (const day of PROCLAIMED[year]?.added ?? []) days.add(day);
  return days;
}

function dateOf(year: number, month: number, day: number): IsoDate {
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

/** That day, or the first Monday after it. */
const mondayFrom = (date: IsoDate) => addDays(date, (MONDAY + 7 - weekdayOf(date)) % 7);

const isWeekend = (date: IsoDate) => weekdayOf(date) % 6 === 0;
