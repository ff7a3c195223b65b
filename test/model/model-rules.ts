import type { Terms } from "../../daemon/ledger/answers.ts";
import { rebuiltSeatKey } from "../../daemon/ledger/rebuilt.ts";
import type { Launch, Person } from "./asked.ts";
import type { ModelState, Seat } from "./model-state.ts";

/** What the pool says to a launch. */
export type Verdict =
  | { answer: "no"; reason: string; rule: string }
  | { answer: "shares"; seat: Seat }
  | { answer: "takes"; place: string; reserved: Seat["reserved"]; overdraft: boolean; assigned?: string };

const no = (reason: string, rule: string): Verdict => ({ answer: "no", reason, rule });

export const holderOf = ({ user, device }: Person) => `${user}:${device}`;

/** The name under which a seat of that weight would be assigned, this year's first. */
export function assignedNames(state: ModelState, seats: number, person: Person): string[] {
  const weight = seats === 1 ? "" : `*${seats}`;
  const { user, userBefore, device, deviceBefore } = person;
  const names = state.rules.holdBy === 1 ? [user, userBefore] : [device, deviceBefore];
  return names.map((name) => name + weight);
}

/** Seats above the capacity that may be granted now. */
export function overdraftOf(state: ModelState, nowMs: number): number {
  const { overdraft = 0, overdraftMs } = state.rules;
  const usedThisTerm = state.overdraftSince > 0 && state.overdraftTerm === state.termMs;
  const isOver = overdraftMs !== undefined && usedThisTerm && nowMs - state.overdraftSince >= overdraftMs;
  return isOver ? 0 : overdraft;
}

/** The seat of theirs that another launch may share, or under which name a new one is opened. */
function seatOf(state: ModelState, key: string): Seat | string {
  const { sharedBy } = state.rules;
  const at = (place: string) => state.open.find((seat) => seat.place === place);
  if (key === "" || sharedBy === undefined) return (key !== "" && at(key)) || key;
  const numbered = state.open.filter(({ place }) => place.startsWith(`${key}\x1e`));
  const numberOf = ({ place }: Seat) => Number(place.slice(key.length + 1));
  const joinable = numbered
    .filter(({ sharers }) => sharers < sharedBy)
    .sort((one, other) => numberOf(one) - numberOf(other));
  if (joinable[0]) return joinable[0];
  const taken = numbered.map(numberOf);
  const free = Array.from({ length: taken.length + 1 }, (_, i) => i + 1).find((number) => !taken.includes(number));
  return `${key}\x1e${free}`;
}

/** A seat that was rebuilt is found by who its holder is, under pseudonyms of this year or the last. */
function seatToJoin(state: ModelState, key: string, seats: number, person: Person): Seat | string {
  const found = seatOf(state, key);
  if (typeof found !== "string" || key === "" || state.rebuilt === 0) return found;
  const { user, userBefore, device, deviceBefore } = person;
  for (const who of [user, userBefore, ""]) {
    for (const computer of [device, deviceBefore, ""]) {
      const rebuilt = seatOf(state, rebuiltSeatKey(who, computer, seats));
      if (typeof rebuilt !== "string") return rebuilt;
    }
  }
  return found;
}

/** What speaks against taking seats along, when so many would be taken and so many kept by reservations. */
export function againstBorrowing(state: ModelState, seats: number, taken: number, idle: number): Verdict | undefined {
  const { borrow, keepFree } = state.rules;
  if (borrow !== undefined && state.borrowed - state.lentOutside + seats > borrow)
    return no("borrow_limit", "borrow.seats");
  if (keepFree === undefined || state.unlimited) return undefined;
  return (state.capacity ?? 0) - taken - idle < keepFree ? no("borrow_limit", "borrow.keepFree") : undefined;
}

/** The judgement alone; nothing is done. Every rule in the order in which a person would be told of it. */
export function judge(
  state: ModelState,
  launch: Omit<Launch, "facts" | "name" | "holder">,
  terms: Terms,
  nowMs: number,
): Verdict {
  const { key, seats, person, site, counters } = launch;
  const found = seatToJoin(state, key, seats, person);
  if (typeof found !== "string") {
    const against = terms.borrowUntilMs && againstBorrowing(state, found.seats, state.level, state.idleSeats);
    return against || { answer: "shares", seat: found };
  }
  if (state.cooling.has(holderOf(person))) return no("cooling_off", "reclaimed");
  const capacity = state.capacity ?? 0;
  if (capacity === 0) return no(state.emptyReason, "entitlements");

  const assigned = state.rules.hold
    ? assignedNames(state, seats, person).find((name) => state.holds.has(name))
    : undefined;
  // A seat that is assigned to him is among those taken already.
  const taken = state.level + (assigned === undefined ? seats : 0);
  const reserved: Seat["reserved"] = [];
  let idle = 0;
  let overdraft = false;
  if (!state.rules.site) {
    let open = seats;
    for (const { group, seats: left } of state.idle()) {
      const part = terms.from?.includes(group) ? Math.min(open, left) : 0;
      if (part > 0) reserved.push({ group, seats: part });
      open -= part;
      idle += left - part;
    }
    const most = capacity + overdraftOf(state, nowMs);
    if (taken > most) return no("no_seats", "entitlements");
    const kept = open > 0 ? idle : 0;
    if (taken + kept > most) return no("only_reserved_seats", "reservations");
    overdraft = taken + kept > capacity;
  }

  const counts = state.counts();
  const full = { site: "site_full", group: "group_limit", user: "user_limit", device: "device_limit" };
  for (const { name, limit } of [{ name: `site:${site}`, limit: `site:${site}` }, ...counters]) {
    const most = state.policy.limits[limit];
    if (most === undefined || (counts[name] ?? 0) + seats <= most) continue;
    return no(full[name.split(":")[0] as keyof typeof full], limit);
  }
  const against = terms.borrowUntilMs && againstBorrowing(state, seats, taken, idle);
  return against || { answer: "takes", place: found, reserved, overdraft, ...(assigned && { assigned }) };
}
