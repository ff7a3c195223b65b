import type { PoolPolicy } from "../../daemon/domain/policy.ts";
import type { Asked, Bounds, Launch } from "./asked.ts";
import { checkout, serveQueue } from "./model-checkout.ts";
import { assignedNames, holderOf, judge, overdraftOf } from "./model-rules.ts";
import { act, renew } from "./model-standing.ts";
import { drawsOf, type Lease, ModelState, type Offer, type Seat, type Wait } from "./model-state.ts";

/** The moment of a call, read from the pool afterwards: the model has no clock of its own. */
export interface Moment {
  nowMs: number;
  atMs: number;
  virtualMs: number;
  /** Wall time since the last call, of which `stepMs` passed in virtual time. */
  passedMs: number;
  stepMs: number;
}

/** An event, as its five lines in the stream. */
export type Told = [kind: string, leaseId: string, moved: string, word: string, record: string];

const BY_PERSON = ["checked_in", "program_exited", "program_crashed"];
const GIVEN_BACK = [...BY_PERSON, "borrow_returned"];
const RAN_OUT = ["expired", "lapsed", "borrow_due", "reclaimed_idle", "reclaimed_by_admin", "device_retired", "seen"];

const byDue = ([a, one]: [string, number], [b, other]: [string, number]) => one - other || (a < b ? -1 : 1);
const over = (due: ReadonlyMap<string, number>, atMs: number) =>
  [...due].filter(([, dueMs]) => dueMs <= atMs).sort(byDue);

/** The rules of a pool, written down a second time and without regard to speed. */
export class PoolModel extends ModelState {
  readonly bounds: Bounds;
  seatMs = 0;
  fullMs = 0;
  overMs = 0;
  minutePeaks: number[] = [0];
  dayPeak = 0;
  lastMinute: number | undefined;
  dayIsOver = true;
  moment: Moment = { nowMs: 0, atMs: 0, virtualMs: 0, passedMs: 0, stepMs: 0 };
  /** More had run out than one call may end: nothing is denied yet. */
  moreDue = false;
  told: Told[] = [];
  ranOut: Record<string, number> = {};
  offersMade = 0;
  /** Somebody knows of more than the ledger: it lost something. */
  lost = false;
  #endedNow: string[] = [];

  constructor(policy: PoolPolicy, bounds: Bounds) {
    super(policy);
    this.bounds = bounds;
  }

  /** Everything asked in one call, and what it answers. */
  call(moment: Moment, asked: readonly Asked[]): string[] {
    Object.assign(this, { moment, told: [], ranOut: {}, offersMade: 0 });
    const of = (kind: Asked["kind"]) => asked.filter((one) => one.kind === kind);
    this.#letTimePass();
    this.#recover();
    this.#forget();
    this.#sweep();
    const returned = of("checkin").map((one) => this.#checkin(one));
    if (returned.length > 0) this.#remember(false);
    const journalled = this.#journals(of("journal"));
    const renewed = of("renew").flatMap((one) => renew(this, one));
    const acted = of("act").map((one) => act(this, one));
    if (acted.length > 0) this.#remember(true);
    serveQueue(this);
    const granted = of("checkout").map((one) => checkout(this, one));
    const explained = of("explain").map((one) => this.#explain(one));
    this.#remember(false);
    this.#yieldLingering();
    return [...returned, ...journalled, ...renewed, ...acted, ...granted, ...explained];
  }

  tell(kind: string, leaseId: string, moved = 0, word = "", record = "") {
    this.told.push([kind, leaseId, String(moved), word, record]);
    this.minutePeaks[0] = Math.max(this.minutePeaks[0] ?? 0, this.used);
    this.dayPeak = Math.max(this.dayPeak, this.used);
  }

  tellOf(kind: string, leaseId: string, moved: number, word: string, { sinceMs, seat, launch, flags }: Lease) {
    const record = [sinceMs, seat.seats, drawsOf(seat), launch.facts, flags.join(",")].join("\t");
    this.tell(kind, leaseId, moved, word, record);
  }

  tellAsked(kind: string, leaseId: string, word: string, { seats, site, counters, facts }: Launch) {
    const draws = [`site:${site}`, ...counters.map(({ name }) => name)].join(" ");
    this.tell(kind, leaseId, 0, word, [this.moment.atMs, seats, draws, facts].join("\t"));
  }

  #letTimePass() {
    const { nowMs, atMs, passedMs, stepMs } = this.moment;
    const { used, capacity = 0 } = this;
    if (used > 0) {
      this.seatMs += used * stepMs;
      if (used > capacity && !this.unlimited) this.overMs += stepMs;
      if (passedMs !== stepMs) this.tell("gap", "", 0, String(passedMs - stepMs));
    }
    const isFull = this.level > 0 && this.level + this.idleSeats >= capacity + overdraftOf(this, nowMs);
    if (isFull && !this.unlimited) this.fullMs += stepMs;
    const step = this.policy.steps.findLast(({ fromMs }) => fromMs <= nowMs)!;
    const groups = (list: typeof step.reserved) => list.map(({ group, seats }) => `${group}:${seats}`).join(",");
    if (this.capacity !== step.seats || groups(this.reserved) !== groups(step.reserved)) {
      this.tell("capacity", "", 0, `${step.seats} ${groups(step.reserved)}`.trimEnd());
    }
    this.capacity = step.seats;
    this.reserved = step.reserved;
    this.emptyReason = step.reason;
    this.termMs = step.termMs;

    const minute = Math.floor(atMs / 60_000);
    for (let passed = (this.lastMinute ?? minute) + 1; passed <= minute; passed++) {
      this.minutePeaks = [used, ...this.minutePeaks].slice(0, 6);
    }
    this.lastMinute = minute;
    if (this.dayIsOver) this.dayPeak = used;
    this.dayIsOver = false;
  }

  #recover() {
    if (this.lost) {
      this.recoversUntilMs = this.moment.virtualMs + this.policy.ttlMs;
      this.isToRebuild = true;
      this.tell("recovering", "", 0, String(this.policy.ttlMs));
    } else if (this.moment.virtualMs >= this.recoversUntilMs) this.recoversUntilMs = 0;
    this.lost = false;
  }

  get recoversMs() {
    return Math.max(0, this.recoversUntilMs - this.moment.virtualMs);
  }

  #forget() {
    for (let most = 3; most > 0; most--) {
      const [oldest] = this.memory;
      const remembered = this.memory.reduce((sum, entry) => sum + entry.ids.length, 0);
      if (!oldest) return;
      const young = this.moment.virtualMs - oldest.virtualMs < this.bounds.rememberMs;
      if (young && remembered <= this.bounds.rememberMost) return;
      this.memory.shift();
      for (const id of oldest.ids) {
        if (!oldest.ranOut || RAN_OUT.includes(this.ended.get(id)?.split("\t")[0] ?? "")) this.ended.delete(id);
      }
    }
  }

  #remember(ranOut: boolean) {
    const ids = this.#endedNow.splice(0);
    if (ids.length > 0) this.memory.push({ virtualMs: this.moment.virtualMs, ranOut, ids });
  }

  bury(id: string, why: string) {
    this.ended.set(id, why);
    this.#endedNow.push(id);
  }

  /** What has run out, by its clock. */
  #sweep() {
    const { nowMs, virtualMs } = this.moment;
    const { sweepMost } = this.bounds;
    const overdue = over(this.due(), virtualMs).slice(0, sweepMost);
    const cooled = overdue.flatMap(([name, dueMs]) => this.#runOut(name, dueMs) ?? []);
    for (const who of cooled) this.cooling.set(who, virtualMs + this.bounds.coolOffMs);
    this.#remember(true);
    for (const [who] of over(this.lingerDue(), virtualMs).slice(0, sweepMost)) this.stopLingering(who, "over");
    const dated = over(this.dated(), nowMs).slice(0, sweepMost);
    for (const [name] of dated) {
      const [kind, rest = ""] = name.split(/:(.*)/s);
      if (kind === "hold") this.stopHolding(rest, "unused");
      else if (kind === "glass") this.glasses.delete(rest);
      else this.#endOverdue(name, "borrow_due");
    }
    this.#remember(true);
    this.moreDue = overdue.length === sweepMost || dated.length === sweepMost;
    if (this.rules.hold) return;
    const last = [...this.dated()].sort(byDue).reverse().slice(0, sweepMost);
    for (const [name] of last) if (name.startsWith("hold:")) this.stopHolding(name.slice(5), "unassigned");
  }

  #endOverdue(id: string, why: string, word = why) {
    this.finish(id, why, word);
    this.ranOut[why] = (this.ranOut[why] ?? 0) + 1;
  }

  /** Answers who cools off from now on. */
  #runOut(name: string, dueMs: number): string | undefined {
    const { virtualMs } = this.moment;
    const wait = this.waits.get(name);
    const offer = this.offers.get(name);
    if (this.leases.has(name)) this.#endOverdue(name, "expired", `expired ${virtualMs - dueMs + this.policy.ttlMs}`);
    else if (wait) {
      this.waits.delete(name);
      this.tellAsked("abandoned", name, wait.untilMs <= virtualMs ? "waited" : "expired", wait.launch);
    } else if (offer) {
      this.offers.delete(name);
      this.tellAsked("lapsed", name, "", offer.launch);
      this.bury(name, "lapsed");
    } else if (name.startsWith("reclaim:")) {
      const id = name.slice(8);
      const { why } = this.reclaims.get(id)!;
      const lease = this.leases.get(id);
      this.reclaims.delete(id);
      if (!lease) return undefined;
      this.#endOverdue(id, why);
      return holderOf(lease.launch.person);
    } else if (name.startsWith("cool:")) this.cooling.delete(name.slice(5));
    else if (name.startsWith("refused:")) this.folds.delete(name.slice(8));
    else this.notes.delete(name);
    return undefined;
  }

  /** One who had the seat leaves it; answers by how much the seats in use change. */
  leave(seat: Seat): number {
    seat.sharers -= 1;
    return seat.sharers > 0 ? 0 : 0 - seat.seats;
  }

  finish(id: string, why: string, word: string) {
    const lease = this.leases.get(id)!;
    const moved = this.leave(lease.seat);
    this.leases.delete(id);
    this.excess.delete(id);
    this.bury(id, why === "expired" && lease.flags.includes("observed") ? "expired\tobserved" : why);
    this.tellOf("ended", id, moved, word, lease);
    if (moved !== 0 && !lease.seat.outside) this.#keepFor(id, lease, why);
  }

  /** A seat that came back stays its holder's for a while. */
  #keepFor(id: string, { seat: { seats }, launch: { person } }: Lease, why: string) {
    const { hold, linger } = this.rules;
    if (hold && why !== "device_retired") {
      const names = assignedNames(this, seats, person);
      const untilMs = this.moment.nowMs + hold;
      const known = names.find((name) => this.holds.has(name));
      this.holds.set(known ?? names[0]!, { seats, untilMs });
      if (!known) this.tell("kept", id, 0, `hold ${seats} ${names[0]}`);
    } else if (linger && BY_PERSON.includes(why)) {
      const who = holderOf(person);
      const before = this.lingering.get(who)?.seats ?? 0;
      this.lingering.set(who, { seats: before + seats, dueMs: this.moment.virtualMs + linger });
      this.tell("kept", id, 0, `linger ${seats} ${who}`);
    }
  }

  stopLingering(who: string, why: string, most = Number.POSITIVE_INFINITY) {
    const kept = this.lingering.get(who);
    if (!kept) return;
    const seats = Math.min(kept.seats, most);
    if (seats === kept.seats) this.lingering.delete(who);
    else kept.seats -= seats;
    this.tell("freed", "", 0, `linger ${seats} ${who} ${why}`);
  }

  stopHolding(name: string, why: string) {
    const { seats } = this.holds.get(name)!;
    this.holds.delete(name);
    this.sighted([name]);
    this.tell("freed", "", 0, `hold ${seats} ${name} ${why}`);
  }

  /** Whose assigned seats were taken or freed: the history can tell of none of theirs any more. */
  sighted(names: readonly string[]) {
    if (this.isToRebuild) for (const name of names) this.bury(`seen:${name}`, "seen");
  }

  #yieldLingering() {
    for (let most = this.bounds.sweepMost; most > 0; most--) {
      const tooMany = this.level + this.lingers - (this.capacity ?? 0);
      if (this.lingers === 0 || tooMany <= 0 || this.unlimited) return;
      const [first] = [...this.lingerDue()].sort(byDue);
      this.stopLingering(first![0], "yielded", tooMany);
    }
  }

  #checkin({ leaseId, holder, why }: Asked): string {
    const waiting: Wait | Offer | undefined = this.waits.get(leaseId) ?? this.offers.get(leaseId);
    const has = waiting ?? this.leases.get(leaseId);
    if (!has) {
      if (this.isToRebuild && !this.knows(leaseId)) this.bury(leaseId, "checked_in");
      return "gone";
    }
    if (has.launch.holder !== holder) return "not_holder";
    if (!waiting) this.finish(leaseId, why || "checked_in", why || "checked_in");
    else {
      this.waits.delete(leaseId);
      this.offers.delete(leaseId);
      this.tellAsked("abandoned", leaseId, "given_up", waiting.launch);
      this.bury(leaseId, "checked_in");
    }
    return "returned";
  }

  #journals(asked: readonly Asked[]): string[] {
    if (asked.length === 0) return [];
    const { nowMs } = this.moment;
    for (const [id] of over(this.journal, nowMs)) this.journal.delete(id);
    const answers = asked.map((one) => this.#journal(one));
    const most = [...this.journal].sort(byDue).slice(0, Math.max(0, this.journal.size - this.bounds.journalMost));
    for (const [id] of most) this.journal.delete(id);
    this.#remember(false);
    return answers;
  }

  #journal({ leaseId, holder, why: said, used }: Asked): string {
    const lease = this.leases.get(leaseId);
    const why = said || "program_exited";
    if (this.journal.has(leaseId) || GIVEN_BACK.includes(this.ended.get(leaseId) ?? "")) return "known";
    if (lease && lease.launch.holder !== holder) return "not_holder";
    this.journal.set(leaseId, this.moment.nowMs + this.bounds.journalMs);
    if (lease) this.finish(leaseId, why, `${why} 0 ${used.untilMs}`);
    else this.tell("journalled", leaseId, 0, `unreachable ${used.untilMs} ${used.heldMs} ${why}`, used.told);
    return lease ? "ended" : "told";
  }

  #explain({ terms, ...launch }: Asked): string {
    if (this.recoversUntilMs > 0) return "recovering";
    const verdict = judge(this, launch, terms, this.moment.nowMs);
    if (verdict.answer === "shares") return "granted\tshared";
    if (verdict.answer === "no") return this.moreDue ? "again" : `${verdict.reason}\t${verdict.rule}`;
    return `granted\t${verdict.overdraft ? "overdraft" : verdict.assigned ? "assigned" : ""}`;
  }
}
