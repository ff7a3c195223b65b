import { NO_POOL } from "../domain/names.ts";

/** A checkout that is not answered yet. */
export interface UnderWay {
  answer?: Promise<unknown>;
}

interface Known {
  leaseId: string;
  /**
   * The pools asked for it, the last one being where it lives; the others keep a note that leads there. None until its
   * first checkout is answered.
   */
  pools: readonly string[];
  /** The device that it counts for, folded. */
  device: string;
  /** A whole number, which takes no memory of its own. */
  heardSeconds: number;
  underWay: UnderWay | undefined;
}

const MOST = 1_000_000;
const LOOKED_AT_PER_LEASE = 2;
const NO_POOLS: readonly string[] = [];

/**
 * What this daemon has heard of leases: enough to send a heartbeat to the right pool, and to see when one device has too
 * many. Only a short cut: the ledger has the truth, and what is not found here is looked up there. A lease of which
 * nothing is heard for its ttl is forgotten.
 *
 * One map for all that is known of a lease: V8 drags much of what a map forgets along until the next full collection,
 * which for a second map of the checkouts under way was 5 % of what a message costs.
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
  #round: Iterator<Known> = this.#leases.values();
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
    return known && known.pools !== NO_POOLS && !this.#abandoned(known, this.#seconds()) ? known.pools : undefined;
  }

  /** The device that it counts for, folded. */
  deviceOf(leaseId: string): string | undefined {
    return this.#leases.get(leaseId)?.device;
  }

  /** The last checkout of this lease that is not answered. */
  underWay(leaseId: string): UnderWay | undefined {
    return this.#leases.get(leaseId)?.underWay;
  }

  /** Whether the device may have this lease and yet no more than `most`. */
  admits(leaseId: string, device: string, most: number): boolean {
    if (this.#leases.has(leaseId) || this.#count(device) < most) return true;
    this.#forgetAbandoned();
    return this.#count(device) < most;
  }

  /**
   * A checkout begins.
   *
   * @returns whether the lease is new here
   */
  ask(leaseId: string, device: string, underWay: UnderWay): boolean {
    const known = this.#leases.get(leaseId);
    if (known) known.underWay = underWay;
    else this.#add({ leaseId, pools: NO_POOLS, device, heardSeconds: this.#seconds(), underWay });
    return !known;
  }

  /** It is answered. */
  answered(leaseId: string, underWay: UnderWay) {
    const known = this.#leases.get(leaseId);
    if (known?.underWay === underWay) known.underWay = undefined;
  }

  hold(leaseId: string, device: string, pools: readonly string[]) {
    const known = this.#leases.get(leaseId);
    const heardSeconds = this.#seconds();
    if (known) {
      known.pools = this.#way(pools);
      known.heardSeconds = heardSeconds;
    } else this.#add({ leaseId, pools: this.#way(pools), device, heardSeconds, underWay: undefined });
  }

  forget(leaseId: string) {
    const known = this.#leases.get(leaseId);
    if (!known) return;
    this.#leases.delete(leaseId);
    const left = this.#count(known.device) - 1;
    if (left > 0) this.#counts.set(known.device, left);
    else this.#counts.delete(known.device);
  }

  #add(known: Known) {
    this.#lookAround(known.heardSeconds);
    this.#leases.set(known.leaseId, known);
    this.#counts.set(known.device, this.#count(known.device) + 1);
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

  #abandoned({ pools, heardSeconds }: Known, nowSeconds: number) {
    return (nowSeconds - heardSeconds) * 1000 > this.#ttlMs(pools.at(-1) ?? NO_POOL);
  }

  #lookAround(nowSeconds: number) {
    for (let looked = 0; looked < LOOKED_AT_PER_LEASE; looked++) {
      const next = this.#round.next();
      if (next.done) {
        this.#round = this.#leases.values();
        break;
      }
      if (this.#abandoned(next.value, nowSeconds)) this.forget(next.value.leaseId);
    }
    if (this.#leases.size >= MOST) this.forget(this.#leases.keys().next().value as string);
  }

  /** Once a second at most: a device that keeps asking for too many must not keep us busy. */
  #forgetAbandoned() {
    const nowSeconds = this.#seconds();
    if (this.#cleanedSeconds === nowSeconds) return;
    this.#cleanedSeconds = nowSeconds;
    for (const known of this.#leases.values()) if (this.#abandoned(known, nowSeconds)) this.forget(known.leaseId);
  }

  #seconds() {
    return Math.floor(this.#now() / 1000);
  }
}
