import type { Checkout, Surroundings } from "./keep-alive.ts";

/** Written down so often while it lasts, for the case that we are killed. */
const WRITTEN_EVERY_MS = 20_000;

/**
 * What a running program uses without any daemon hearing of it: from when on, and kept in the journal for as long as that
 * lasts. A disk that is full, or a folder that cannot be written, costs the record and never the launch; it is said once.
 */
export class UnheardUse {
  readonly #checkout: Checkout;
  readonly #around: Pick<Surroundings, "journal" | "tell" | "called">;
  #sinceMs: number | undefined;
  #reason = "unreachable";
  #writtenAtMs = 0;
  #complained = false;
  #isOver = false;

  constructor(checkout: Checkout, around: Pick<Surroundings, "journal" | "tell" | "called">) {
    this.#checkout = checkout;
    this.#around = around;
  }

  /**
   * Nobody answers, or nobody yet.
   *
   * @param sinceMs when it was last heard of; of no account where it lasts already
   * @param reason  the code of the error
   */
  lasts(sinceMs: number, reason: string): void {
    // What is still asked when the program has ended is not answered any more.
    if (this.#isOver) return;
    const nowMs = Date.now();
    if (this.#sinceMs === undefined) {
      this.#sinceMs = sinceMs;
      this.#reason = reason;
      this.#writtenAtMs = 0;
    }
    // A clock that was set back must not keep it from being written, either.
    if (Math.abs(nowMs - this.#writtenAtMs) >= WRITTEN_EVERY_MS) this.#write({ pid: process.pid });
  }

  /** A daemon knows of all of it. */
  isHeard(): void {
    if (this.#sinceMs === undefined || this.#isOver) return;
    this.#sinceMs = undefined;
    this.#around.journal.forget([this.#checkout.leaseId]);
  }

  /** The program has ended, and no daemon knows since when. */
  isOver(why?: "program_exited" | "program_crashed"): void {
    if (this.#sinceMs !== undefined && !this.#isOver) this.#write(why ? { why } : {});
    this.#isOver = true;
  }

  #write(how: { pid?: number; why?: "program_exited" | "program_crashed" }): void {
    const { leaseId: id, product, user, version, seats } = this.#checkout;
    const nowMs = Date.now();
    const startedAtMs = Math.min(this.#sinceMs ?? nowMs, nowMs);
    const launch = {
      id,
      product,
      user,
      ...(version !== undefined && { version }),
      ...(seats !== undefined && { seats }),
    };
    try {
      const dropped = this.#around.journal.keep({
        ...launch,
        startedAtMs,
        untilMs: nowMs,
        reason: this.#reason,
        ...how,
      });
      this.#writtenAtMs = nowMs;
      if (dropped > 0) {
        this.#around.tell(
          `so much has run without the licence service that the oldest ${dropped} in the journal are dropped.`,
        );
      }
    } catch (error) {
      if (!this.#complained) {
        const why = (error as Error).message;
        this.#around.tell(
          `what ${this.#around.called()} uses without the licence service cannot be written down (${why}): make room there.`,
        );
      }
      this.#complained = true;
    }
  }
}
