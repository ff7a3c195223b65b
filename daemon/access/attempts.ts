const MOST_FAILURES = 10;
const WINDOW_MS = 60_000;
const MOST_ADDRESSES = 10_000;

/** Failed sign-ins of the last minute by address, so that nobody goes on guessing. */
export class Attempts {
  readonly #failures = new Map<string, { count: number; untilMs: number }>();

  mayTry(address: string, nowMs: number): boolean {
    const failures = this.#failures.get(address);
    return !failures || nowMs >= failures.untilMs || failures.count < MOST_FAILURES;
  }

  failed(address: string, nowMs: number) {
    const failures = this.#failures.get(address);
    if (failures && nowMs < failures.untilMs) {
      failures.count += 1;
      return;
    }
    if (this.#failures.size >= MOST_ADDRESSES) this.#forget(nowMs);
    this.#failures.set(address, { count: 1, untilMs: nowMs + WINDOW_MS });
  }

  #forget(nowMs: number) {
    for (const [address, { untilMs }] of this.#failures) if (nowMs >= untilMs) this.#failures.delete(address);
    const [oldest] = this.#failures.keys();
    if (oldest !== undefined && this.#failures.size >= MOST_ADDRESSES) this.#failures.delete(oldest);
  }
}
