import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 250;

/** Errors: `otherwise`, where it does not hold in time. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  withinMs: number,
  otherwise = "it does not hold",
): Promise<void> {
  const lateMs = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > lateMs) throw new Error(otherwise);
    await delay(POLL_MS);
  }
}
