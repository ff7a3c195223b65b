import type { IsoDate } from "../../daemon/domain/calendar.ts";
import { type LocalDay, localDays } from "../../daemon/domain/local-days.ts";
import { seeded } from "../../daemon/domain/random.ts";
import type { InForce, Register } from "../../daemon/domain/register.ts";
import { NO_REFUSALS, type PoolDay, peakOf, type SeatsFrom } from "../../daemon/domain/usage.ts";
import { calendarRow, renewalCalendar } from "../../daemon/renewals/calendar.ts";
import type { DayNote, Decision, Renewals, Usage } from "../../daemon/renewals/renewals.ts";
import type { RenewalInput } from "../../daemon/sizing/renewal-input.ts";
import { type RenewalReport, renewalReport, whatIfAnswer } from "../../daemon/sizing/renewal-report.ts";
import { byLevel, HOUR, sum } from "./usage.ts";

/*
 * A made-up council with a pool for each kind of report. Its days are made up too, and everything that pages show of them
 * comes out of the real arithmetic.
 */

export const TODAY = "2027-04-05";
const [FROM, UNTIL] = ["2026-04-01", "2027-03-31"];

export const COUNCIL = `
organisation: Exampleshire Council
timezone: Europe/London
products:
  revenues: { name: Revenues and benefits, owner: applications@exampleshire.example, pools: [revenues] }
  gis: { name: GIS desktop, owner: gis@exampleshire.example, pools: [gis] }
  pdf: { name: PDF editor, owner: ict@exampleshire.example, pools: [pdf] }
  cad: { name: Computer-aided design, owner: cad@exampleshire.example, pools: [cad] }
  host: { name: Host terminal, owner: ict@exampleshire.example, pools: [host] }
  planner: { name: Old planner, owner: planning@exampleshire.example, pools: [planner] }
  new: { name: New case system, owner: ict@exampleshire.example, pools: [new] }
  ended: { name: Legal library, owner: legal@exampleshire.example, pools: [ended] }
  named: { name: Project planning, owner: pmo@exampleshire.example, pools: [named] }
  over: { name: Statistics, owner: insight@exampleshire.example, pools: [over] }
  perpetual: { name: Plotter driver, owner: cad@exampleshire.example, pools: [perpetual] }
  rude: { name: "<script>document.title='owned'</script>", owner: ict@exampleshire.example, pools: [rude] }
pools:
  revenues:
    entitlements:
      - { reference: C-24-117, seats: 111, starts: 2024-10-01, ends: 2027-09-30, notice: 90d, autoRenews: true, supplier: Example Software Ltd, department: Revenues, officer: Head of Revenues, cost: { amount: 127650, currency: GBP, per: year } }
  gis:
    entitlements:
      - { reference: C-23-104, seats: 14, starts: 2024-01-01, ends: 2027-05-15, notice: 30d, supplier: Maps Ltd, department: Planning, cost: { amount: 26600, currency: GBP, per: year } }
  pdf:
    entitlements:
      - { reference: C-24-011, seats: 120, starts: 2024-01-15, ends: 2027-05-31, notice: 1 month, department: ICT, cost: { amount: 16800, currency: GBP, per: year } }
  cad:
    entitlements:
      - { reference: C-22-031, seats: 15, starts: 2022-12-11, ends: 2027-04-24, notice: 30d, autoRenews: true, department: Planning, cost: { amount: 31500, currency: GBP, per: year } }
  host:
    entitlements:
      - { reference: C-19-002, seats: 300, starts: 2019-04-01, ends: 2027-05-31, department: ICT, cost: { amount: 28500, currency: GBP, per: year } }
  planner:
    entitlements:
      - { reference: C-21-050, seats: 20, starts: 2021-01-01, ends: 2027-12-31, notice: 6 months, department: Planning, cost: { amount: 9000, currency: GBP, per: year } }
  new:
    entitlements:
      - { reference: C-27-001, seats: 40, starts: 2027-02-01, ends: 2028-01-31, notice: 60d, department: Housing }
  ended:
    entitlements:
      - { reference: C-20-009, seats: 10, starts: 2020-01-01, ends: 2027-01-31, notice: 60d, cost: { amount: 5000, currency: GBP, per: year } }
  named:
    metric: named-user
    seatFor: [user]
    entitlements:
      - { reference: C-25-012, seats: 30, starts: 2025-01-01, ends: 2028-06-30, notice: 90d, department: ICT, cost: { amount: 12000, currency: GBP, per: year } }
  over:
    overdraft: { seats: 2 }
    entitlements:
      - { reference: C-26-020, seats: 8, starts: 2026-01-01, ends: 2027-08-31, notice: 90d, department: Insight, cost: { amount: 8000, currency: GBP, per: year } }
  perpetual: { entitlements: [{ reference: P-1, seats: 4, starts: 2015-01-01 }] }
  rude: { entitlements: [{ reference: R-1, seats: 2, starts: 2020-04-01, ends: 2027-07-31, notice: 30d, supplier: "=HYPERLINK(1)", department: "<b>Bold</b>" }] }
`;

/** How a pool is used: the usual highest use of a working day, and what is out of the ordinary. */
interface Use {
  usual: number;
  owned: number;
  seed: number;
  from?: IsoDate;
  until?: IsoDate;
  days?: Record<IsoDate, number>;
  /** Of the working day in this month, as a factor. */
  season?: (date: IsoDate) => number;
  outage?: IsoDate;
  ownedBefore?: { until: IsoDate; seats: number };
}

const SEASON = [1, 1.05, 1.2, 1.15, 0.95, 1, 1.05, 0.9, 0.85, 1, 0.95, 0.95];
const USES: Record<string, Use> = {
  revenues: {
    ...{ usual: 52, owned: 111, seed: 1, days: { "2026-04-13": 83, "2026-04-21": 83 }, outage: "2026-12-03" },
    season: (date) => SEASON[Number(date.slice(5, 7)) - 1]!,
    ownedBefore: { until: "2026-08-12", seats: 105 },
  },
  gis: { usual: 17, owned: 14, seed: 2 },
  pdf: { usual: 44, owned: 120, seed: 3 },
  cad: { usual: 11, owned: 15, seed: 4 },
  host: { usual: 190, owned: 300, seed: 5 },
  planner: { usual: 5, owned: 20, seed: 6, until: "2026-08-28" },
  new: { usual: 12, owned: 40, seed: 7, from: "2027-02-01" },
  ended: { usual: 5, owned: 0, seed: 8, until: "2027-01-29", ownedBefore: { until: "2027-01-31", seats: 10 } },
  named: { usual: 9, owned: 30, seed: 9 },
  over: { usual: 6, owned: 8, seed: 10, days: { "2026-06-10": 10, "2026-06-11": 10 } },
};

/** How much of a day's highest use there is in each hour from eight o'clock on. */
const SHAPE = [0.35, 0.8, 1, 0.95, 0.7, 0.65, 0.9, 0.85, 0.6, 0.3];

function dayOf(pool: string, local: LocalDay, use: Use, random: () => number): PoolDay {
  const { date, startMs, endMs, working } = local;
  const chance = 0.75 + 0.3 * random();
  const within = date >= (use.from ?? FROM) && date <= (use.until ?? UNTIL);
  const wanted = use.days?.[date] ?? Math.round(use.usual * chance * (use.season?.(date) ?? 1));
  const out = use.outage === date && working ? [{ fromMs: working.fromMs, untilMs: working.fromMs + 0.7 * HOUR }] : [];
  const owned = use.ownedBefore && date <= use.ownedBefore.until ? use.ownedBefore.seats : use.owned;
  const most = use.days?.[date] === undefined ? owned : wanted;
  const levels = working && within ? SHAPE.map((part) => Math.min(most, Math.round(wanted * part))) : [];
  const peak = Math.max(0, ...levels);
  const occupied: Record<number, number> = {};
  const arrivals: Record<number, number> = {};
  levels.forEach((level, i) => {
    occupied[level] = (occupied[level] ?? 0) + HOUR;
    for (let k = levels[i - 1] ?? 0; k < level; k++) arrivals[k] = (arrivals[k] ?? 0) + 1;
    // As many people come as go, on the level that there is.
    if (level > 0) arrivals[level - 1] = (arrivals[level - 1] ?? 0) + Math.ceil(level / 6);
  });
  const refused = wanted > owned && levels.length > 0 && use.days === undefined ? wanted - owned : 0;
  const seatMs = sum(levels) * HOUR;
  const workingMs = working ? 10 * HOUR : 0;
  return {
    ...{ pool, date, startMs, endMs, shared: 0, askedFirst: {}, gaps: out, observed: { holdings: 0, seatMs: 0 } },
    hourPeaks: [...Array.from({ length: 8 }, () => 0), ...levels, ...Array.from({ length: 6 }, () => 0)],
    ...(peak > 0 && { peakAtMs: working!.fromMs + (levels.indexOf(peak) + 0.35) * HOUR }),
    occupancyMs: byLevel({ ...occupied, 0: (occupied[0] ?? 0) + endMs - startMs - levels.length * HOUR }),
    workingOccupancyMs: levels.length > 0 ? byLevel(occupied) : byLevel(working ? { 0: workingMs } : {}),
    arrivals: byLevel(arrivals),
    holdings: sum(Object.values(arrivals)),
    refusals: {
      ...NO_REFUSALS,
      ...{ turnedAway: refused, keptWaiting: Math.ceil(refused / 2) },
      forSizing: { turnedAway: refused, keptWaiting: Math.ceil(refused / 2) },
    },
    departments: peak > 0 ? departmentsOf(seatMs) : {},
    fullMs: levels.filter((level) => level >= owned).length * HOUR,
    overMs: { all: peak > owned ? 1.6 * HOUR : 0, overdraft: peak > owned ? 1.6 * HOUR : 0, excess: 0 },
    gapMs: sum(out.map(({ fromMs, untilMs }) => untilMs - fromMs)),
    workingMs,
    coveredWorkingMs: workingMs - sum(out.map(({ fromMs, untilMs }) => untilMs - fromMs)),
    capacity: [{ fromMs: startMs, seats: owned }],
  };
}

const departmentsOf = (seatMs: number) =>
  Object.fromEntries(
    Object.entries({ Revenues: 0.78, Children: 0.1, Customer: 0.07, Legal: 0.03, "": 0.02 }).map(([name, share]) => [
      name,
      { seatMs: Math.round(seatMs * share), busySeatMs: 0, launches: 1 },
    ]),
  );

const made = new Map<string, PoolDay[]>();
export function daysOf(register: Register, pool: string): PoolDay[] {
  const known = made.get(pool);
  if (known) return known;
  const use = USES[pool];
  const random = seeded(use?.seed ?? 1);
  const days = use ? localDays(use.from ?? FROM, UNTIL, register).map((local) => dayOf(pool, local, use, random)) : [];
  made.set(pool, days);
  return days;
}

export function councilReport(register: Register, pool: string, change: Partial<RenewalInput> = {}): RenewalReport {
  const days = daysOf(register, pool);
  const people = Math.round((USES[pool]?.usual ?? 0) * 1.7);
  return renewalReport({
    ...{ register, pool, days, from: FROM, until: UNTIL, today: TODAY },
    people: {
      ...{ pool, from: FROM, until: UNTIL, people: pool === "over" ? 4 : people, seatKeys: Math.max(people, 20) },
      byDepartment: { Revenues: 110, Children: 14, Customer: 9, Legal: 2, "": 5 },
    },
    // Each has a seat of his own for a while after he used it.
    ...(pool === "named" && { demand: days.map((day) => ({ ...day, hourPeaks: [18] })) }),
    ...change,
  });
}

/** What is known of the council's renewals; decisions and notes are remembered. */
export function councilRenewals(inForce: () => InForce): Renewals {
  const decisions: Decision[] = [];
  const notes: (DayNote & { pool: string })[] = [];
  const of = <Kept extends { pool: string }>(all: readonly Kept[], pool: string) =>
    all.filter((one) => one.pool === pool);
  const register = () => inForce().register;
  const madeAtMs = Date.parse(`${TODAY}T08:12:00Z`);
  return {
    async report(pool, { from, to } = {}) {
      const report = councilReport(register(), pool, { ...(from && { from }), ...(to && { until: to }) });
      return { report, notes: of(notes, pool), decisions: of(decisions, pool).toReversed(), madeAtMs, behind: false };
    },
    async calendar() {
      const rows = Object.keys(register().pools).map((pool) =>
        calendarRow(register(), councilReport(register(), pool), of(decisions, pool).toReversed()),
      );
      return renewalCalendar(rows, TODAY);
    },
    async whatIf(pool, seats) {
      const days = daysOf(register(), pool);
      const answer = whatIfAnswer({ register: register(), pool, days, from: FROM, until: UNTIL, today: TODAY }, seats);
      return { pool, from: FROM, to: UNTIL, ...answer };
    },
    async usage(pool, { from = FROM, to = UNTIL } = {}): Promise<Usage> {
      const days = daysOf(register(), pool).filter(({ date }) => date >= from && date <= to);
      return { pool, from, to, step: "day", owned: steps(days), items: days.map(useOf) };
    },
    async decide(pool, decided) {
      const { reference = "", ends = "" } = register().pools[pool]?.entitlements.at(-1) ?? {};
      const decision = { ...decided, pool, atMs: madeAtMs, reference, ends };
      decisions.push(decision);
      return decision;
    },
    async denials() {
      return { items: [] };
    },
    async note(pool, noted) {
      const note = { ...noted, pool, atMs: madeAtMs };
      notes.push(note);
      return note;
    },
  };
}

const steps = (days: readonly PoolDay[]): SeatsFrom[] =>
  days.flatMap(({ capacity }) => capacity).filter(({ seats }, i, all) => all[i - 1]?.seats !== seats);

const useOf = (day: PoolDay) => ({
  ...{ date: day.date, fromMs: day.startMs, untilMs: day.endMs, peak: peakOf(day), peakAtMs: day.peakAtMs ?? null },
  ...{ seatHours: null, typicalWorkingHour: null, launches: day.holdings, shared: 0 },
  ...{ turnedAway: day.refusals.turnedAway, keptWaiting: day.refusals.keptWaiting, hoursFull: day.fullMs / HOUR },
  ...{ hoursOver: 0, observed: 0, overflow: 0, people: null, gaps: [...day.gaps] },
});
