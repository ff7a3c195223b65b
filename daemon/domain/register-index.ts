import { type CapacityStep, capacityAt, capacitySteps } from "./capacity.ts";
import { SeatmeterError } from "./errors.ts";
import { folded } from "./names.ts";
import { PeopleIndex, type Person } from "./people.ts";
import type { Register } from "./register.ts";
import { siteFinder } from "./site.ts";

/** What a pool that left the register still tells the leases that it holds. */
const LEASE_OF_NO_POOL = { ttlMs: 60_000, heartbeatEveryMs: 20_000 };
const REMEMBERED_ADDRESSES = 20_000;
const POOLS_NAMED = 20;

const indexes = new WeakMap<Register, RegisterIndex>();

/** The index of a register, made once for as long as it is in force. */
export function indexOf(register: Register): RegisterIndex {
  const found = indexes.get(register) ?? new RegisterIndex(register);
  indexes.set(register, found);
  return found;
}

/**
 * A pool's present name, by whichever it is asked for.
 *
 * Errors: SeatmeterError not_found, with the names that there are.
 */
export function knownPool(register: Register, asked: string): string {
  const pool = indexOf(register).pool(asked);
  if (pool !== undefined) return pool;
  const names = Object.keys(register.pools);
  const more = names.length > POOLS_NAMED ? ` and ${names.length - POOLS_NAMED} more` : "";
  const known = names.slice(0, POOLS_NAMED).join(", ") || "none";
  throw new SeatmeterError("not_found", `the register has no pool ${asked}; there are: ${known}${more}`);
}

/** What every launch asks of a register, ready to be looked up. */
export class RegisterIndex {
  readonly #products: ReadonlyMap<string, string>;
  readonly #pools: ReadonlyMap<string, string>;
  readonly #people: PeopleIndex;
  readonly #steps = new Map<string, CapacityStep[]>();
  readonly #findSite: (address: string) => string;
  readonly #sites = new Map<string, string>();
  readonly #register: Register;
  readonly #productsOfPools = new Map<string, string[]>();
  /** How long a lease can live unheard, in whichever pool, those that left the register included. */
  readonly longestTtlMs: number;

  constructor(register: Register) {
    this.#register = register;
    this.longestTtlMs = Object.values(register.pools).reduce(
      (longest, { ttlMs }) => Math.max(longest, ttlMs),
      LEASE_OF_NO_POOL.ttlMs,
    );
    for (const pool of Object.keys(register.pools)) this.#productsOfPools.set(pool, []);
    for (const [product, { pools }] of Object.entries(register.products))
      for (const pool of pools) this.#productsOfPools.get(pool)?.push(product);
    this.#products = namesOf(register.products);
    this.#pools = namesOf(register.pools);
    this.#people = new PeopleIndex(register);
    this.#findSite = siteFinder(register.sites);
  }

  /** The product of that name or alias, without regard to case. */
  product(name: string): string | undefined {
    return this.#products.get(folded(name));
  }

  /** The pool of that name or alias, without regard to case. */
  pool(name: string): string | undefined {
    return this.#pools.get(folded(name));
  }

  /** The products that take seats of the pool, in the register's order. */
  productsOf(pool: string): readonly string[] {
    return this.#productsOfPools.get(pool) ?? [];
  }

  /** Who somebody was at that moment. */
  person(user: string, atMs: number): Person {
    return this.#people.person(user, atMs);
  }

  /** Name of the site, or ELSEWHERE. */
  siteOf(address: string): string {
    const known = this.#sites.get(address);
    if (known !== undefined) return known;
    if (this.#sites.size >= REMEMBERED_ADDRESSES) this.#sites.clear();
    const site = this.#findSite(address);
    this.#sites.set(address, site);
    return site;
  }

  leaseOf(pool: string): { ttlMs: number; heartbeatEveryMs: number } {
    return this.#register.pools[pool] ?? LEASE_OF_NO_POOL;
  }

  /** The pool's capacity as dated steps; a pool that left the register has none. */
  steps(pool: string): readonly CapacityStep[] {
    let steps = this.#steps.get(pool);
    if (!steps) {
      const { entitlements = [], reservations = [] } = this.#register.pools[pool] ?? {};
      steps = capacitySteps(entitlements, this.#register.timezone, reservations);
      this.#steps.set(pool, steps);
    }
    return steps;
  }

  stepAt(pool: string, atMs: number): CapacityStep {
    return capacityAt(this.steps(pool), atMs);
  }
}

/** A name wins over another one's alias. */
function namesOf(named: Record<string, { aliases: string[] }>): ReadonlyMap<string, string> {
  const entries = Object.entries(named);
  return new Map([
    ...entries.flatMap(([name, { aliases }]) => aliases.map((alias) => [folded(alias), name] as const)),
    ...entries.map(([name]) => [folded(name), name] as const),
  ]);
}
