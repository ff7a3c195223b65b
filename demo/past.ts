import { addDays, addMonths, type IsoDate, wallTime } from "../daemon/domain/calendar.ts";
import { type CapacityStep, capacityAt, capacitySteps } from "../daemon/domain/capacity.ts";
import type { DenialReason, GrantFlag } from "../daemon/domain/denials.ts";
import type { Facts, LedgerEvent } from "../daemon/domain/events.ts";
import { type LocalDay, localDays } from "../daemon/domain/local-days.ts";
import { PastPool } from "../daemon/domain/past-pool.ts";
import type { Register } from "../daemon/domain/register.ts";
import { indexOf } from "../daemon/domain/register-index.ts";
import type { Span } from "../daemon/domain/usage.ts";
import { OUTAGES } from "./council.ts";
import { trainingDays, type Wanted, wantedOn } from "./days.ts";
import { MomentHeap } from "./moment-heap.ts";
import type { Staff } from "./staff.ts";

export interface PastParts {
  register: Register;
  staff: Staff;
  random: () => number;
  nowMs: number;
  years: number;
  /** What history may know of a person or a computer. */
  pseudonym: (kind: "user" | "device", name: string, atMs: number) => { thisYear: string; lastYear: string };
}

/** One day of the past, and what its pools told. */
export interface PastDay {
  date: IsoDate;
  events: Map<string, LedgerEvent[]>;
}

type Step =
  | { atMs: number; does: "launch"; wanted: Wanted; tries: number }
  | { atMs: number; does: "end"; pool: PastPool; leaseId: string };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Whoever is refused tries again so often at most, and not always. */
const MOST_TRIES = 5;
const AGAIN_SHARE = 0.72;

/**
 * What the made-up council's daemon would have told, had there been one: launches are granted, shared, passed on to the
 * next pool, refused and tried again by the register's own seats and rules. The same numbers make the same past.
 */
export class DemoPast {
  readonly days: readonly LocalDay[];
  readonly #parts: PastParts;
  readonly #pools = new Map<string, { events: PastPool; steps: readonly CapacityStep[]; told: number }>();
  readonly #training: ReadonlyMap<string, ReadonlySet<IsoDate>>;
  readonly #outages: readonly Span[];
  readonly #steps = new MomentHeap<Step>();
  readonly #today: IsoDate;

  constructor(parts: PastParts) {
    this.#parts = parts;
    const { register, nowMs, years, random } = parts;
    this.#today = wallTime(nowMs, register.timezone).date;
    // Reports are about whole months.
    const first = addDays(`${addMonths(this.#today, -12 * years).slice(0, 8)}01`, -7);
    this.days = localDays(first, this.#today, register);
    this.#training = trainingDays(random, this.days);
    this.#outages = OUTAGES.flatMap(({ daysAgo, hour, hours }) => {
      const day = this.days.find(({ date }) => date >= addDays(this.#today, -daysAgo));
      return day ? [{ fromMs: day.startMs + hour * HOUR_MS, untilMs: day.startMs + (hour + hours) * HOUR_MS }] : [];
    });
    // An epoch is named after the microsecond in which it begins.
    const epoch = String((this.days[0]?.startMs ?? nowMs) * 1000);
    for (const [name, { entitlements }] of Object.entries(register.pools)) {
      const steps = capacitySteps(entitlements, register.timezone);
      this.#pools.set(name, { events: new PastPool(name, epoch), steps, told: -1 });
    }
  }

  *play(): Generator<PastDay> {
    const { staff, random, nowMs } = this.#parts;
    for (const day of this.days) {
      const endMs = Math.min(day.endMs, nowMs);
      this.#capacities(day.startMs);
      for (const wanted of wantedOn(day, staff, this.#training, this.#today, random)) {
        if (wanted.atMs < endMs && !this.#isOut(wanted.atMs)) {
          this.#steps.add({ atMs: wanted.atMs, does: "launch", wanted, tries: 1 });
        }
      }
      const outage = this.#outages.find(({ fromMs }) => fromMs >= day.startMs && fromMs < endMs);
      if (outage && outage.untilMs < endMs) this.#out(outage);
      this.#until(endMs);
      if (endMs === nowMs) this.#finish(nowMs);
      const told = [...this.#pools].map(([name, { events }]) => [name, events.take()] as const);
      yield { date: day.date, events: new Map(told.filter(([, events]) => events.length > 0)) };
    }
  }

  /** What is due before that moment. */
  #until(endMs: number) {
    for (let step = this.#steps.takeBefore(endMs); step; step = this.#steps.takeBefore(endMs)) {
      if (step.does === "end") step.pool.ended(step.atMs, step.leaseId, "program_exited");
      else this.#launch(step);
    }
  }

  /** Nobody was heard of from its beginning on; whoever was still there at its end was there all the time. */
  #out({ fromMs, untilMs }: Span) {
    this.#until(fromMs);
    for (const step of this.#steps.takeAll()) {
      if (step.does === "end" && step.atMs < untilMs) step.pool.ended(fromMs, step.leaseId, "expired");
      else if (step.atMs >= untilMs || step.does === "end") this.#steps.add(step);
    }
    for (const { events } of this.#pools.values()) if (events.used > 0) events.gap(untilMs, untilMs - fromMs);
  }

  /** Whoever works now is told of by the shims that come next. */
  #finish(nowMs: number) {
    for (const step of this.#steps.takeAll()) {
      if (step.does === "end") step.pool.ended(nowMs, step.leaseId, "program_exited");
    }
  }

  #isOut = (atMs: number) => this.#outages.some(({ fromMs, untilMs }) => atMs >= fromMs && atMs < untilMs);

  #capacities(atMs: number) {
    for (const pool of this.#pools.values()) {
      const { seats } = capacityAt(pool.steps, atMs);
      if (seats === pool.told) continue;
      pool.told = seats;
      pool.events.capacity(atMs, seats);
    }
  }

  #launch({ atMs, wanted, tries }: Extract<Step, { does: "launch" }>) {
    const { register, random } = this.#parts;
    const leaseId = this.#newLeaseId(atMs);
    const asked = register.products[wanted.product]?.pools ?? [];
    const over = indexOf(register).person(wanted.person.user, atMs).contract;
    for (const [i, name] of asked.entries()) {
      const pool = this.#pools.get(name)!;
      const facts = this.#factsOf(wanted, atMs, i > 0 ? (asked[0] as string) : "");
      if (over && over.overAtMs <= atMs)
        return pool.events.denied(atMs, leaseId, { reason: "contract_ended", seats: 1, facts });
      const answer = this.#answer(name, facts, atMs);
      if ("flags" in answer) {
        pool.events.granted(atMs, leaseId, { seatKeys: answer.seatKeys, seats: 1, facts, flags: answer.flags });
        this.#steps.add({ atMs: atMs + wanted.holdMs, does: "end", pool: pool.events, leaseId });
        return;
      }
      const next = asked[i + 1];
      if (answer.reason === "no_seats" && next !== undefined) {
        pool.events.other("passed", atMs, leaseId, next, facts);
        continue;
      }
      pool.events.denied(atMs, leaseId, { reason: answer.reason, seats: 1, facts });
      if (answer.reason !== "no_seats" || tries >= MOST_TRIES || random() >= AGAIN_SHARE) return;
      const againMs = atMs + Math.round((1.5 + random() * 9) * MINUTE_MS);
      if (!this.#isOut(againMs)) this.#steps.add({ atMs: againMs, does: "launch", wanted, tries: tries + 1 });
      return;
    }
  }

  #answer(
    name: string,
    facts: Facts,
    atMs: number,
  ): { seatKeys: string[]; flags: GrantFlag[] } | { reason: DenialReason } {
    const { seatFor, overdraft, observed } = this.#parts.register.pools[name]!;
    const { events, steps } = this.#pools.get(name)!;
    const keyOf = (user: string, device: string) =>
      [seatFor.includes("user") && user, seatFor.includes("device") && device].join(" ");
    const seatKeys = [keyOf(facts.user, facts.device), keyOf(facts.userLastYear, facts.deviceLastYear)];
    const { seats, reason } = capacityAt(steps, atMs);
    if (events.shares(seatKeys) || events.used < seats) return { seatKeys, flags: [] };
    if (events.used < seats + (seats > 0 ? (overdraft?.seats ?? 0) : 0)) return { seatKeys, flags: ["overdraft"] };
    if (observed) return { seatKeys, flags: ["observed"] };
    return { reason };
  }

  #factsOf({ person, product, site }: Wanted, atMs: number, askedFirst: string): Facts {
    const { pseudonym } = this.#parts;
    const [user, device] = [pseudonym("user", person.user, atMs), pseudonym("device", person.device, atMs)];
    return {
      ...{ product, site, version: "", askedFirst, user: user.thisYear, userLastYear: user.lastYear },
      ...{ device: device.thisYear, deviceLastYear: device.lastYear, department: person.department },
      ...{ attemptId: "", attested: "", breakGlassReason: "" },
    };
  }

  /** Version 7: when, and numbers of ours. */
  #newLeaseId(atMs: number): string {
    const time = atMs.toString(16).padStart(12, "0");
    const word = () =>
      Math.floor(this.#parts.random() * 0x1_0000_0000)
        .toString(16)
        .padStart(8, "0");
    const [one, two, three] = [word(), word(), word()];
    return `${time.slice(0, 8)}-${time.slice(8)}-7${one.slice(0, 3)}-8${one.slice(3, 6)}-${two}${three.slice(0, 4)}`;
  }
}
