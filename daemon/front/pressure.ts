import { monitorEventLoopDelay } from "node:perf_hooks";

/** How late the event loop was since it was last asked, in nanoseconds. */
export interface LoopDelay {
  readonly max: number;
  reset(): void;
  disable?(): void;
}

/** What the daemon does without while it has too much to do, beyond these delays of its event loop. */
export interface Limits {
  /** Twice in a row: no reports. */
  busyAboveMs: number;
  /** Nobody new comes in for as long as that lasts. */
  overloadedAboveMs: number;
}

const NANOSECONDS_PER_MS = 1e6;

/**
 * Whether there is too much to do, by how late the event loop is. Reports go first: nobody's seat hangs on one. A single
 * moment in which it stood still is no reason to send a person away, who would have to come again by hand; shims do by
 * themselves.
 */
export class Pressure {
  readonly #delay: LoopDelay;
  readonly #limits: Limits;
  #wasBusy = false;
  #busy = false;
  #overloaded = false;

  constructor(limits: Limits, delay: LoopDelay = measured()) {
    this.#limits = limits;
    this.#delay = delay;
  }

  /** No time for reports. */
  get busy() {
    return this.#busy;
  }

  /** Nor for anybody new. */
  get overloaded() {
    return this.#overloaded;
  }

  /** To be called as often as it shall hold. */
  look(): void {
    const lateMs = this.#delay.max / NANOSECONDS_PER_MS;
    this.#delay.reset();
    const isBusy = lateMs > Math.min(this.#limits.busyAboveMs, this.#limits.overloadedAboveMs);
    this.#busy = isBusy && this.#wasBusy;
    this.#wasBusy = isBusy;
    this.#overloaded = lateMs > this.#limits.overloadedAboveMs;
  }

  stop(): void {
    this.#delay.disable?.();
  }
}

/**
 * That of this process. Node measures from one turn of the loop to the next, and after a reset only from its first turn on:
 * where there was none since, or that one alone, the loop stood still for all of the time.
 */
export function measured(): LoopDelay {
  const delay = monitorEventLoopDelay();
  delay.enable();
  let sinceMs = performance.now();
  return {
    get max() {
      return delay.count > 0 ? delay.max : (performance.now() - sinceMs) * NANOSECONDS_PER_MS;
    },
    reset() {
      delay.reset();
      sinceMs = performance.now();
    },
    disable: () => void delay.disable(),
  };
}
