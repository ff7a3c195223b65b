import { addDays, type IsoDate, weekdayOf } from "../daemon/domain/calendar.ts";
import type { LocalDay } from "../daemon/domain/local-days.ts";
import { type DemoProduct, PRODUCTS } from "./council.ts";
import type { Person, Staff } from "./staff.ts";

/** Somebody means to launch something, and for how long. */
export interface Wanted {
  atMs: number;
  person: Person;
  product: string;
  holdMs: number;
  site: string;
}

const MINUTE_MS = 60_000;
const YEAR_DAYS = 365;
const FRIDAY = 5;
/** Nobody works on after this, since the working day began. */
const LATEST_MINUTES = 11 * 60;
/** August, Christmas and Easter: how many are there of those who would be. */
const HOLIDAY_SHARE: readonly (readonly [string, string, number])[] = [
  ["07-25", "09-02", 0.82],
  ["12-20", "12-31", 0.45],
  ["01-01", "01-04", 0.6],
  ["04-01", "04-14", 0.9],
];
const TRAINED_AT_ONCE = 12;

/** Days on which a room full of people learns a product: the same for a year and a seed. */
export function trainingDays(random: () => number, days: readonly LocalDay[]): Map<string, Set<IsoDate>> {
  const working = days.filter(({ working }) => working).map(({ date }) => date);
  return new Map(
    Object.entries(PRODUCTS).flatMap(([product, { training }]) => {
      if (!training || working.length === 0) return [];
      const count = Math.ceil((training * days.length) / YEAR_DAYS);
      const dates = Array.from({ length: count }, () => working[Math.floor(random() * working.length)] as IsoDate);
      return [[product, new Set(dates)]] as const;
    }),
  );
}

/** What the council's people launch on a day: nothing where nobody works. */
export function wantedOn(
  day: LocalDay,
  { usersOf }: Staff,
  training: ReadonlyMap<string, ReadonlySet<IsoDate>>,
  today: IsoDate,
  random: () => number,
): Wanted[] {
  const { date, working } = day;
  if (!working) return [];
  const { fromMs } = working;
  const wanted: Wanted[] = [];
  for (const [product, about] of Object.entries(PRODUCTS)) {
    const factor = factorOf(about, date, today);
    const users = usersOf.get(product) ?? [];
    const isTraining = training.get(product)?.has(date) ?? false;
    for (const [i, { person, habit }] of users.entries()) {
      if (!isEmployed(person, date)) continue;
      const trains = isTraining && i < TRAINED_AT_ONCE;
      if (!trains && random() >= Math.min(0.97, habit * factor)) continue;
      const site = random() < person.homeShare ? "home" : person.depot ? "depot" : "civic-centre";
      if (trains)
        wanted.push({
          atMs: fromMs + Math.round((110 + random() * 8) * MINUTE_MS),
          person,
          product,
          holdMs: 300 * MINUTE_MS,
          site,
        });
      else
        wanted.push(
          ...launchesOf(about, random).map((one) => ({ ...one, atMs: fromMs + one.atMs, person, product, site })),
        );
    }
  }
  return wanted;
}

/** Of a person on a day, one after the other; now and then a second one while the first still runs. */
function launchesOf({ launches, holdMinutes }: DemoProduct, random: () => number): { atMs: number; holdMs: number }[] {
  const count = 1 + Math.floor(random() * 2 * (launches - 1) + 0.5);
  // Most begin between half past eight and ten, some after lunch.
  let minute = random() < 0.8 ? 30 + random() * 90 : 300 + random() * 60;
  const all: { atMs: number; holdMs: number }[] = [];
  for (let i = 0; i < count && minute < LATEST_MINUTES - 15; i++) {
    const hold = Math.min(holdMinutes * Math.exp(0.6 * normal(random) - 0.18), LATEST_MINUTES - minute);
    all.push({ atMs: Math.round(minute * MINUTE_MS), holdMs: Math.round(Math.max(2, hold) * MINUTE_MS) });
    minute += random() < 0.1 ? hold * 0.5 : hold + 5 + random() * 70;
  }
  return all;
}

function factorOf(
  { seasons, growth = 0, unusedForDays = 0, startedDaysAgo }: DemoProduct,
  date: IsoDate,
  today: IsoDate,
) {
  const daysAgo = Math.round((Date.parse(today) - Date.parse(date)) / 86_400_000);
  if (daysAgo < unusedForDays || daysAgo > (startedDaysAgo ?? Number.POSITIVE_INFINITY)) return 0;
  const month = Number(date.slice(5, 7)) - 1;
  const away = HOLIDAY_SHARE.find(([from, until]) => date.slice(5) >= from && date.slice(5) <= until)?.[2] ?? 1;
  const friday = weekdayOf(date) === FRIDAY ? 0.82 : 1;
  return (seasons?.[month] ?? 1) * away * friday * (1 + growth) ** (-daysAgo / YEAR_DAYS);
}

/** Those whose contract is over try once more, the day after: they are refused, and that is seen. */
const isEmployed = ({ joined, contractEnds }: Person, date: IsoDate) =>
  (joined === undefined || date >= joined) && (contractEnds === undefined || date <= addDays(contractEnds, 1));

/** Box and Muller's. */
const normal = (random: () => number) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
