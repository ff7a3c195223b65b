import type { PoolDay, Span } from "../domain/usage.ts";

/** A daemon was there at some time of the day. */
export const isMetered = ({ startMs, endMs, gapMs }: PoolDay): boolean => gapMs < endMs - startMs;

/** Share of the working hours in which a daemon was there, of 1; 1 where there are no working hours, 0 without any day. */
export function coverageOf(days: readonly PoolDay[]): number {
  if (days.length === 0) return 0;
  const workingMs = days.reduce((sum, day) => sum + day.workingMs, 0);
  const coveredMs = days.reduce((sum, day) => sum + day.coveredWorkingMs, 0);
  return workingMs === 0 ? 1 : coveredMs / workingMs;
}

/** Times without a daemon, whole: those that go on over midnight are one. */
export function outages(days: readonly Pick<PoolDay, "gaps">[]): Span[] {
  const whole: Span[] = [];
  for (const { fromMs, untilMs } of days.flatMap(({ gaps }) => gaps)) {
    const last = whole.at(-1);
    if (last?.untilMs === fromMs) last.untilMs = untilMs;
    else whole.push({ fromMs, untilMs });
  }
  return whole;
}
