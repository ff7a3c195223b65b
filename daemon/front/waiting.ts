import type { Checkout, FromDaemon, Message } from "../protocol/messages.ts";
import type { Asker, Launches } from "./launches.ts";

/** Who is told how it stands: a connection, as long as it is there. */
export interface Listener {
  readonly isOpen: boolean;
  tell(message: FromDaemon): void;
}

interface Waiter {
  listener: Listener;
  asker: Asker;
  message: Checkout;
  pool: string;
  position: number;
  offered: boolean;
}

type Deciding = Pick<Launches, "standing" | "checkout">;

/**
 * Those who wait for a seat on a connection of this daemon. Whichever daemon a seat comes back to, it is the script that
 * offers it; each daemon looks once a second, and at once after an offer of its own, how it stands with its waiters, and
 * tells them what is new. It renews nobody's place: that is what heartbeats are for.
 */
export class Waiting {
  readonly #launches: Deciding;
  readonly #waiters = new Map<string, Waiter>();
  #looking = false;
  #again = false;

  constructor(launches: Deciding) {
    this.#launches = launches;
  }

  get size() {
    return this.#waiters.size;
  }

  add(listener: Listener, asker: Asker, message: Checkout, { pool, position }: Message<"queued">) {
    this.#waiters.set(message.leaseId, { listener, asker, message, pool, position, offered: false });
  }

  remove(leaseId: string) {
    this.#waiters.delete(leaseId);
  }

  /** Look how it stands with everybody, one round at a time. What the ledger does not answer is looked at the next time. */
  async look(): Promise<void> {
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#looking = true;
    try {
      do {
        this.#again = false;
        const all = [...this.#waiters].map(([leaseId, waiter]) => this.#lookAt(leaseId, waiter).catch(() => {}));
        await Promise.all(all);
      } while (this.#again);
    } finally {
      this.#looking = false;
    }
  }

  async #lookAt(leaseId: string, waiter: Waiter) {
    if (!waiter.listener.isOpen) return this.#drop(leaseId, waiter);
    const standing = await this.#launches.standing(waiter.pool, leaseId);
    // Meanwhile it may have been given up, or taken.
    if (this.#waiters.get(leaseId) !== waiter) return;
    if (standing?.type === "queued") {
      if (standing.position !== waiter.position) waiter.listener.tell(standing);
      waiter.position = standing.position;
    } else if (standing?.type === "offered") {
      if (!waiter.offered) waiter.listener.tell(standing);
      waiter.offered = true;
    } else {
      // Its time is over, or the offer lapsed: it is asked for a last time, and the answer says which.
      this.#drop(leaseId, waiter);
      const { answer } = await this.#launches.checkout(waiter.asker, { ...waiter.message, waitMs: 0 });
      waiter.listener.tell(answer);
    }
  }

  #drop(leaseId: string, waiter: Waiter) {
    if (this.#waiters.get(leaseId) === waiter) this.#waiters.delete(leaseId);
  }
}
