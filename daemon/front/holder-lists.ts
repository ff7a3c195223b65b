import type { LiveLease } from "../ledger/answers.ts";
import type { Ledger } from "../ledger/ledger.ts";

const MOST = 20;

export type HolderLine = Pick<LiveLease, "user" | "device" | "sinceMs">;

/**
 * Who has the seats of a pool, for those who are denied one and may know. A full pool denies many at once, so all who
 * ask while it is being read get the same list.
 */
export class HolderLists {
  readonly #ledger: Pick<Ledger, "leases">;
  readonly #underWay = new Map<string, Promise<HolderLine[]>>();

  constructor(ledger: Pick<Ledger, "leases">) {
    this.#ledger = ledger;
  }

  /** Those who have had theirs the longest first; not all of a large pool. */
  of(pool: string): Promise<HolderLine[]> {
    const found = this.#underWay.get(pool);
    if (found) return found;
    const reading = this.#read(pool).finally(() => this.#underWay.delete(pool));
    this.#underWay.set(pool, reading);
    return reading;
  }

  async #read(pool: string): Promise<HolderLine[]> {
    const { items } = await this.#ledger.leases(pool);
    return items
      .sort((one: LiveLease, other: LiveLease) => one.sinceMs - other.sinceMs)
      .slice(0, MOST)
      .map(({ user, device, sinceMs }) => ({ user, device, sinceMs }));
  }
}
