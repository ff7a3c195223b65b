import { DENIALS, type DenialReason } from "../../daemon/domain/denials.ts";
import type { Terms } from "../../daemon/ledger/answers.ts";
import { rebuiltHolder } from "../../daemon/ledger/rebuilt.ts";
import type { Asked, Launch } from "./asked.ts";
import { againstBorrowing, assignedNames, holderOf, judge, type Verdict } from "./model-rules.ts";
import { isLost, standing } from "./model-standing.ts";
import { drawsOf, type Lease, type Seat } from "./model-state.ts";
import type { PoolModel } from "./pool-model.ts";

const WANT_OF_SEATS = ["no_seats", "only_reserved_seats", "site_full", "group_limit", "user_limit", "device_limit"];
const RECLAIMED = ["reclaimed_by_admin", "reclaimed_idle", "device_retired"];
const GLASS_MS = 40 * 86_400_000;
const OUTSIDE = "outside\x1d";

type Taking = Extract<Verdict, { answer: "takes" }>;

const newSeat = (launch: Launch, change: Partial<Seat>): Seat => {
  const { seats, site, counters } = launch;
  const names = counters.map(({ name }) => name);
  return { place: "", sharers: 0, seats, outside: false, site, counters: names, reserved: [], ...change };
};

/** Open the seat that the verdict found; an assigned or lingering one of theirs becomes it. */
function take(model: PoolModel, launch: Launch, { place, reserved, overdraft, assigned }: Taking): Seat {
  if (overdraft && (model.overdraftTerm !== model.termMs || model.overdraftSince === 0)) {
    model.overdraftTerm = model.termMs;
    model.overdraftSince = model.moment.nowMs;
  }
  if (assigned !== undefined) model.stopHolding(assigned, "taken");
  else if (model.rules.hold) model.sighted(assignedNames(model, launch.seats, launch.person));
  model.stopLingering(holderOf(launch.person), "taken", launch.seats);
  return newSeat(launch, { place, reserved });
}

function grant(
  model: PoolModel,
  id: string,
  launch: Launch,
  seat: Seat,
  flags: string[],
  terms: Terms,
  moved: number,
  reason = "",
) {
  const { borrowUntilMs } = terms;
  const { atMs, virtualMs } = model.moment;
  const lease: Lease = {
    ...{ sinceMs: Math.min(terms.sinceMs ?? atMs, atMs), launch, seat, dueMs: virtualMs + model.policy.ttlMs },
    flags: borrowUntilMs ? [...flags, `borrowed=${borrowUntilMs}`, ...(terms.recalled ? ["recalled"] : [])] : flags,
    ...(borrowUntilMs && { borrowedUntilMs: borrowUntilMs }),
  };
  seat.sharers += 1;
  model.ended.delete(id);
  model.notes.delete(id);
  model.leases.set(id, lease);
  for (const name of foldNames(launch)) model.folds.delete(name);
  const word = lease.flags.join(",");
  model.tellOf("granted", id, moved, reason === "" ? word : `${word} ${reason}`, lease);
  return word === "" ? "granted" : `flagged\t${model.lineOf(lease)}`;
}

/** Outside the count that decides; those who would share a seat share it there. */
function grantOutside(model: PoolModel, id: string, launch: Launch, flags: string[], terms: Terms, reason: string) {
  const place = launch.key === "" ? "" : OUTSIDE + launch.key;
  const shared = place !== "" && model.open.find((seat) => seat.place === place);
  if (shared) return grant(model, id, launch, shared, ["shared", ...flags], terms, 0, reason);
  return grant(model, id, launch, newSeat(launch, { place, outside: true }), flags, terms, launch.seats, reason);
}

/** What speaks against taking the seat of a lease that lives along, or for longer than before. */
function againstLoan(model: PoolModel, { leaseId, verdict }: Asked, { seat, borrowedUntilMs, flags }: Lease) {
  if (verdict) return { reason: verdict, rule: "" };
  if (flags.includes("recalled") || model.reclaims.has(leaseId)) {
    return { reason: "borrow_limit", rule: "borrow.recalled" };
  }
  if (borrowedUntilMs !== undefined) return undefined;
  if (seat.outside && !model.rules.observe) return { reason: "no_seats", rule: "entitlements" };
  const against = againstBorrowing(model, seat.seats, model.level, model.idleSeats);
  return against?.answer === "no" ? against : undefined;
}

/** Whose denials are folded together, by the name of this year and of last year. */
const foldNames = ({ product, person }: Launch) => [person.user, person.userBefore].map((user) => `${product} ${user}`);

function deny(model: PoolModel, id: string, launch: Launch, { reason, rule }: { reason: string; rule: string }) {
  model.tellAsked("denied", id, reason, launch);
  if (DENIALS[reason as DenialReason].seats) refuse(model, launch);
  return `${reason}\t${rule}`;
}

/** People are counted, not tries: a denial soon after the person's last, or of an attempt that is known, is one more try. */
function refuse(model: PoolModel, launch: Launch) {
  const { atMs, virtualMs } = model.moment;
  const { foldMs, attemptMs, foldMost } = model.bounds;
  const [name, before] = foldNames(launch) as [string, string];
  const known = model.folds.get(name) ?? model.folds.get(before);
  const isSame = launch.attempt !== "" && known?.attempts.includes(launch.attempt);
  if (!isSame && !(known && atMs - known.lastMs <= foldMs)) model.refusals += 1;
  if (!known && model.folds.size >= foldMost) return;
  const attempts = known?.attempts ?? [];
  if (launch.attempt !== "" && !isSame) attempts.unshift(launch.attempt);
  if (!model.folds.has(name)) model.folds.delete(before);
  model.folds.set(name, { lastMs: atMs, attempts, dueMs: virtualMs + (attempts.length > 0 ? attemptMs : foldMs + 1) });
}

/** A lease that lives is answered with what it has, whatever the rules say by now. */
function live(model: PoolModel, { leaseId, ...asked }: Asked, lease: Lease): string {
  if (lease.launch.holder !== asked.holder) {
    const { device, deviceBefore } = asked.person;
    if (![device, deviceBefore].map(rebuiltHolder).includes(lease.launch.holder)) return "not_holder";
    lease.launch = { ...lease.launch, holder: asked.holder, name: asked.name };
  }
  const { seat } = lease;
  if (asked.site !== seat.site && seat.sharers === 1) {
    const before = drawsOf(seat);
    seat.site = asked.site;
    // The limits that it counts against are those it was granted with.
    lease.launch = { ...asked, counters: lease.launch.counters, key: lease.launch.key };
    model.tellOf("moved", leaseId, 0, before, lease);
  }
  const { borrowUntilMs } = asked.terms;
  const renewed = lease.borrowedUntilMs !== undefined;
  if (!renewed) lease.dueMs = model.moment.virtualMs + model.policy.ttlMs;
  // A loan that was given is never shortened.
  const lentUntilMs = Number(lease.flags.find((flag) => flag.startsWith("borrowed="))?.slice("borrowed=".length) ?? 0);
  if (borrowUntilMs && borrowUntilMs > lentUntilMs) {
    const against = againstLoan(model, { leaseId, ...asked }, lease);
    if (against) {
      return deny(model, leaseId, asked, against);
    }
    const flag = `borrowed=${borrowUntilMs}`;
    const at = lease.flags.findIndex((known) => known.startsWith("borrowed="));
    if (at < 0) lease.flags.push(flag);
    else lease.flags[at] = flag;
    lease.borrowedUntilMs = borrowUntilMs;
    model.tellOf("borrowed", leaseId, 0, String(borrowUntilMs), lease);
  }
  return `live\t${model.lineOf(lease)}`;
}

export function checkout(model: PoolModel, asked: Asked): string {
  const { leaseId: id, terms, next } = asked;
  const { virtualMs, nowMs } = model.moment;
  if (terms.rebuiltIn !== undefined && (model.knows(id) || !isLost(model, terms.rebuiltIn))) return "returned";
  const lease = model.leases.get(id);
  if (lease) return live(model, asked, lease);
  const note = model.notes.get(id);
  if (note && !terms.back) return `passed\t${note.next}`;
  const wait = model.waits.get(id);
  const waiting = wait ?? model.offers.get(id);
  if (waiting) {
    if (waiting.launch.holder !== asked.holder) return "not_holder";
    if (wait && !terms.running) {
      wait.dueMs = Math.min(virtualMs + model.policy.ttlMs, wait.untilMs);
      return standing(model, id)!;
    }
    if (model.moreDue) return "again";
    model.waits.delete(id);
    model.offers.delete(id);
  }

  const [ended, observed] = model.ended.get(id)?.split("\t") ?? [];
  const cameBack = ended === "expired" || (ended === "borrow_due" && terms.running);
  const reclaimed = RECLAIMED.includes(ended ?? "");
  const runs = terms.running === true || ended === "expired";
  if (ended !== undefined && !cameBack && ended !== "lapsed" && !(reclaimed && runs)) return "returned";
  const decided = ended === "lapsed" && !runs ? "queue_lapsed" : asked.verdict;
  const flags = terms.rebuiltIn
    ? ["rebuilt"]
    : cameBack
      ? ["resumed"]
      : terms.sinceMs && !reclaimed
        ? ["ungoverned"]
        : [];
  const wasOffered = waiting !== undefined && !wait;
  if (model.recoversUntilMs > 0 && !runs && !decided && !wasOffered) return "recovering";

  // What runs already may be taken along beyond what may be borrowed: that cannot be unsaid.
  const { borrowUntilMs: _, ...unborrowed } = terms;
  const verdict: Verdict = decided
    ? { answer: "no", reason: decided, rule: "" }
    : judge(model, asked, runs ? unborrowed : terms, nowMs);
  // Who was observed before is observed again: enforcement would have left nobody there to come back.
  if (cameBack && observed && model.rules.observe) {
    const against = verdict.answer === "no" ? verdict.reason : ended!;
    return grantOutside(model, id, asked, ["resumed", "observed"], terms, against);
  }
  if (verdict.answer === "shares") return grant(model, id, asked, verdict.seat, ["shared", ...flags], terms, 0);
  if (verdict.answer === "takes" && !reclaimed) {
    const seat = take(model, asked, verdict);
    return grant(model, id, asked, seat, verdict.overdraft ? [...flags, "overdraft"] : flags, terms, asked.seats);
  }

  const denied = verdict.answer === "no";
  const reason = denied ? verdict.reason : ended!;
  if (!decided && denied) {
    if (model.moreDue) return "again";
    if (next !== "" && !reclaimed && !["entitlement_ended", "entitlement_not_started"].includes(reason)) {
      model.ended.delete(id);
      model.notes.set(id, { next, dueMs: virtualMs + model.policy.noteMs });
      model.tellAsked("passed", id, next, asked);
      return `passed\t${next}`;
    }
  }
  if (runs && reason !== "product_unknown") {
    const answer = grantOutside(model, id, asked, [...flags, "excess"], terms, reason);
    if (!reclaimed && !decided) {
      model.leases.get(id)!.excessFrom = terms.from ?? [];
      model.excess.add(id);
    }
    return answer;
  }
  if (model.rules.observe) return grantOutside(model, id, asked, ["observed"], terms, reason);
  if (WANT_OF_SEATS.includes(reason)) {
    const times = model.glasses.get(terms.glass ?? "")?.times ?? 0;
    if (terms.glass && times < (model.rules.glass ?? 0)) {
      model.glasses.set(terms.glass, { times: times + 1, untilMs: nowMs + GLASS_MS });
      return grantOutside(model, id, asked, ["break_glass"], terms, reason);
    }
    if (model.rules.queue && terms.waitMs) {
      const most = Math.min(terms.waitMs, model.rules.queue);
      const untilMs = virtualMs + most;
      const dueMs = Math.min(virtualMs + model.policy.ttlMs, untilMs);
      model.notes.delete(id);
      model.ended.delete(id);
      model.waits.set(id, { launch: asked, terms, untilMs, dueMs });
      model.tellAsked("queued", id, String(most), asked);
      return standing(model, id)!;
    }
  }
  return deny(model, id, asked, { reason, rule: denied ? verdict.rule : "" });
}

/** Seats for those who run outside the count, then for those who wait: each in order, whoever can have one. */
export function serveQueue(model: PoolModel) {
  if (model.recoversUntilMs > 0) return;
  const first = [...model.excess, ...model.waits.keys()].slice(0, model.bounds.queueMost);
  for (const id of first) (model.excess.has(id) ? takeSeat : offer)(model, id);
}

function takeSeat(model: PoolModel, id: string) {
  const lease = model.leases.get(id)!;
  const { seat: outer, excessFrom: from = [] } = lease;
  const launch = { ...lease.launch, seats: outer.seats, site: outer.site };
  const verdict = judge(model, launch, { from }, model.moment.nowMs);
  if (verdict.answer === "no") return;
  const left = model.leave(outer);
  const seat = verdict.answer === "shares" ? verdict.seat : take(model, launch, verdict);
  seat.sharers += 1;
  lease.seat = seat;
  lease.flags = [
    ...(verdict.answer === "shares" ? ["shared"] : []),
    ...lease.flags.filter((flag) => flag !== "excess" && flag !== "shared"),
    ...(verdict.answer === "takes" && verdict.overdraft ? ["overdraft"] : []),
  ];
  model.excess.delete(id);
  model.tellOf("seated", id, left + (verdict.answer === "takes" ? seat.seats : 0), "", lease);
}

function offer(model: PoolModel, id: string) {
  const { launch, terms } = model.waits.get(id)!;
  const verdict = judge(model, launch, terms, model.moment.nowMs);
  if (verdict.answer === "no") return;
  const { atMs, virtualMs } = model.moment;
  const setsAside = verdict.answer === "takes" && verdict.assigned === undefined;
  const aside = setsAside ? newSeat(launch, { reserved: verdict.reserved }) : undefined;
  model.waits.delete(id);
  model.offers.set(id, { launch, terms, dueMs: virtualMs + model.bounds.offerMs, ...(aside && { aside }) });
  model.offersMade += 1;
  const record = [atMs, launch.seats, aside ? drawsOf(aside) : "", launch.facts].join("\t");
  model.tell("offered", id, 0, String(model.bounds.offerMs), record);
}
