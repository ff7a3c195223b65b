import type { Launches } from "./launches.ts";
import { TimeHeap } from "./time-heap.ts";

/**
 * What somebody does who finds no seat: goes away; tries again a few times and then goes away; or waits in a queue, first
 * in, first out.
 */
export type Refused =
  | { does: "lost" }
  | { does: "human"; triesAgainAfterMs: readonly number[] }
  | { does: "queue"; maxWaitMs: number };

const MINUTE_MS = 60_000;

export const LOST: Refused = { does: "lost" };
/** Tries again after five minutes, and after ten; all three tries are one refusal. */
export const HUMAN: Refused = { does: "human", triesAgainAfterMs: [5 * MINUTE_MS, 5 * MINUTE_MS] };
export const QUEUE: Refused = { does: "queue", maxWaitMs: 30 * MINUTE_MS };

/** How launches would have fared with so many seats; people, not tries. */
export interface Replayed {
  seats: number;
  /** Launches that asked for a seat. */
  launches: number;
  /** Those that never had one. */
  turnedAway: number;
  /** Those that had one later, and how much later, in milliseconds. */
  keptWaiting: number;
  waitedMs: number;
}

/**
 * Play a pool's launches through another number of seats. A launch that gets its seat later keeps it as long as it did.
 * Whoever is lost takes no seat, so nobody after him is refused for his sake: never more are turned away than the
 * turn-aways count.
 *
 * @see renewals.md, "replay"
 */
export function replay(launches: Launches, seats: number, refused: Refused = LOST): Replayed {
  const { startMs, asks } = launches;
  const room = new Room(launches, seats, refused);
  for (let launch = 0; launch < startMs.length; launch++) {
    room.passUntil(startMs[launch]!);
    if (asks[launch]) room.ask(launch);
    else room.enter(launch, startMs[launch]!);
  }
  room.passUntil(Number.MAX_VALUE);
  return room.replayed;
}

class Room {
  readonly replayed: Replayed;
  readonly #launches: Launches;
  readonly #refused: Refused;
  #used = 0;
  readonly #ends = new TimeHeap();
  readonly #tries = new TimeHeap();
  /** By launch: how often it tried again. */
  readonly #tried: Uint8Array;
  #waiting: number[] = [];
  #firstWaiting = 0;

  constructor(launches: Launches, seats: number, refused: Refused) {
    this.#launches = launches;
    this.#refused = refused;
    this.replayed = { seats, launches: 0, turnedAway: 0, keptWaiting: 0, waitedMs: 0 };
    this.#tried = new Uint8Array(refused.does === "human" ? launches.startMs.length : 0);
  }

  /** All that happens until then, that moment included: ends first, then those who try again or wait no longer. */
  passUntil(atMs: number): void {
    for (;;) {
      const endMs = this.#ends.nextMs;
      const tryMs = this.#tries.nextMs;
      const giveUpMs = this.#giveUpMs;
      if (Math.min(endMs, tryMs, giveUpMs) > atMs) return;
      if (endMs <= tryMs && endMs <= giveUpMs) {
        this.#used -= this.#launches.seats[this.#ends.pop()]!;
        if (this.#refused.does === "queue") this.#serve(endMs);
      } else if (giveUpMs <= tryMs) this.#giveUp(giveUpMs);
      else this.#tryAgain(this.#tries.pop(), tryMs);
    }
  }

  ask(launch: number): void {
    const { startMs, seats } = this.#launches;
    this.replayed.launches += 1;
    if (this.#waiting.length === 0 && this.#used + seats[launch]! <= this.replayed.seats)
      this.enter(launch, startMs[launch]!);
    else if (seats[launch]! > this.replayed.seats || this.#refused.does === "lost") this.replayed.turnedAway += 1;
    else if (this.#refused.does === "queue") this.#waiting.push(launch);
    else this.#later(launch, startMs[launch]!);
  }

  enter(launch: number, atMs: number): void {
    const { startMs, endMs, seats } = this.#launches;
    this.#used += seats[launch]!;
    const heldUntilMs = endMs[launch]! + atMs - startMs[launch]!;
    if (Number.isFinite(heldUntilMs)) this.#ends.push(heldUntilMs, launch);
  }

  /** When the first in the queue will have waited too long. */
  get #giveUpMs(): number {
    if (this.#refused.does !== "queue" || this.#waiting.length === 0) return Number.POSITIVE_INFINITY;
    return this.#launches.startMs[this.#waiting[this.#firstWaiting]!]! + this.#refused.maxWaitMs;
  }

  /** Who stood behind and wants fewer seats may have them now. */
  #giveUp(atMs: number) {
    this.replayed.turnedAway += 1;
    this.#firstWaiting += 1;
    this.#serve(atMs);
  }

  #tryAgain(launch: number, atMs: number) {
    if (this.#used + this.#launches.seats[launch]! <= this.replayed.seats) this.#enterLate(launch, atMs);
    else this.#later(launch, atMs);
  }

  #later(launch: number, atMs: number) {
    const again = this.#refused.does === "human" ? this.#refused.triesAgainAfterMs[this.#tried[launch]!] : undefined;
    if (again === undefined) {
      this.replayed.turnedAway += 1;
      return;
    }
    this.#tried[launch]! += 1;
    this.#tries.push(atMs + again, launch);
  }

  /** They come in, as long as the first of them fits. */
  #serve(atMs: number) {
    const { seats } = this.#launches;
    while (this.#firstWaiting < this.#waiting.length) {
      const launch = this.#waiting[this.#firstWaiting]!;
      if (this.#used + seats[launch]! > this.replayed.seats) return;
      this.#firstWaiting += 1;
      this.#enterLate(launch, atMs);
    }
    this.#waiting = [];
    this.#firstWaiting = 0;
  }

  #enterLate(launch: number, atMs: number) {
    this.replayed.keptWaiting += 1;
    this.replayed.waitedMs += atMs - this.#launches.startMs[launch]!;
    this.enter(launch, atMs);
  }
}
