import { setTimeout as delay } from "node:timers/promises";
import type { IsoDate } from "../domain/calendar.ts";
import type { Rollups } from "../history/rollups.ts";

export interface FreshnessParts {
  rollups: Pick<Rollups, "run" | "underWay">;
  now: () => number;
  /** How long somebody waits for days to be worked out. */
  patienceMs?: number;
}

/** Whoever asks about today may see what is so old. */
const FRESH_MS = 5000;
const PATIENCE_MS = 500;

/**
 * Has days worked out when they are asked for, and lets nobody wait long for it: who asks while a year of them is behind,
 * as after an import or at a first start, is answered from what there is, and told so.
 */
export class Freshness {
  readonly #rollups: Pick<Rollups, "run" | "underWay">;
  readonly #now: () => number;
  readonly #patienceMs: number;
  #freshMs = 0;
  /** What was waited for in vain: nobody waits for it a second time. */
  #late: Promise<unknown> | undefined;

  constructor({ rollups, now, patienceMs = PATIENCE_MS }: FreshnessParts) {
    this.#rollups = rollups;
    this.#now = now;
    this.#patienceMs = patienceMs;
  }

  /** Whether days are being worked out that somebody was not waiting for any more. */
  get isBehind(): boolean {
    return this.#late !== undefined;
  }

  /**
   * Days up to this one; of today everything that is recorded counts. Errors: history_unavailable
   *
   * @param isLate whether something was told of a day that is over after it was worked out
   */
  async reach(to: IsoDate, today: IsoDate, isLate: () => Promise<boolean>): Promise<void> {
    const isOver = to < today;
    const work = (isOver ? (await isLate()) && this.#rollups.run() : this.#fresher()) || this.#rollups.underWay;
    if (!work || this.#late) return;
    const done = work.then(() => true);
    const patience = new AbortController();
    const isThere = await Promise.race([
      done,
      ...(Number.isFinite(this.#patienceMs)
        ? [delay(this.#patienceMs, false, { signal: patience.signal }).catch(() => false)]
        : []),
    ]).finally(() => patience.abort());
    if (isThere) return;
    this.#late = work;
    // Whoever asks next hears what went wrong, if anything did.
    const over = () => {
      this.#late = undefined;
    };
    done.then(over, over);
  }

  #fresher(): Promise<unknown> | undefined {
    const nowMs = this.#now();
    if (nowMs - this.#freshMs < FRESH_MS) return undefined;
    this.#freshMs = nowMs;
    return this.#rollups.run();
  }
}
