import { addDays, type IsoDate, startOfDayMs } from "../domain/calendar.ts";
import { capacityAt, isReplaced } from "../domain/capacity.ts";
import { INCIDENTS } from "../domain/incidents.ts";
import { isMailAddress } from "../domain/mail-address.ts";
import { NO_POOL } from "../domain/names.ts";
import type { Entitlement, NoticeKind, Register } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import { noticeDeadline } from "../domain/working-time.ts";
import type { DatedIncident } from "./incidents.ts";
import { WORDS } from "./words.ts";

/** How people who wanted seats of a pool fared on a day: numbers, nobody's name. */
export interface RefusedPeople {
  people: number;
  turnedAway: number;
  keptWaiting: number;
}

/** All that a day's matters follow from. */
export interface FactsOfDay {
  register: Register;
  today: IsoDate;
  /** People are at work by now, or were: what can wait, waits for that. */
  hasBegun: boolean;
  levels: readonly { pool: string; capacity: number; dayPeak: number }[];
  /** Of yesterday, by pool; none: not known. */
  refused: ReadonlyMap<string, RefusedPeople>;
  /** Whether somebody has written down what becomes of an entitlement. */
  isDecided: (pool: string, entitlement: Entitlement) => boolean;
  /** What was found out lately that somebody should look into. */
  incidents: readonly DatedIncident[];
  /** The audit, where it was found sound today. */
  audited: { rows: number; head: string } | undefined;
}

/** Something that somebody is told of once. Nobody is named in it, but in `to`, which no program is told. */
export interface Matter {
  /** The same whoever finds it, whenever. */
  key: string;
  about: NoticeKind;
  pool: string;
  /** The day that it is about. */
  day: IsoDate;
  /** Whom it concerns, as far as there are addresses. */
  to: string[];
  subject: string;
  text: string;
  facts: Record<string, string | number | boolean>;
  /** Below the address of the pages. */
  page: string;
}

/** So many days before. What was missed is made up for, and later ones are not told in advance. */
const REMIND_DAYS = { notice: [180, 120, 90, 30], expiry: [90, 30, 7, 1] };
/** What ended is told of for so long, in case nobody could: not what ended years ago. */
const ENDED_DAYS = 7;
const DAY_MS = 86_400_000;

/** What is to be told on a day. */
export function mattersOf(facts: FactsOfDay): Matter[] {
  const pools = Object.keys(facts.register.pools);
  return [
    ...overdrafts(facts),
    ...incidentsOf(facts),
    ...auditOf(facts),
    ...(facts.hasBegun ? pools.flatMap((pool) => [...noticeDates(facts, pool), ...ends(facts, pool)]) : []),
    ...(facts.hasBegun ? refusals(facts) : []),
  ];
}

/** Where everything is granted and watched, or nothing runs out, more in use is no matter. */
function overdrafts({ register, today, levels }: FactsOfDay): Matter[] {
  return levels.flatMap(({ pool, capacity, dayPeak }) => {
    const { observed, metric, overdraft } = register.pools[pool] ?? {};
    if (dayPeak <= capacity || observed || metric === "site") return [];
    const facts = { used: dayPeak, owned: capacity, allowed: overdraft?.seats ?? 0 };
    return matter("overdraft", { register, pool, day: today, once: today, facts, page: `/pools/${pool}` });
  });
}

/**
 * One notice of each kind, pool and site, however many they are. Whose it is to look into stands with it: who has a role
 * has no address here.
 */
function incidentsOf({ register, incidents }: FactsOfDay): Matter[] {
  const found = new Map<string, Matter>();
  for (const { kind, site, pool = NO_POOL, facts, day } of incidents) {
    const { roles, says, todo } = INCIDENTS[kind];
    const where = { ...(site !== "" && { site }), ...facts };
    const told = { incident: kind, roles: roles.join(", "), says, todo, ...where };
    const page = pool === NO_POOL ? "/audit?act=incident" : `/pools/${pool}`;
    const once = `${kind} ${site} ${day}`;
    for (const one of matter("incident", { register, pool, day, once, facts: told, page }))
      if (!found.has(one.key)) found.set(one.key, one);
  }
  return [...found.values()];
}

function auditOf({ register, today, audited }: FactsOfDay): Matter[] {
  if (!audited) return [];
  return matter("audit", { register, pool: NO_POOL, day: today, once: today, facts: { ...audited }, page: "/audit" });
}

function refusals({ register, today, refused }: FactsOfDay): Matter[] {
  const day = addDays(today, -1);
  return [...refused].flatMap(([pool, { people, turnedAway, keptWaiting }]) => {
    if (people === 0 || !(pool in register.pools)) return [];
    const facts = { people, turnedAway, keptWaiting };
    return matter("refusals", { register, pool, day, once: day, facts, page: `/renewals/${pool}` });
  });
}

function noticeDates({ register, today, isDecided }: FactsOfDay, pool: string): Matter[] {
  const entitlements = register.pools[pool]?.entitlements ?? [];
  return entitlements.flatMap((entitlement) => {
    const day = noticeDeadline(entitlement, register);
    if (day === undefined || isDecided(pool, entitlement) || isReplaced(entitlement, entitlements)) return [];
    const daysLeft = daysFrom(today, day);
    const reminder = reminderAt(REMIND_DAYS.notice, daysLeft);
    if (reminder === undefined) return [];
    const facts = { ...factsOf(entitlement), daysLeft, autoRenews: entitlement.autoRenews ?? false };
    const once = `${entitlement.reference} ${day} ${reminder}`;
    return matter("notice", { register, pool, day, once, entitlement, facts, page: `/renewals/${pool}` });
  });
}

/** Where others begin that make up for it, nothing ends for whoever uses it. */
function ends({ register, today }: FactsOfDay, pool: string): Matter[] {
  return (register.pools[pool]?.entitlements ?? []).flatMap((entitlement) => {
    const { ends: day, reference } = entitlement;
    if (day === undefined) return [];
    const untilMs = startOfDayMs(addDays(day, 1), register.timezone);
    const steps = indexOf(register).steps(pool);
    const [before, after] = [capacityAt(steps, untilMs - 1).seats, capacityAt(steps, untilMs).seats];
    const daysLeft = daysFrom(today, day);
    const reminder = daysLeft < 0 && daysLeft >= -ENDED_DAYS ? "ended" : reminderAt(REMIND_DAYS.expiry, daysLeft);
    if (after >= before || reminder === undefined) return [];
    const facts = { ...factsOf(entitlement), daysLeft, ownedAfter: after };
    const once = `${reference} ${day} ${reminder}`;
    return matter("expiry", { register, pool, day, once, entitlement, facts, page: `/renewals/${pool}` });
  });
}

/** The reminder that is due, or was due and is the last so far. */
const reminderAt = (days: readonly number[], daysLeft: number) =>
  daysLeft < 0 ? undefined : days.filter((each) => each >= daysLeft).at(-1);

const daysFrom = (today: IsoDate, day: IsoDate) => (Date.parse(day) - Date.parse(today)) / DAY_MS;

const factsOf = ({ reference, seats, ends = "", supplier }: Entitlement) => ({
  ...{ reference, seats, ends },
  ...(supplier !== undefined && { supplier }),
});

interface Found extends Pick<Matter, "pool" | "day" | "facts" | "page"> {
  register: Register;
  /** What tells it from others about the pool. */
  once: string;
  entitlement?: Entitlement;
}

function matter(about: NoticeKind, { register, pool, day, once, entitlement, facts, page }: Found): Matter[] {
  const products = indexOf(register)
    .productsOf(pool)
    .flatMap((name) => register.products[name] ?? []);
  // An owner's pool may be concerned; the incident is for whoever looks after the daemon.
  const concerned = about === "incident" ? [] : [entitlement?.officer ?? "", ...products.map(({ owner }) => owner)];
  const told = { pool, day, products: products.map(({ name }) => name), ...facts };
  return [
    {
      ...{ key: `${about} ${pool} ${once}`, about, pool, day, facts, page },
      to: [...new Set(concerned.filter(isMailAddress))],
      ...WORDS[about](told),
    },
  ];
}
