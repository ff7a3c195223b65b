/**
 * Counts by pool and one more label, in plain numbers: a launch adds to it in nanoseconds, and the metrics library
 * hears of it when somebody scrapes.
 */
export class Tally<Label extends string> {
  readonly #pools = new Map<string, Record<string, number>>();
  readonly #labels: readonly Label[];

  constructor(labels: readonly Label[]) {
    this.#labels = labels;
  }

  add(pool: string, label: Label, count = 1): void {
    const counts = this.#pools.get(pool) ?? this.#start(pool);
    counts[label] = (counts[label] ?? 0) + count;
  }

  /** Every pool named, each label at 0 where nothing happened. Pools that are not named are forgotten. */
  *of(pools: readonly string[]): Generator<{ pool: string; label: Label; count: number }> {
    const named = new Set(pools);
    for (const pool of this.#pools.keys()) if (!named.has(pool)) this.#pools.delete(pool);
    for (const pool of named) {
      const counts = this.#pools.get(pool) ?? {};
      for (const label of this.#labels) yield { pool, label, count: counts[label] ?? 0 };
    }
  }

  #start(pool: string) {
    const counts: Record<string, number> = {};
    this.#pools.set(pool, counts);
    return counts;
  }
}
