import type { GrantedAs, Holding } from "./usage.ts";

/** What many holdings have in common. */
export interface HoldingKind {
  seats: number;
  department: string;
  grantedAs: GrantedAs;
}

/**
 * Holdings in columns, 20 bytes each: of 20 million, objects would take two gigabytes and minutes. In no order. Its
 * arrays can be handed to another thread.
 */
export interface Holdings {
  /** Number of each holding's pool, in whatever list goes with them. */
  pool: Uint16Array;
  startMs: Float64Array;
  /** Infinity while it lasts. */
  endMs: Float64Array;
  /** Place in `kinds`. */
  kind: Uint16Array;
  kinds: readonly HoldingKind[];
}

const MOST_KINDS = 65_536;

/** Puts holdings into columns as they are read. */
export class HoldingsBuilder {
  #size = 0;
  #pool = new Uint16Array(1024);
  #startMs = new Float64Array(1024);
  #endMs = new Float64Array(1024);
  #kind = new Uint16Array(1024);
  readonly #kinds: HoldingKind[] = [];
  readonly #places = new Map<string, number>();

  add(pool: number, { startMs, endMs, ...kind }: Holding): void {
    if (this.#size === this.#pool.length) this.#grow();
    this.#pool[this.#size] = pool;
    this.#startMs[this.#size] = startMs;
    this.#endMs[this.#size] = endMs;
    this.#kind[this.#size] = this.#placeOf(kind);
    this.#size += 1;
  }

  /** What was added so far; the columns are copies. */
  holdings(): Holdings {
    return {
      pool: this.#pool.slice(0, this.#size),
      startMs: this.#startMs.slice(0, this.#size),
      endMs: this.#endMs.slice(0, this.#size),
      kind: this.#kind.slice(0, this.#size),
      kinds: this.#kinds,
    };
  }

  #placeOf({ seats, department, grantedAs }: HoldingKind): number {
    const name = `${grantedAs} ${seats} ${department}`;
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const place = this.#kinds.push({ seats, department, grantedAs }) - 1;
    if (place >= MOST_KINDS) throw new RangeError(`more than ${MOST_KINDS} kinds of holdings`);
    this.#places.set(name, place);
    return place;
  }

  #grow() {
    const grown = <Column extends Uint16Array | Float64Array>(column: Column, into: Column) => {
      into.set(column);
      return into;
    };
    const length = this.#size * 2;
    this.#pool = grown(this.#pool, new Uint16Array(length));
    this.#startMs = grown(this.#startMs, new Float64Array(length));
    this.#endMs = grown(this.#endMs, new Float64Array(length));
    this.#kind = grown(this.#kind, new Uint16Array(length));
  }
}

/** Holdings of one pool or several, in columns. */
export function holdingsOf(...pools: readonly (readonly Holding[])[]): Holdings {
  const builder = new HoldingsBuilder();
  for (const [pool, holdings] of pools.entries()) for (const holding of holdings) builder.add(pool, holding);
  return builder.holdings();
}
