import type { DepartmentUse } from "./usage.ts";

/**
 * Seat time by department. Each department's own sum is brought up to date only when its seats change, from two clocks
 * of the pool: metered time, and metered time while the pool was busy.
 */
export class DepartmentTally {
  readonly #names: readonly string[];
  readonly #held: Float64Array;
  readonly #meteredMs: Float64Array;
  readonly #busyMs: Float64Array;
  readonly #seatMs: Float64Array;
  readonly #busySeatMs: Float64Array;
  readonly #launches: Uint32Array;

  constructor(names: readonly string[]) {
    this.#names = names;
    this.#held = new Float64Array(names.length);
    this.#meteredMs = new Float64Array(names.length);
    this.#busyMs = new Float64Array(names.length);
    this.#seatMs = new Float64Array(names.length);
    this.#busySeatMs = new Float64Array(names.length);
    this.#launches = new Uint32Array(names.length);
  }

  move(department: number, seats: number, meteredMs: number, busyMs: number): void {
    const held = this.#held[department]!;
    this.#seatMs[department]! += held * (meteredMs - this.#meteredMs[department]!);
    this.#busySeatMs[department]! += held * (busyMs - this.#busyMs[department]!);
    this.#meteredMs[department] = meteredMs;
    this.#busyMs[department] = busyMs;
    this.#held[department] = held + seats;
  }

  launch(department: number): void {
    this.#launches[department]! += 1;
  }

  /** What came together since the last time, by name, in the order of the alphabet. */
  take(meteredMs: number, busyMs: number): Record<string, DepartmentUse> {
    const uses: Record<string, DepartmentUse> = {};
    for (const [i, name] of this.#names.entries()) {
      this.move(i, 0, meteredMs, busyMs);
      const use = { seatMs: this.#seatMs[i]!, busySeatMs: this.#busySeatMs[i]!, launches: this.#launches[i]! };
      if (use.seatMs > 0 || use.launches > 0) uses[name] = use;
      this.#seatMs[i] = 0;
      this.#busySeatMs[i] = 0;
      this.#launches[i] = 0;
    }
    return uses;
  }
}
