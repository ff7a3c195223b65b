import { sql } from "kysely";
import { addDays, type IsoDate, startOfDayMs } from "../domain/calendar.ts";
import type { Register } from "../domain/register.ts";
import type { PeopleCount } from "../domain/usage.ts";
import type { Database } from "./database.ts";
import type { PeopleCountRow } from "./tables.ts";
import { putRows } from "./write.ts";

/** From one day to another, both included. */
export interface DatePeriod {
  from: IsoDate;
  until: IsoDate;
}

interface CountedRow {
  department: string;
  people: number;
  seat_keys: number;
}

/**
 * How many different people used a pool, counted from the sessions that are kept; what was only observed is left out, and
 * so is what ended the moment the time begins. Pseudonyms change with the calendar year (UTC): of whoever came in the last
 * year, the one of the year before is compared. So twelve months are counted rightly, and who came over New Year too.
 *
 * @param names of the pool, now and before
 */
export async function countPeople(
  db: Database,
  register: Register,
  { pool, names }: { pool: string; names: readonly string[] },
  { from, until }: DatePeriod,
): Promise<PeopleCount> {
  const fromMs = startOfDayMs(from, register.timezone);
  const untilMs = startOfDayMs(addDays(until, 1), register.timezone);
  const lastYearMs = Date.UTC(new Date(untilMs - 1).getUTCFullYear());
  const comparable = (name: "person" | "device") => {
    const before = sql.ref(`${name}_last_year`);
    return sql`case when start_ms < ${lastYearMs} or ${before} = '' then ${sql.ref(name)} else ${before} end`;
  };
  const parts = register.pools[pool]?.seatFor ?? ["user", "device"];
  const own = (["user", "device"] as const).filter((part) => parts.includes(part));
  const key = (own.length > 0 ? own : (["user", "device"] as const)).map((part) =>
    comparable(part === "user" ? "person" : "device"),
  );
  const counts = sql`
    count(distinct ${comparable("person")}) as people,
    count(distinct ${sql.join(key, sql` || ' ' || `)}) as seat_keys
    from sessions
    where pool in (${sql.join(names)}) and start_ms < ${untilMs} and (end_ms > ${fromMs} or start_ms >= ${fromMs} or end_ms is null)
      and flags not like '%observed%'`;
  const all = await sql<Omit<CountedRow, "department">>`select ${counts}`.execute(db);
  const each = await sql<CountedRow>`select department, ${counts} group by department order by department`.execute(db);
  return {
    ...{ pool, from, until },
    people: Number(all.rows[0]?.people ?? 0),
    seatKeys: Number(all.rows[0]?.seat_keys ?? 0),
    byDepartment: Object.fromEntries(each.rows.map(({ department, people }) => [department, Number(people)])),
  };
}

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
