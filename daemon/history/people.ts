import { sql } from "kysely";
import { addDays, type IsoDate, startOfDayMs } from "../domain/calendar.ts";
import { mayCountTwice, OnePerson } from "../domain/one-person.ts";
import type { Register } from "../domain/register.ts";
import type { PeopleCount } from "../domain/usage.ts";
import type { Database } from "./database.ts";
import { pagesByEnd } from "./queries/pages.ts";
import type { PeopleCountRow, SessionRow } from "./tables.ts";
import { putRows } from "./write.ts";

/** From one day to another, both included. */
export interface DatePeriod {
  from: IsoDate;
  until: IsoDate;
}

type Row = Pick<
  SessionRow,
  "start_ms" | "end_ms" | "person" | "person_last_year" | "device" | "device_last_year" | "department"
>;
const COLUMNS = [
  ...(["start_ms", "end_ms", "person", "person_last_year"] as const),
  ...(["device", "device_last_year", "department"] as const),
] as const;
const NOT_OBSERVED = sql<boolean>`flags not like '%observed%'`;

/**
 * How many different people used a pool in each of these periods, counted from the sessions that are kept; what was only
 * observed is left out, and so is what ended the moment a period begins. Pseudonyms change with the calendar year (UTC): of
 * whoever came in a period's last year, the one of the year before is compared. So twelve months are counted rightly, and
 * who came over New Year too. Of three calendar years and more, launches of the years between say which are the same, and
 * who had none in one of them is counted twice (domain/one-person.ts). One pass for all periods: a query for each day of a year took twenty times as long.
 *
 * @param names of the pool, now and before
 */
export async function countPeople(
  db: Database,
  register: Register,
  { pool, names }: { pool: string; names: readonly string[] },
  periods: readonly DatePeriod[],
): Promise<PeopleCount[]> {
  const tallies = periods.map((period) => tallyOf(period, register.timezone));
  const span = {
    fromMs: tallies.reduce((least, { fromMs }) => Math.min(least, fromMs), Number.POSITIVE_INFINITY),
    untilMs: tallies.reduce((most, { untilMs }) => Math.max(most, untilMs), 0),
  };
  const parts = register.pools[pool]?.seatFor ?? ["user", "device"];
  const [byUser, byDevice] = [parts.includes("user"), parts.includes("device")];
  // Who has a seat in each session is told apart as usual.
  const [ofUser, ofDevice] = [byUser || !byDevice, byDevice || !byUser];
  const keyOf = (person: string, device: string) => `${ofUser ? person : ""}\n${ofDevice ? device : ""}`;
  for (const name of tallies.length === 0 ? [] : names) {
    for await (const rows of pagesByEnd<Row>(db, "sessions", name, span, COLUMNS, NOT_OBSERVED)) {
      for (const row of rows) {
        for (const tally of tallies) {
          const isOver = row.start_ms < tally.fromMs && row.end_ms !== null && row.end_ms <= tally.fromMs;
          if (isOver || row.start_ms >= tally.untilMs) continue;
          const isOfLastYear = row.start_ms >= tally.lastYearMs;
          const person = (isOfLastYear && row.person_last_year) || row.person;
          const device = (isOfLastYear && row.device_last_year) || row.device;
          // Years before the last two have names of their own for those whom the second last one knows.
          if (!isOfLastYear) tally.links?.people.same(row.person, row.person_last_year || row.person);
          if (!isOfLastYear) tally.links?.devices.same(row.device, row.device_last_year || row.device);
          tally.people.add(person);
          tally.seatKeys.add(keyOf(person, device));
          tally.departments.set(row.department, (tally.departments.get(row.department) ?? new Set()).add(person));
        }
      }
    }
  }
  return tallies.map(({ from, until, people, seatKeys, departments, links }) => ({
    ...{ pool, from, until, people: distinct(people, links?.people), seatKeys: distinctKeys(seatKeys, links) },
    byDepartment: Object.fromEntries(
      [...departments]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, own]) => [name, distinct(own, links?.people)]),
    ),
  }));
}

const distinct = (names: ReadonlySet<string>, links: OnePerson | undefined): number =>
  links ? new Set([...names].map((name) => links.of(name))).size : names.size;

function distinctKeys(keys: ReadonlySet<string>, links: { people: OnePerson; devices: OnePerson } | undefined): number {
  if (!links) return keys.size;
  const known = [...keys].map((key) => key.split("\n") as [person: string, device: string]);
  return new Set(known.map(([person, device]) => `${links.people.of(person)}\n${links.devices.of(device)}`)).size;
}

const tallyOf = ({ from, until }: DatePeriod, timezone: string) => {
  const untilMs = startOfDayMs(addDays(until, 1), timezone);
  return {
    ...{ from, until, untilMs, fromMs: startOfDayMs(from, timezone) },
    lastYearMs: Date.UTC(new Date(untilMs - 1).getUTCFullYear()),
    people: new Set<string>(),
    seatKeys: new Set<string>(),
    departments: new Map<string, Set<string>>(),
    ...(mayCountTwice(from, until) && { links: { people: new OnePerson(), devices: new OnePerson() } }),
  };
};

export type CountedPeriod = "day" | "month" | "quarter" | "year" | "window" | "90 days";

/** Of the last 90 days only the newest is kept. */
export async function putPeople(db: Database, period: CountedPeriod, count: PeopleCount): Promise<void> {
  const { pool, from, until, people, seatKeys, byDepartment } = count;
  if (period === "90 days") {
    await db.deleteFrom("people_counts").where("pool", "=", pool).where("period", "=", period).execute();
  }
  const row: PeopleCountRow = {
    ...{ pool, from_date: from, until_date: until, period, people, seat_keys: seatKeys },
    by_department: JSON.stringify(byDepartment),
  };
  await putRows(db, "people_counts", [row], ["pool", "from_date", "until_date", "period"]);
}

/** The periods of the calendar that a day lies in, besides itself. */
export function calendarPeriods(date: IsoDate): { period: CountedPeriod; from: IsoDate; until: IsoDate }[] {
  const [year = "", month = ""] = date.split("-");
  const quarter = Math.floor((Number(month) - 1) / 3) * 3 + 1;
  const lastOf = (ofMonth: number) =>
    addDays(new Date(Date.UTC(Number(year), ofMonth, 1)).toISOString().slice(0, 10), -1);
  const two = (number: number) => String(number).padStart(2, "0");
  return [
    { period: "month", from: `${year}-${month}-01`, until: lastOf(Number(month)) },
    { period: "quarter", from: `${year}-${two(quarter)}-01`, until: lastOf(quarter + 2) },
    { period: "year", from: `${year}-01-01`, until: `${year}-12-31` },
  ];
}
