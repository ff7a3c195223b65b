import { folded, NO_POOL } from "../domain/names.ts";
import type { Register } from "../domain/register.ts";
import { nearName } from "./near-name.ts";

export interface Counted {
  product: string;
  pool: string;
  /** Whether the register lists the name, or has a product or pool of it. */
  known: boolean;
}

/**
 * In which pool a launch is counted: that of the product that lists one of its names in `flexnet: [..]`, else of the
 * product, or the pool, of its name, else one named after the feature.
 */
export class FlexnetPools {
  readonly #register: Register | undefined;
  readonly #known = new Map<string, Counted>();
  readonly #taken: Set<string>;

  constructor(register: Register | undefined) {
    this.#register = register;
    const named = [...Object.entries(register?.products ?? {}), ...Object.entries(register?.pools ?? {})];
    this.#taken = new Set([NO_POOL, ...named.flatMap(([name, { aliases }]) => [name, ...aliases])].map(folded));
  }

  /** @param names the feature that counts first, then those that came with it */
  of(names: readonly string[]): Counted {
    const key = names.join("\u001f");
    const counted = this.#known.get(key) ?? this.#find(names);
    this.#known.set(key, counted);
    return counted;
  }

  #find(names: readonly string[]): Counted {
    const products = Object.entries(this.#register?.products ?? {});
    const lists = (same: (one: string, name: string) => boolean) =>
      names
        .map((name) => products.find(([, { flexnet }]) => flexnet.some((one) => same(one, name))))
        .find((found) => found !== undefined);
    const [feature = ""] = names;
    const listed =
      lists((one, name) => one === name) ??
      lists((one, name) => folded(one) === folded(name)) ??
      this.#named(this.#register?.products, feature);
    if (listed) return { product: listed[0], pool: listed[1].pools[0] ?? listed[0], known: true };
    const pool = this.#named(this.#register?.pools, feature)?.[0];
    const own = this.#ownNameOf(feature);
    return { product: own, pool: pool ?? own, known: pool !== undefined };
  }

  #ownNameOf(feature: string): string {
    const known = this.#known.get(`name ${feature}`)?.product;
    if (known !== undefined) return known;
    const name = nearName(feature, (one) => this.#taken.has(one), "feature");
    this.#taken.add(folded(name));
    this.#known.set(`name ${feature}`, { product: name, pool: name, known: false });
    return name;
  }

  #named<Part extends { aliases: string[] }>(parts: Record<string, Part> | undefined, feature: string) {
    return Object.entries(parts ?? {}).find(([name, { aliases }]) =>
      [name, ...aliases].some((one) => folded(one) === folded(feature)),
    );
  }
}
