import type { LocalDay } from "./local-days.ts";
import type { SeatsFrom, Span } from "./usage.ts";

/** What a pool's day is counted under from a moment on. */
export interface DayChange {
  fromMs: number;
  /** A daemon was there. */
  metered: boolean;
  working: boolean;
  /** Seats bought and in force. */
  capacity: number;
}

export interface DayConditions {
  /** The first one begins with the day. */
  changes: DayChange[];
  gaps: Span[];
  gapMs: number;
  workingMs: number;
  coveredWorkingMs: number;
  capacity: SeatsFrom[];
}

/** Ascending and apart: spans that touch or overlap become one. */
export function mergedSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const { fromMs, untilMs } of spans.toSorted((one, other) => one.fromMs - other.fromMs)) {
    const last = merged.at(-1);
    if (untilMs <= fromMs) continue;
    if (last && fromMs <= last.untilMs) last.untilMs = Math.max(last.untilMs, untilMs);
    else merged.push({ fromMs, untilMs });
  }
  return merged;
}

/** The parts of spans that lie in a time. */
export const clipped = (spans: readonly Span[], { fromMs, untilMs }: Span): Span[] =>
  spans
    .filter((span) => span.fromMs < untilMs && span.untilMs > fromMs)
    .map((span) => ({ fromMs: Math.max(fromMs, span.fromMs), untilMs: Math.min(untilMs, span.untilMs) }));

const lengthMs = (spans: readonly Span[]) => spans.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0);

const covers = (spans: readonly Span[], atMs: number) =>
  spans.some(({ fromMs, untilMs }) => fromMs <= atMs && atMs < untilMs);

/** Seats in force at a moment; none before the first step. */
export const seatsAt = (steps: readonly SeatsFrom[], atMs: number): number =>
  steps.findLast(({ fromMs }) => fromMs <= atMs)?.seats ?? 0;

/**
 * Under what a pool's day is counted, as the moments at which it changes.
 *
 * @param gaps     merged
 * @param capacity ascending
 */
export function dayConditions(day: LocalDay, gaps: readonly Span[], capacity: readonly SeatsFrom[]): DayConditions {
  const whole = { fromMs: day.startMs, untilMs: day.endMs };
  const dayGaps = clipped(gaps, whole);
  const working = day.working ? clipped([day.working], whole) : [];
  const steps = [
    { fromMs: day.startMs, seats: seatsAt(capacity, day.startMs) },
    ...capacity.filter(({ fromMs }) => fromMs > day.startMs && fromMs < day.endMs),
  ];
  const moments = new Set([
    ...steps.map(({ fromMs }) => fromMs),
    ...[...dayGaps, ...working].flatMap(({ fromMs, untilMs }) => [fromMs, untilMs]),
  ]);
  const workingMs = lengthMs(working);
  return {
    changes: [...moments]
      .filter((fromMs) => fromMs < day.endMs)
      .sort((one, other) => one - other)
      .map((fromMs) => ({
        fromMs,
        metered: !covers(dayGaps, fromMs),
        working: covers(working, fromMs),
        capacity: seatsAt(steps, fromMs),
      })),
    gaps: dayGaps,
    gapMs: lengthMs(dayGaps),
    workingMs,
    coveredWorkingMs: workingMs - lengthMs(working.flatMap((span) => clipped(dayGaps, span))),
    capacity: steps,
  };
}
