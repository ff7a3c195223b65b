import { addDays, addMonths, type IsoDate, startOfDayMs } from "../../daemon/domain/calendar.ts";
import type { LedgerEvent } from "../../daemon/domain/events.ts";
import { holdingsOf } from "../../daemon/domain/holdings.ts";
import { localDays } from "../../daemon/domain/local-days.ts";
import { seeded } from "../../daemon/domain/random.ts";
import type { Register } from "../../daemon/domain/register.ts";
import { sweepDays } from "../../daemon/domain/sweep.ts";
import type { Holding, SeatsFrom, Span } from "../../daemon/domain/usage.ts";
import { Refusals } from "../../daemon/history/refusals.ts";
import { readRegister } from "../../daemon/register/read.ts";
import { growth } from "../../daemon/sizing/growth.ts";
import { recommendation } from "../../daemon/sizing/recommendation.ts";
import { PRODUCTS } from "../../demo/council.ts";
import { DemoPast } from "../../demo/past.ts";
import { demoRegister } from "../../demo/register.ts";
import { staffOf } from "../../demo/staff.ts";

/*
 * A council of so many pools, each as the demo makes up its people: two years with as many seats as anybody wants, what we
 * recommend from them, and the year after that with these seats.
 */

export interface PoolYear {
  pool: string;
  seats: number;
  /** From how many people refused on somebody is woken. */
  floor: number;
  /** Seats in use, from each moment on. */
  levels: readonly SeatsFrom[];
  /** When a person began to be refused, however often he tried. */
  refusedMs: readonly number[];
}

export interface CouncilYear {
  span: Span;
  pools: readonly PoolYear[];
}

const TODAY: IsoDate = "2026-11-25";
const YEARS = 3;
const ENDLESS = 100_000;
/** What is recommended to the council of a seed: sized once, however it is tried. */
const known = new Map<number, ReadonlyMap<string, number>>();
/** In which there are two years to size by, and a whole year after them. */
const STEADY = Object.entries(PRODUCTS)
  .filter(([, { unusedForDays, startedDaysAgo }]) => unusedForDays === undefined && startedDaysAgo === undefined)
  .map(([name]) => name);

/**
 * @param size of its pools, as a share of what we recommend
 */
export function councilYear({
  pools,
  size = 1,
  seed = 1,
}: {
  pools: number;
  size?: number;
  seed?: number;
}): CouncilYear {
  const councils = Array.from({ length: Math.ceil(pools / STEADY.length) }, (_, i) => new Council(seed + i, size));
  const [first] = councils;
  if (!first) throw new RangeError("a council has a pool at least");
  return { span: first.span, pools: councils.flatMap((council) => council.pools()).slice(0, pools) };
}

class Council {
  readonly span: Span;
  readonly #seed: number;
  readonly #size: number;
  readonly #register: Register;
  readonly #from: IsoDate = addMonths(TODAY, -12);

  constructor(seed: number, size: number) {
    this.#seed = seed;
    this.#size = size;
    const read = readRegister(demoRegister(this.#staff(), TODAY), {}, Date.parse(TODAY));
    if ("mistakes" in read) throw new Error(JSON.stringify(read.mistakes));
    this.#register = read.register;
    const { timezone } = read.register;
    this.span = { fromMs: startOfDayMs(this.#from, timezone), untilMs: startOfDayMs(TODAY, timezone) };
  }

  pools(): PoolYear[] {
    const recommended = known.get(this.#seed) ?? this.#recommended();
    known.set(this.#seed, recommended);
    const seatsOf = (pool: string) => Math.max(1, Math.round((recommended.get(pool) ?? ENDLESS) * this.#size));
    const met = this.#played(seatsOf);
    return STEADY.map((pool) => this.#year(pool, seatsOf(pool), met.get(pool) ?? []));
  }

  #staff = () => staffOf(seeded(this.#seed), TODAY);

  #recommended(): Map<string, number> {
    const wanted = this.#played(() => ENDLESS);
    return new Map(STEADY.map((pool) => [pool, this.#seats(pool, wanted.get(pool) ?? [])]));
  }

  /** All years by these seats and no rule but them. */
  #played(seatsOf: (pool: string) => number): Map<string, LedgerEvent[]> {
    const { products, pools } = this.#register;
    const alone = Object.entries(products).map(([name, product]) => [name, { ...product, pools: [name] }]);
    const plain = Object.entries(pools).map(([name, { overdraft, ...pool }]) => {
      const entitlements = pool.entitlements.map((one) => ({ ...one, seats: seatsOf(name) }));
      return [name, { ...pool, observed: false, entitlements }];
    });
    const register = { ...this.#register, products: Object.fromEntries(alone), pools: Object.fromEntries(plain) };
    const pseudonym = (_: string, name: string) => ({ thisYear: name, lastYear: name });
    const nowMs = this.span.untilMs;
    const past = new DemoPast({
      register,
      staff: this.#staff(),
      random: seeded(this.#seed),
      nowMs,
      years: YEARS,
      pseudonym,
    });
    const all = new Map<string, LedgerEvent[]>();
    for (const { events } of past.play()) {
      for (const [pool, told] of events) {
        const known = all.get(pool) ?? [];
        known.push(...told);
        all.set(pool, known);
      }
    }
    return all;
  }

  #seats(pool: string, events: readonly LedgerEvent[]): number {
    const before = events.filter(({ atMs }) => atMs < this.span.fromMs);
    const yearBefore = addMonths(this.#from, -12);
    const days = localDays(addMonths(yearBefore, -12), addDays(this.#from, -1), this.#register);
    const capacity = [{ fromMs: 0, seats: ENDLESS }];
    const swept = sweepDays(holdingsOf(holdingsIn(before)), [{ name: pool, capacity, gaps: [] }], days);
    const lastYear = swept.filter(({ date }) => date >= yearBefore);
    return recommendation(lastYear, { growth: growth(swept).factor, mostSeats: peopleIn(before) }).seats;
  }

  #year(pool: string, seats: number, events: readonly LedgerEvent[]): PoolYear {
    const refusals = new Refusals([]);
    for (const event of events) refusals.apply(event);
    const quarter = events.filter(({ atMs }) => atMs >= this.span.untilMs - 90 * 86_400_000);
    return {
      ...{ pool: `${pool}-${this.#seed}`, seats },
      floor: Math.max(1, Math.min(5, Math.ceil(peopleIn(quarter) / 4))),
      levels: events
        .filter(({ seatsMoved }) => seatsMoved !== 0)
        .map(({ atMs, level }) => ({ fromMs: atMs, seats: level })),
      refusedMs: refusals
        .take(0)
        .map(({ first_ms }) => first_ms)
        .filter((atMs) => atMs >= this.span.fromMs)
        .sort((one, other) => one - other),
    };
  }
}

const peopleIn = (events: readonly LedgerEvent[]) =>
  new Set(events.filter(({ kind }) => kind === "granted").map(({ facts }) => facts.user)).size;

/** Whose seat ends makes no difference to how many are in use: the first that was taken. */
function holdingsIn(events: readonly LedgerEvent[]): Holding[] {
  const taken: number[] = [];
  return events.flatMap(({ seatsMoved, atMs }) => {
    if (seatsMoved > 0) taken.push(atMs);
    const startMs = seatsMoved < 0 ? taken.shift() : undefined;
    return startMs === undefined ? [] : [{ startMs, endMs: atMs, seats: 1, department: "", grantedAs: "usual" }];
  });
}
