import type { Operation } from "./history-checker.ts";

const SLOWEST_MS = 60_000;

/** What a fleet has seen so far, in bounded memory. */
export class FleetCounts {
  checkouts = 0;
  granted = 0;
  denied = 0;
  heartbeats = 0;
  checkins = 0;
  lost = 0;
  unknown = 0;
  reconnects = 0;
  /** Leases held now, and most of them at once, as the shims know it. */
  held = 0;
  mostHeld = 0;
  /** What the daemon said when it could not answer, the first of it. */
  firstFailure: string | undefined;
  /** Checkouts that were answered, by milliseconds. */
  readonly #answeredMs = new Uint32Array(SLOWEST_MS + 1);

  count({ op, res, t0, t1 }: Omit<Operation, "line">) {
    this[`${op}s`] += 1;
    if (res === "lost" || res === "unknown") this[res] += 1;
    if (op !== "checkout" || res === "unknown") return;
    if (res === "ok") this.granted += 1;
    if (res === "full") this.denied += 1;
    const slot = Math.min(Math.ceil(t1 - t0), SLOWEST_MS);
    this.#answeredMs[slot] = this.#answeredMs[slot]! + 1;
  }

  holds(change: 1 | -1) {
    this.held += change;
    this.mostHeld = Math.max(this.mostHeld, this.held);
  }

  summary() {
    const { checkouts, granted, denied, heartbeats, checkins, lost, unknown, reconnects, mostHeld } = this;
    const checkoutMs = { p50: this.#within(0.5), p99: this.#within(0.99), max: this.#within(1) };
    return { checkouts, granted, denied, heartbeats, checkins, lost, unknown, reconnects, mostHeld, checkoutMs };
  }

  /** So many milliseconds were enough for this share of the answers, rounded up. */
  #within(share: number): number {
    const all = this.#answeredMs.reduce((sum, count) => sum + count, 0);
    let counted = 0;
    for (const [ms, count] of this.#answeredMs.entries()) {
      counted += count;
      if (counted > 0 && counted >= share * all) return ms;
    }
    return 0;
  }
}
