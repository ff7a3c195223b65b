interface Known {
  /** The pools asked for it, the last one being where it lives; the others keep a note that leads there. */
  pools: readonly string[];
  /** The device that it counts for, folded. */
  device: string;
  /** A whole number, which takes no memory of its own. */
  heardSeconds: number;
}

const MOST = 1_000_000;
const LOOKED_AT_PER_LEASE = 2;

/**
 * What this daemon has heard of leases: enough to send a heartbeat to the right pool, and to see when one device has too
 * many. Only a short cut: the ledger has the truth, and what is not found here is looked up there. A lease of which
 * nothing is heard for its ttl is forgotten.
 */
export class KnownLeases {
  readonly #ttlMs: (pool: string) => number;
  readonly #now: () => number;
  readonly #leases = new Map<string, Known>();
  /** Leases by device. */
  readonly #counts = new Map<string, number>();
  /** One list of pools for all leases that took the same way. */
  readonly #ways = new Map<string, readonly string[]>();
  /** Goes round all leases, two steps for each new one, so that what was abandoned does not pile up. */
  #round: Iterator<[string, Known]> = this.#leases.entries();
  #cleanedSeconds = 0;

  constructor(ttlMs: (pool: string) => number, now: () => number) {
    this.#ttlMs = ttlMs;
    this.#now = now;
  }

  get size() {
    return this.#leases.size;
  }

  poolsOf(leaseId: string): readonly string[] | undefined {
    const known = this.#leases.get(leaseId);
    return known && !this.#abandoned(known) ? known.pools : undefined;
  }

  /** Whether the device may have this lease and yet no more than `most`. */
  admits(leaseId: string, device: string, most: number): boolean {
    if (this.#leases.has(leaseId) || this.#count(device) < most) return true;
    this.#forgetAbandoned();
    return this.#count(device) < most;
  }

  /** @returns whether the lease is new here */
  hold(leaseId: string, device: string, pools: readonly string[]): boolean {
    const known = this.#leases.get(leaseId);
    if (known) {
      known.pools = this.#way(pools);
      known.heardSeconds = this.#seconds();
      return false;
    }
    this.#lookAround();
    this.#leases.set(leaseId, { pools: this.#way(pools), device, heardSeconds: this.#seconds() });
    this.#counts.set(device, this.#count(device) + 1);
    return true;
  }

  forget(leaseId: string) {
    const known = this.#leases.get(leaseId);
    if (!known) return;
    this.#leases.delete(leaseId);
    const left = this.#count(known.device) - 1;
    if (left > 0) this.#counts.set(known.device, left);
    else this.#counts.delete(known.device);
  }

  #count(device: string) {
    return this.#counts.get(device) ?? 0;
  }

  #way(pools: readonly string[]): readonly string[] {
    const key = pools.length === 1 ? (pools[0] as string) : pools.join(" ");
    let way = this.#ways.get(key);
    if (!way) {
      way = [...pools];
      this.#ways.set(key, way);
    }
    return way;
  }

  #abandoned({ pools, heardSeconds }: Known) {
    return (this.#seconds() - heardSeconds) * 1000 > this.#ttlMs(pools.at(-1) as string);
  }

  #lookAround() {
    for (let looked = 0; looked < LOOKED_AT_PER_LEASE; looked++) {
      const next = this.#round.next();
      if (next.done) {
        this.#round = this.#leases.entries();
        break;
      }
      const [leaseId, known] = next.value;
      if (this.#abandoned(known)) this.forget(leaseId);
    }
    if (this.#leases.size >= MOST) this.forget(this.#leases.keys().next().value as string);
  }

  /** Once a second at most: a device that keeps asking for too many must not keep us busy. */
  #forgetAbandoned() {
    if (this.#cleanedSeconds === this.#seconds()) return;
    this.#cleanedSeconds = this.#seconds();
    for (const [leaseId, known] of this.#leases) if (this.#abandoned(known)) this.forget(leaseId);
  }

  #seconds() {
    return Math.floor(this.#now() / 1000);
  }
}
