import type { PoolPolicy } from "../../daemon/domain/policy.ts";
import type { Terms } from "../../daemon/ledger/answers.ts";
import { encodeTerms } from "../../daemon/ledger/order-text.ts";
import { type Launch, recordOf, wanted } from "./asked.ts";

/** A seat that is taken, or set aside: nothing is counted but by looking at all of them. */
export interface Seat {
  /** Under which those who share it find it; empty: nobody does. */
  place: string;
  sharers: number;
  seats: number;
  outside: boolean;
  site: string;
  counters: string[];
  reserved: { group: string; seats: number }[];
}

export interface Lease {
  sinceMs: number;
  launch: Launch;
  seat: Seat;
  flags: string[];
  dueMs: number;
  borrowedUntilMs?: number;
  /** It runs outside the count until there is a seat for it, with these reservations. */
  excessFrom?: readonly string[];
}

export interface Wait {
  launch: Launch;
  terms: Terms;
  dueMs: number;
  untilMs: number;
}

export interface Offer {
  launch: Launch;
  terms: Terms;
  dueMs: number;
  /** Nothing is set aside for who shares a seat, or has one assigned. */
  aside?: Seat;
}

export interface Reclaim {
  why: string;
  dueMs: number;
  graceMs: number;
  postponable: boolean;
}

/** One person's denials. */
export interface Fold {
  lastMs: number;
  /** The newest first. */
  attempts: string[];
  dueMs: number;
}

export const drawsOf = ({ outside, site, counters, reserved }: Omit<Seat, "sharers">) =>
  [
    ...(outside ? ["outside"] : []),
    `site:${site}`,
    ...counters,
    ...reserved.map(({ group, seats }) => `reserved:${group}=${seats}`),
  ].join(" ");

const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, n) => total + n, 0);

/** What a pool knows, as it would lie on a desk; and every count, by counting. */
export class ModelState {
  policy: PoolPolicy;
  capacity: number | undefined;
  reserved: readonly { group: string; seats: number }[] = [];
  emptyReason = "";
  termMs = 0;
  overdraftTerm = 0;
  overdraftSince = 0;
  /** 0: it does not. */
  recoversUntilMs = 0;
  /** The epoch that the last call was of; and whether what it lost of borrowed and assigned seats is to be rebuilt. */
  epoch = "";
  isToRebuild = false;
  readonly leases = new Map<string, Lease>();
  readonly ended = new Map<string, string>();
  readonly notes = new Map<string, { next: string; dueMs: number }>();
  /** In order of arrival. */
  readonly excess = new Set<string>();
  readonly waits = new Map<string, Wait>();
  readonly offers = new Map<string, Offer>();
  readonly reclaims = new Map<string, Reclaim>();
  readonly cooling = new Map<string, number>();
  /** Who found no seat lately, by product and user, and how many refusals that were in all. */
  readonly folds = new Map<string, Fold>();
  refusals = 0;
  readonly glasses = new Map<string, { times: number; untilMs: number }>();
  readonly holds = new Map<string, { seats: number; untilMs: number }>();
  readonly lingering = new Map<string, { seats: number; dueMs: number }>();
  /** Ids of journals that were told, and until when that is remembered. */
  readonly journal = new Map<string, number>();
  memory: { virtualMs: number; ranOut: boolean; ids: string[] }[] = [];

  constructor(policy: PoolPolicy) {
    this.policy = policy;
  }

  get rules() {
    return this.policy.rules;
  }
  get open(): Seat[] {
    return [...new Set([...this.leases.values()].map(({ seat }) => seat))];
  }
  get aside(): Seat[] {
    return [...this.offers.values()].flatMap(({ aside }) => aside ?? []);
  }
  get used() {
    return sum(this.open.map(({ seats }) => seats));
  }
  get outside() {
    return sum(this.open.filter(({ outside }) => outside).map(({ seats }) => seats));
  }
  get offered() {
    return sum(this.aside.map(({ seats }) => seats));
  }
  get held() {
    return sum([...this.holds.values()].map(({ seats }) => seats));
  }
  get lingers() {
    return sum([...this.lingering.values()].map(({ seats }) => seats));
  }
  /** Of those borrowed, what is no part of deciding whether more may be. */
  get lentOutside() {
    const outside = [...this.leases.values()].filter(({ borrowedUntilMs, seat }) => borrowedUntilMs && seat.outside);
    return sum(outside.map(({ seat }) => seat.seats));
  }

  get rebuilt() {
    return [...this.leases.values()].filter(({ flags }) => flags.includes("rebuilt")).length;
  }

  /** Whether anything at all lies under an id. */
  knows(id: string) {
    return [this.leases, this.ended, this.notes, this.waits, this.offers].some((some) => some.has(id));
  }

  get borrowed() {
    return sum([...this.leases.values()].map((lease) => (lease.borrowedUntilMs ? lease.seat.seats : 0)));
  }
  /** The seats that decide whether there is another one. */
  get level() {
    return this.used - this.outside + this.offered + (this.rules.hold ? this.held : 0);
  }
  get unlimited() {
    return this.rules.site !== undefined && (this.capacity ?? 0) > 0;
  }

  /** Every counter that is not 0, by name. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    const add = (name: string, seats: number) => {
      counts[name] = (counts[name] ?? 0) + seats;
    };
    for (const seat of [...this.open, ...this.aside]) {
      for (const name of [`site:${seat.site}`, ...seat.counters])
        add((seat.outside ? "outside:" : "") + name, seat.seats);
      for (const { group, seats } of seat.reserved) add(`reserved:${group}`, seats);
    }
    return counts;
  }

  /** Of each reservation in force, how many seats nobody uses. */
  idle(): { group: string; seats: number }[] {
    const counts = this.counts();
    return this.reserved.map(({ group, seats }) => ({
      group,
      seats: Math.max(0, seats - (counts[`reserved:${group}`] ?? 0)),
    }));
  }
  get idleSeats() {
    return sum(this.idle().map(({ seats }) => seats));
  }

  lineOf({ sinceMs, launch, seat, flags }: Lease) {
    const { holder, name, facts } = launch;
    return [sinceMs, holder, seat.place, seat.seats, drawsOf(seat), name, holder, facts, flags.join(",")].join("\t");
  }

  /** The hash of leases. */
  lines(): Record<string, string> {
    const lines: Record<string, string> = {};
    for (const [id, lease] of this.leases) {
      lines[id] = this.lineOf(lease);
      if (!this.excess.has(id)) continue;
      const groups = (lease.excessFrom ?? []).map((group) => ` from=${group}`).join("");
      lines[`excess:${id}`] = `\twants\t${groups} \t${wanted(lease.launch.counters)}`;
    }
    for (const [id, why] of this.ended) lines[id] = `\t${why}`;
    for (const [id, note] of this.notes) lines[id] = `\tpassed\t${note.next}`;
    for (const [id, { untilMs, terms, launch }] of this.waits)
      lines[id] = ["", "waiting", untilMs, encodeTerms(terms), recordOf(launch)].join("\t");
    for (const [id, { aside, terms, launch }] of this.offers)
      lines[id] = [
        "",
        "offered",
        aside?.seats ?? 0,
        aside ? drawsOf(aside) : "",
        encodeTerms(terms),
        recordOf(launch),
      ].join("\t");
    for (const [id, { why, dueMs, graceMs, postponable }] of this.reclaims)
      lines[`reclaim:${id}`] = ["", "reclaiming", why, dueMs, graceMs, postponable ? 1 : 0].join("\t");
    for (const who of this.cooling.keys()) lines[`cool:${who}`] = "\tcooling";
    for (const [who, { lastMs, attempts }] of this.folds)
      lines[`refused:${who}`] = `\trefused\t${lastMs}\t ${attempts.map((attempt) => `${attempt} `).join("")}`;
    for (const [name, { times }] of this.glasses) lines[`glass:${name}`] = `\ttimes\t${times}`;
    for (const [who, { seats }] of this.lingering) lines[`linger:${who}`] = `\tseats\t${seats}`;
    return lines;
  }

  /** The hash of seats that may be shared; where so many may at most, with a list of a key's numbers. */
  seatLines(): Record<string, string> {
    const lines: Record<string, string> = {};
    const numbers = new Map<string, number[]>();
    for (const seat of this.open) {
      if (seat.place === "") continue;
      lines[seat.place] = `${seat.sharers} ${seat.seats} ${drawsOf(seat)}`;
      const [whole = "", number] = seat.place.split("\x1e");
      if (number) numbers.set(whole, [...(numbers.get(whole) ?? []), Number(number)]);
    }
    for (const [whole, list] of numbers) lines[`\x1e${whole}`] = list.sort((one, other) => one - other).join(" ");
    return lines;
  }

  /** What is due by virtual time. */
  due(): Map<string, number> {
    const due = new Map<string, number>();
    for (const [id, { dueMs, borrowedUntilMs }] of this.leases) if (!borrowedUntilMs) due.set(id, dueMs);
    for (const some of [this.notes, this.waits, this.offers]) for (const [id, { dueMs }] of some) due.set(id, dueMs);
    for (const [id, { dueMs }] of this.reclaims) due.set(`reclaim:${id}`, dueMs);
    for (const [who, { dueMs }] of this.folds) due.set(`refused:${who}`, dueMs);
    for (const [who, dueMs] of this.cooling) due.set(`cool:${who}`, dueMs);
    return due;
  }

  lingerDue(): Map<string, number> {
    return new Map([...this.lingering].map(([who, { dueMs }]) => [who, dueMs]));
  }

  /** What is due by the wall's clock. */
  dated(): Map<string, number> {
    const dated = new Map<string, number>();
    for (const [id, { borrowedUntilMs }] of this.leases) if (borrowedUntilMs) dated.set(id, borrowedUntilMs);
    for (const [name, { untilMs }] of this.holds) dated.set(`hold:${name}`, untilMs);
    for (const [name, { untilMs }] of this.glasses) dated.set(`glass:${name}`, untilMs);
    return dated;
  }

  tally(): Record<string, number> {
    const tally = {
      ...{ outside: this.outside, idle: this.idleSeats, offered: this.offered, held: this.held },
      ...{ lingering: this.lingers, waiting: this.waits.size, excess: this.excess.size, cooling: this.cooling.size },
      ...{
        reclaiming: this.reclaims.size,
        refused: this.folds.size,
        borrowed: this.borrowed,
        lentOutside: this.lentOutside,
      },
      ...{ overdraftTerm: this.overdraftTerm, overdraftSince: this.overdraftSince, recovering: this.recoversUntilMs },
      ...{ lost: Number(this.isToRebuild), rebuilt: this.rebuilt },
    };
    return Object.fromEntries(Object.entries(tally).filter(([, n]) => n !== 0));
  }
}
