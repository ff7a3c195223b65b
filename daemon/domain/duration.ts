const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A hundred years: nobody means more, and every sum with a moment stays a whole number. */
const LONGEST_MS = 36_525 * UNIT_MS.d;

export const DURATION_PATTERN = /^(\d{1,10})([smhd])$/;

/**
 * A length as files and commands write it: `90s`, `30m`, `8h`, `14d`.
 *
 * @returns milliseconds; undefined where the text is none, or longer than a hundred years
 */
export function readDuration(text: string): number | undefined {
  const [, count, unit] = DURATION_PATTERN.exec(text) ?? [];
  if (!count || !unit) return undefined;
  const lengthMs = Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  return lengthMs <= LONGEST_MS ? lengthMs : undefined;
}

/** The same length in its largest whole unit: `90s`, but `2m` rather than `120s`. */
export function durationAsText(lengthMs: number): string {
  for (const unit of ["d", "h", "m"] as const) {
    if (lengthMs > 0 && lengthMs % UNIT_MS[unit] === 0) return `${lengthMs / UNIT_MS[unit]}${unit}`;
  }
  return `${lengthMs / UNIT_MS.s}s`;
}
