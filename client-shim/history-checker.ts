import type { GrantFlag } from "../daemon/domain/denials.ts";
import { type Interval, possibleEnd, stepsOf } from "./history-intervals.ts";

/** One call to the daemon, in milliseconds of one monotonic clock: from when it was sent until it was answered. */
export interface Operation {
  line: number;
  op: "checkout" | "heartbeat" | "checkin";
  lease: string;
  t0: number;
  t1: number;
  /** Granted, alive or returned; no seat; no such lease any more; no answer. */
  res: "ok" | "full" | "lost" | "unknown";
  flags?: readonly string[];
}

export interface Pause {
  t0: number;
  t1: number;
}

/** Some time in which the service's clock went ahead by so much more than it should. */
export interface Leap extends Pause {
  ms: number;
}

/** Something that must not be, with the lines of the log that show it. */
export interface Violation {
  atMs: number;
  held: number;
  lines: number[];
}

export interface Verdict {
  verdict: "sound" | "violated" | "proves_nothing";
  /** Why it proves nothing. */
  why: string[];
  operations: number;
  unknown: number;
  leases: number;
  granted: number;
  denied: number;
  /** Most leases that were certainly held at once. */
  mostHeld: number;
  overCapacity: Violation[];
  falseDenials: Violation[];
}

/** With more of it unknown, a history shows nothing. */
const UNKNOWN_SHARE = 0.2;

/** A rule let these past capacity, or they joined a seat that was counted already. */
const NOT_COUNTED: ReadonlySet<string> = new Set<GrantFlag>([
  "overdraft",
  "observed",
  "break_glass",
  "excess",
  "shared",
]);

/**
 * Does this history fit a pool that never has more than `seats` leases, and denies only when it has that many?
 *
 * Each answer was decided at some moment between question and answer. So a lease is *definitely* held from the answer
 * of its checkout, until it is asked back or its last known renewal runs out; and *possibly* from the first question
 * that may have granted it, until it is known to be gone or its last renewal, known or not, runs out.
 *
 * @see guarantees.md, "The history checker"
 */
export function checkHistory(
  operations: Iterable<Operation>,
  pauses: readonly Pause[],
  { seats, ttlMs, leaps = [] }: { seats: number; ttlMs: number; leaps?: readonly Leap[] },
): Verdict {
  const byLease = Map.groupBy(operations, ({ lease }) => lease);
  const count = (test: (operation: Operation) => boolean) =>
    byLease.values().reduce((sum, of) => sum + of.filter(test).length, 0);
  for (const of of byLease.values()) of.sort((one, other) => one.t0 - other.t0);
  const definite = [...byLease.values()].flatMap((of) => definitelyHeld(of, ttlMs, leaps));
  const possible = new Map([...byLease].map(([lease, of]) => [lease, possiblyHeld(of, ttlMs, pauses)]));
  const { mostHeld, overCapacity } = sweep(definite, seats);
  const history = {
    operations: count(() => true),
    unknown: count(({ res }) => res === "unknown"),
    leases: byLease.size,
    granted: count(({ op, res }) => op === "checkout" && res === "ok"),
    denied: count(({ op, res }) => op === "checkout" && res === "full"),
    mostHeld,
    overCapacity,
    falseDenials: falseDenials(byLease.values(), possible, seats),
  };
  const why = provesNothing(history, seats);
  const violated = overCapacity.length > 0 || history.falseDenials.length > 0;
  return { verdict: violated ? "violated" : why.length > 0 ? "proves_nothing" : "sound", why, ...history };
}

function provesNothing(history: Pick<Verdict, "operations" | "unknown" | "mostHeld">, seats: number): string[] {
  const { operations, unknown, mostHeld } = history;
  const why: string[] = [];
  if (unknown > UNKNOWN_SHARE * operations) {
    why.push(`${unknown} of ${operations} answers are unknown: more than ${UNKNOWN_SHARE * 100} %`);
  }
  if (mostHeld < seats) why.push("the pool was never full for certain");
  return why;
}

/** The spans in which one lease was certainly held; its operations in order of t0. */
function definitelyHeld(operations: readonly Operation[], ttlMs: number, leaps: readonly Leap[]): Interval[] {
  if (operations.some(({ flags }) => flags?.some((flag) => NOT_COUNTED.has(flag)))) return [];
  const returnedFrom = Math.min(...operations.filter(({ op }) => op === "checkin").map(({ t0 }) => t0));
  const spans: Interval[] = [];
  for (const { op, res, t0, t1, line } of operations) {
    if (res !== "ok" || op === "checkin") continue;
    const endMs = t0 + ttlMs - leaptIn(leaps, t0, t0 + ttlMs);
    const last = spans.at(-1);
    // A heartbeat that found it alive proves that it never ended in between; a checkout may have taken it anew.
    if (last && (op === "heartbeat" || t1 <= last.untilMs)) last.untilMs = Math.max(last.untilMs, endMs);
    else if (op === "checkout") spans.push({ fromMs: t1, untilMs: endMs, line });
  }
  return spans
    .map((span) => ({ ...span, untilMs: Math.min(span.untilMs, returnedFrom) }))
    .filter(({ fromMs, untilMs }) => fromMs < untilMs);
}

const leaptIn = (leaps: readonly Leap[], fromMs: number, untilMs: number) =>
  leaps.reduce((sum, { t0, t1, ms }) => (t1 >= fromMs && t0 <= untilMs ? sum + ms : sum), 0);

/** The spans in which one lease may have been held; its operations in order of t0. */
function possiblyHeld(operations: readonly Operation[], ttlMs: number, pauses: readonly Pause[]): Interval[] {
  const ends = certainEnds(operations);
  const endAfter = (fromMs: number) => ends.find((end) => end >= fromMs) ?? Number.POSITIVE_INFINITY;
  const spans: Interval[] = [];
  for (const { op, res, t0, t1, line } of operations) {
    // A checkout that was answered "full" took nothing, and nothing renewed what is lost.
    if (op === "checkin" || res === "full" || res === "lost") continue;
    const untilMs = possibleEnd(t1, ttlMs, pauses);
    const last = spans.at(-1);
    // What found it alive proves that it had not ended; an attempt to renew counts as long as it may have lived.
    const lived = last && (t0 <= last.untilMs || (op === "heartbeat" && res === "ok")) && t0 <= endAfter(last.fromMs);
    if (lived) last.untilMs = Math.max(last.untilMs, untilMs);
    else if (op === "checkout") spans.push({ fromMs: t0, untilMs, line });
  }
  return spans.map((span) => ({ ...span, untilMs: Math.min(span.untilMs, endAfter(span.fromMs)) }));
}

/** When it was certainly gone, in order: returned, or lost while nobody was asking for it. */
function certainEnds(operations: readonly Operation[]): number[] {
  const takes = operations.filter(({ op, res }) => op === "checkout" && (res === "ok" || res === "unknown"));
  return operations
    .filter(({ op, res, t0, t1 }) => {
      if (res === "lost") return !takes.some((take) => take.t0 <= t1 && take.t1 >= t0);
      return op === "checkin" && res === "ok";
    })
    .map(({ t1 }) => t1)
    .sort((one, other) => one - other);
}

/** Walk through the definite spans: how many at once, and where more than there are seats. */
function sweep(spans: readonly Interval[], seats: number) {
  const moments = spans.flatMap((span) => [
    { atMs: span.fromMs, span, begins: true },
    { atMs: span.untilMs, span, begins: false },
  ]);
  // Ends first: what ends at a moment and what begins at it need not have been there together.
  moments.sort((one, other) => one.atMs - other.atMs || Number(one.begins) - Number(other.begins));
  const held = new Set<Interval>();
  const overCapacity: Violation[] = [];
  let mostHeld = 0;
  for (const { atMs, span, begins } of moments) {
    if (begins) held.add(span);
    else held.delete(span);
    mostHeld = Math.max(mostHeld, held.size);
    if (begins && held.size > seats) {
      overCapacity.push({ atMs, held: held.size, lines: [...held].map(({ line }) => line) });
    }
  }
  return { mostHeld, overCapacity };
}

/** Every "full" during which at no moment as many leases as there are seats may have been held. */
function falseDenials(
  leases: Iterable<readonly Operation[]>,
  possible: ReadonlyMap<string, readonly Interval[]>,
  seats: number,
): Violation[] {
  const steps = stepsOf([...possible.values()].flat());
  const found: Violation[] = [];
  for (const operations of leases) {
    for (const { op, res, lease, t0, t1, line } of operations) {
      if (op !== "checkout" || res !== "full") continue;
      const held = steps.most(t0, t1, possible.get(lease) ?? []);
      if (held < seats) found.push({ atMs: t0, held, lines: [line] });
    }
  }
  return found.sort((one, other) => one.atMs - other.atMs);
}
