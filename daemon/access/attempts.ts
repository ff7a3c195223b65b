import { subscriberOf } from "../domain/site.ts";

const MOST_ADDRESSES = 10_000;
const SIGN_INS = { most: 10, windowMs: 60_000 };

/** What failed in the last while, by who tried, so that nobody goes on guessing. */
export class Attempts {
  readonly #most: number;
  readonly #windowMs: number;
  readonly #failures = new Map<string, { count: number; untilMs: number }>();

  constructor({ most, windowMs } = SIGN_INS) {
    this.#most = most;
    this.#windowMs = windowMs;
  }

  mayTry(address: string, nowMs: number): boolean {
    const failures = this.#failures.get(address);
    return !failures || nowMs >= failures.untilMs || failures.count < this.#most;
  }

  failed(address: string, nowMs: number) {
    const failures = this.#failures.get(address);
    if (failures && nowMs < failures.untilMs) {
      failures.count += 1;
      return;
    }
    if (this.#failures.size >= MOST_ADDRESSES) this.#forget(nowMs);
    this.#failures.set(address, { count: 1, untilMs: nowMs + this.#windowMs });
  }

  #forget(nowMs: number) {
    for (const [address, { untilMs }] of this.#failures) if (nowMs >= untilMs) this.#failures.delete(address);
    const [oldest] = this.#failures.keys();
    if (oldest !== undefined && this.#failures.size >= MOST_ADDRESSES) this.#failures.delete(oldest);
  }
}

/** The same by where it came from: sign-ins of the last minute, if nothing else is said. */
export class AttemptsByAddress extends Attempts {
  override mayTry(address: string, nowMs: number): boolean {
    return super.mayTry(subscriberOf(address), nowMs);
  }

  override failed(address: string, nowMs: number) {
    super.failed(subscriberOf(address), nowMs);
  }
}
