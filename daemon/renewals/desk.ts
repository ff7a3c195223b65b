import { addDays, addMonths, type IsoDate, startOfDayMs, wallTime } from "../domain/calendar.ts";
import { SeatmeterError } from "../domain/errors.ts";
import type { Register } from "../domain/register.ts";
import type { PeopleCount, PoolDay } from "../domain/usage.ts";
import type { Database, History } from "../history/database.ts";
import { countPeople, putPeople } from "../history/people.ts";
import { namesOf } from "../history/pool-names.ts";
import { keptDays } from "../history/queries/days.ts";
import { denialsAsked } from "../history/queries/denials.ts";
import { keptPeople, peopleBy } from "../history/queries/people.ts";
import { dayNotes, decisions, keptReplays, putDecision, putNote } from "../history/queries/written.ts";
import { staleRows } from "../history/stale-days.ts";
import type { RolledPoolRow } from "../history/tables.ts";
import { nextDeadline } from "../sizing/deadline.ts";
import { knownSteps } from "../sizing/months.ts";
import type { RenewalInput } from "../sizing/renewal-input.ts";
import { type RenewalReport, renewalReport, whatIfAnswer } from "../sizing/renewal-report.ts";
import type { Replayed } from "../sizing/replay.ts";
import { calendarRow, renewalCalendar } from "./calendar.ts";
import { Freshness, type FreshnessParts } from "./freshness.ts";
import { decisionOf, denialOf, noteOf } from "./kept-rows.ts";
import type {
  DayNote,
  Decision,
  DenialsOfPast,
  NewDecision,
  NewNote,
  Period,
  PoolReport,
  Renewals,
  Step,
} from "./renewals.ts";
import { demandIn, type PoolWindow, replayed, storeReplays } from "./replaying.ts";
import { useByStep, usualStep } from "./use-by-step.ts";
import { recordedDays, usualYear } from "./usual-year.ts";

export interface DeskParts {
  history: Pick<History, "db">;
  rollups: FreshnessParts["rollups"];
  register: () => Register;
  now?: () => number;
  patienceMs?: number;
}

const LONGEST_DAYS = 3660;
/** Where there are as few launches, replays are worked out while somebody waits; else the next one who asks sees them. */
const FEW_LAUNCHES = 20_000;
const USUAL_USAGE_DAYS = 30;

interface Made {
  /** What it was made from: nobody sees a report of other days. */
  from: string;
  report: RenewalReport;
}

/**
 * Answers about use and renewals, from the days that are kept and the register in force. What takes long is remembered for
 * as long as the days are the same.
 */
export class RenewalDesk implements Renewals {
  readonly #db: Database;
  readonly #fresh: Freshness;
  readonly #register: () => Register;
  readonly #now: () => number;
  readonly #made = new Map<string, Made>();
  /** Registers that reports were made with, by number. */
  readonly #numbers = new WeakMap<Register, number>();
  #registers = 0;
  /** Replays that are under way, one after the other. */
  #replaying: Promise<unknown> = Promise.resolve();
  readonly #asked = new Set<string>();

  constructor({ history, rollups, register, now = Date.now, patienceMs }: DeskParts) {
    this.#db = history.db;
    this.#fresh = new Freshness({ rollups, now, ...(patienceMs !== undefined && { patienceMs }) });
    this.#register = register;
    this.#now = now;
  }

  async report(pool: string, asked: Period = {}): Promise<PoolReport> {
    const window = await this.#window(pool, asked);
    const behind = this.#fresh.isBehind;
    const report = await this.#reportOf(window);
    const notes = await dayNotes(this.#db, pool, window.from, window.to);
    const decided = await decisions(this.#db, pool);
    const told = { notes: notes.map(noteOf), decisions: decided.map(decisionOf) };
    return { report, ...told, madeAtMs: this.#now(), behind };
  }

  async calendar(): ReturnType<Renewals["calendar"]> {
    const register = this.#register();
    const decided = Map.groupBy((await decisions(this.#db)).map(decisionOf), ({ pool }) => pool);
    const rows = [];
    await this.#freshen(addDays(this.#today(), -1));
    const behind = this.#fresh.isBehind;
    for (const pool of Object.keys(register.pools)) {
      const window = await this.#periodOf(pool, {});
      const report = await this.#reportOf(window);
      rows.push(calendarRow(register, report, decided.get(pool) ?? []));
      await new Promise((resolve) => setImmediate(resolve));
    }
    return renewalCalendar(rows, this.#today(), behind);
  }

  async whatIf(pool: string, seats: number): ReturnType<Renewals["whatIf"]> {
    const window = await this.#window(pool, {});
    const { input, days } = await this.#input(window);
    const known = input.replays?.some((one) => one.seats === seats);
    const replays = known ? (input.replays ?? []) : await this.#replay(window, days, [seats]);
    const { from, to } = window;
    return { pool, from, to, ...whatIfAnswer({ ...input, replays }, seats) };
  }

  async usage(pool: string, asked: Period & { step?: Step | undefined } = {}): ReturnType<Renewals["usage"]> {
    this.#refuseUnknown(pool);
    const to = asked.to ?? this.#today();
    const from = asked.from ?? addDays(to, 1 - USUAL_USAGE_DAYS);
    refuseOdd(from, to);
    await this.#freshen(to);
    const { days } = await keptDays(this.#db, pool, from, to);
    const step = asked.step ?? usualStep((Date.parse(to) - Date.parse(from)) / 86_400_000 + 1);
    const isCounted = step === "day" || step === "month";
    const people = isCounted ? await peopleBy(this.#db, pool, step, from, to) : [];
    const owned = knownSteps(days, this.#register().pools[pool]?.entitlements ?? []);
    return { pool, from, to, step, owned, items: useByStep(days, step, people) };
  }

  async decide(pool: string, decided: NewDecision): Promise<Decision> {
    this.#refuseUnknown(pool);
    const register = this.#register();
    const deadline = nextDeadline(register.pools[pool]?.entitlements ?? [], register, this.#today());
    const row = await putDecision(this.#db, {
      ...{ pool, at_ms: this.#now(), kind: decided.kind, seats: decided.seats ?? null, name: decided.name },
      ...{ reason: decided.reason, author: decided.by },
      ...{ reference: deadline?.reference ?? "", ends: deadline?.ends ?? "" },
    });
    return decisionOf(row);
  }

  async note(pool: string, { date, note, by }: NewNote): Promise<DayNote> {
    this.#refuseUnknown(pool);
    return noteOf(await putNote(this.#db, { pool, date, at_ms: this.#now(), note, author: by }));
  }

  async denials({ pool, from, to, ...asked }: DenialsOfPast): ReturnType<Renewals["denials"]> {
    const register = this.#register();
    const { items, next } = await denialsAsked(this.#db, {
      ...asked,
      ...(pool !== undefined && { pools: await namesOf(this.#db, register, pool) }),
      ...(from !== undefined && { fromMs: startOfDayMs(from, register.timezone) }),
      ...(to !== undefined && { untilMs: startOfDayMs(addDays(to, 1), register.timezone) }),
    });
    return { items: items.map(denialOf), ...(next !== undefined && { next }) };
  }

  #today(): IsoDate {
    return wallTime(this.#now(), this.#register().timezone).date;
  }

  #refuseUnknown(pool: string) {
    if (pool in this.#register().pools) return;
    throw new SeatmeterError("not_found", `the register has no pool ${pool}`);
  }

  async #window(pool: string, asked: Period): Promise<Omit<PoolWindow, "names" | "days">> {
    this.#refuseUnknown(pool);
    await this.#freshen(addDays(this.#today(), -1));
    return await this.#periodOf(pool, asked);
  }

  async #periodOf(pool: string, { from, to }: Period): Promise<Omit<PoolWindow, "names" | "days">> {
    // What was launched a moment ago is asked about by whoever tries this out.
    let recorded = await recordedDays(this.#db, pool, this.#today());
    if (recorded.first === undefined) {
      await this.#freshen(this.#today());
      recorded = await recordedDays(this.#db, pool, this.#today());
    }
    const usual = usualYear(recorded, this.#today());
    const until = to ?? usual.to;
    const window = { pool, from: from ?? (to === undefined ? usual.from : addDays(addMonths(to, -12), 1)), to: until };
    refuseOdd(window.from, window.to);
    if (window.to >= this.#today()) await this.#freshen(window.to);
    return window;
  }

  async #freshen(to: IsoDate) {
    await this.#fresh.reach(to, this.#today(), () => this.#isLate(to));
  }

  async #isLate(to: IsoDate): Promise<boolean> {
    const endMs = startOfDayMs(addDays(to, 1), this.#register().timezone);
    return (await staleRows(this.#db)).some((row) => row.from_ms < endMs);
  }

  async #reportOf(window: Omit<PoolWindow, "names" | "days">): Promise<RenewalReport> {
    const { pool, from, to } = window;
    const name = `${pool} ${from} ${to}`;
    const madeFrom = await this.#madeFrom(pool, to);
    const made = this.#made.get(name);
    if (made?.from === madeFrom) return made.report;
    const { input, days } = await this.#input(window);
    let report = renewalReport(input);
    const missing = report.options.filter(({ peopleRefused }) => peopleRefused === null).map(({ seats }) => seats);
    const launches = days.reduce((sum, { holdings }) => sum + holdings, 0);
    if (missing.length > 0 && launches > FEW_LAUNCHES) this.#replayLater(window, days, missing);
    else if (missing.length > 0) {
      const replays = await this.#replay(window, days, missing);
      report = renewalReport({ ...input, replays: [...(input.replays ?? []), ...replays] });
    }
    if (this.#made.size > 500) this.#made.clear();
    this.#made.set(name, { from: madeFrom, report });
    return report;
  }

  async #madeFrom(pool: string, to: IsoDate): Promise<string> {
    const rolled = await this.#rolled(pool);
    const version = to < this.#today() ? rolled?.past_version : rolled?.version;
    const register = this.#register();
    const number = this.#numbers.get(register) ?? ++this.#registers;
    this.#numbers.set(register, number);
    return `${version} ${number} ${this.#today()}`;
  }

  #rolled(pool: string): Promise<RolledPoolRow | undefined> {
    return this.#db.selectFrom("rolled_pools").selectAll().where("pool", "=", pool).executeTakeFirst();
  }

  async #input({ pool, from, to }: Omit<PoolWindow, "names" | "days">) {
    const register = this.#register();
    // A year before, to compare with, and what was used since.
    const yesterday = addDays(this.#today(), -1);
    const { days, demand } = await keptDays(this.#db, pool, addMonths(from, -12), to < yesterday ? yesterday : to);
    const isReported = ({ date }: PoolDay) => date >= from && date <= to;
    const people = await this.#people(pool, from, to);
    const rows = await keptReplays(this.#db, pool, from, to);
    const input: RenewalInput = {
      ...{ register, pool, days, from, until: to, today: this.#today() },
      ...(demand && { demand: demand.filter(isReported) }),
      ...(people && { people }),
      replays: rows.map(({ seats, launches, turned_away, kept_waiting, waited_ms }) => ({
        ...{ seats, launches, turnedAway: turned_away, keptWaiting: kept_waiting, waitedMs: waited_ms },
      })),
    };
    return { input, days: days.filter(isReported) };
  }

  /** As they were counted, or counted now, while their sessions are kept. */
  async #people(pool: string, from: IsoDate, to: IsoDate): Promise<PeopleCount | undefined> {
    const isOver = to < this.#today();
    const kept = isOver ? await keptPeople(this.#db, pool, from, to) : undefined;
    if (kept) return kept;
    const register = this.#register();
    const rolled = await this.#rolled(pool);
    if ((rolled?.kept_from_ms ?? 0) > startOfDayMs(from, register.timezone)) return undefined;
    const names = await namesOf(this.#db, register, pool);
    const [counted] = await countPeople(this.#db, register, { pool, names }, [{ from, until: to }]);
    if (counted && isOver && rolled) await putPeople(this.#db, "window", counted);
    return counted;
  }

  async #replay(
    window: Omit<PoolWindow, "names" | "days">,
    days: readonly PoolDay[],
    seats: readonly number[],
  ): Promise<Replayed[]> {
    const register = this.#register();
    const rolled = await this.#rolled(window.pool);
    if (days.length === 0 || (rolled?.kept_from_ms ?? 0) > days[0]!.startMs) return [];
    const whole = { ...window, names: await namesOf(this.#db, register, window.pool), days };
    const holdings = await demandIn(this.#db, register, whole);
    const all = await replayed(register, whole, holdings, seats);
    if (window.to < this.#today()) await storeReplays(this.#db, whole, all);
    return all;
  }

  #replayLater(window: Omit<PoolWindow, "names" | "days">, days: readonly PoolDay[], seats: readonly number[]) {
    const name = `${window.pool} ${window.from} ${window.to}`;
    if (this.#asked.has(name)) return;
    this.#asked.add(name);
    this.#replaying = this.#replaying
      .then(() => this.#replay(window, days, seats))
      .catch(() => {})
      .then(() => {
        this.#asked.delete(name);
        this.#made.delete(name);
      });
  }
}

/** Errors: message_invalid */
function refuseOdd(from: IsoDate, to: IsoDate) {
  if (from > to) throw new SeatmeterError("message_invalid", `from: ${from} is after ${to}`, { field: "from" });
  if (addDays(from, LONGEST_DAYS) < to) {
    throw new SeatmeterError("message_invalid", "from: more than ten years are not told at once", { field: "from" });
  }
}
