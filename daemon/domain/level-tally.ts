import type { ByLevel } from "./usage.ts";

/** Levels up to here have a place of their own; those of pools with large weights go into a map. */
const DENSE = 65_536;

/** Adds up amounts by level; between two readings it remembers which levels were touched. */
export class LevelTally {
  #dense = new Float64Array(64);
  readonly #above = new Map<number, number>();
  #lowest = DENSE;
  #highest = -1;

  add(level: number, amount: number): void {
    if (level >= this.#dense.length) {
      if (level >= DENSE) {
        this.#above.set(level, (this.#above.get(level) ?? 0) + amount);
        return;
      }
      this.#grow(level);
    }
    this.#dense[level]! += amount;
    if (level < this.#lowest) this.#lowest = level;
    if (level > this.#highest) this.#highest = level;
  }

  addAll({ levels, amounts }: ByLevel, times = 1): void {
    for (let i = 0; i < levels.length; i++) this.add(levels[i]!, amounts[i]! * times);
  }

  /** What was added since the last time. */
  take(): ByLevel {
    const levels: number[] = [];
    const amounts: number[] = [];
    for (let level = this.#lowest; level <= this.#highest; level++) {
      const amount = this.#dense[level]!;
      if (amount === 0) continue;
      levels.push(level);
      amounts.push(amount);
      this.#dense[level] = 0;
    }
    for (const [level, amount] of [...this.#above].sort(([one], [other]) => one - other)) {
      if (amount === 0) continue;
      levels.push(level);
      amounts.push(amount);
    }
    this.#above.clear();
    this.#lowest = DENSE;
    this.#highest = -1;
    return { levels, amounts };
  }

  #grow(level: number) {
    const grown = new Float64Array(Math.min(DENSE, Math.max(level + 1, this.#dense.length * 2)));
    grown.set(this.#dense);
    this.#dense = grown;
  }
}
