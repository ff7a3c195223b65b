import type { Message } from "../daemon/protocol/messages.ts";

/** A daemon that repeats itself is exact to this; a countdown that was put off ends later than that. */
const REPEATED_WITHIN_MS = 5_000;
/** A lease that is found gone so long after its countdown was over ended by that, and not because it expired. */
const EXPLAINS_MS = 2 * 60_000;

/** When a lease is to be reclaimed, as far as the daemon has told. */
export class Countdown {
  #endsAtMs: number | undefined;

  /** @returns whether the person does not know it yet: a daemon repeats it with each heartbeat */
  hear({ graceMs }: Message<"reclaiming">, nowMs = performance.now()): boolean {
    const endsAtMs = nowMs + graceMs;
    const known = this.#endsAtMs !== undefined && Math.abs(endsAtMs - this.#endsAtMs) < REPEATED_WITHIN_MS;
    this.#endsAtMs = endsAtMs;
    return !known;
  }

  /** Whether it is why the lease has gone: one that was called off says nothing of what happens an hour later. */
  explains(nowMs = performance.now()): boolean {
    if (this.#endsAtMs === undefined) return false;
    return nowMs > this.#endsAtMs - REPEATED_WITHIN_MS && nowMs < this.#endsAtMs + EXPLAINS_MS;
  }

  over(): void {
    this.#endsAtMs = undefined;
  }
}
