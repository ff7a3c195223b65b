import { folded, NO_POOL } from "../domain/names.ts";
import { nearName } from "./near-name.ts";
import type { Draft } from "./options-draft.ts";
import type { Feature } from "./options-statements.ts";

/** Which pool counts the seats of a feature: its product's, or one that is proposed. */
export class OptionsPools {
  readonly #draft: Draft;
  readonly #owner: string;
  readonly #known = new Map<string, string>();

  /** @param owner of the products that are proposed */
  constructor(draft: Draft, owner: string) {
    this.#draft = draft;
    this.#owner = owner;
  }

  /** Those of every feature that was asked for, in that order. */
  get all(): readonly string[] {
    return [...new Set(this.#known.values())];
  }

  /** @returns the pool; or why there is none */
  of({ written, name, qualifier }: Feature, line: number): { pool: string } | { why: string } {
    // Who wants a part of the licences apart gives it a product of its own that lists the part by its name.
    if (qualifier !== undefined && this.#productOf(written) === undefined) {
      const part = `${qualifier} is a part of ${name}'s licences, and a pool has no parts`;
      return { why: `${part}: give it a pool of its own, and its product flexnet: ["${written}"]` };
    }
    const feature = qualifier === undefined ? name : written;
    const pool = this.#known.get(feature) ?? this.#find(feature, line);
    this.#known.set(feature, pool);
    return { pool };
  }

  #productOf(feature: string): string | undefined {
    const products = Object.entries(this.#draft.register?.products ?? {});
    const lists = (same: (one: string) => boolean) => products.find(([, { flexnet }]) => flexnet.some(same))?.[0];
    return lists((one) => one === feature) ?? lists((one) => folded(one) === folded(feature));
  }

  #find(feature: string, line: number): string {
    const { register } = this.#draft;
    const listed = this.#productOf(feature);
    const product = listed ?? this.#named(register?.products, feature);
    if (product === undefined) return this.#propose(feature, line);
    const [pool = "", ...others] = register!.products[product]!.pools;
    const remark = (text: string) => this.#draft.remark(line, text);
    if (listed === undefined)
      remark(`${feature} is taken for the product of that name, which does not list it in flexnet`);
    if (others.length > 0)
      remark(`rules are written for ${pool}, the first pool of ${product}, and not for ${others.join(", ")}`);
    const sharing = Object.entries(register!.products).filter(
      ([name, { pools }]) => name !== product && pools.includes(pool),
    );
    if (sharing.length > 0) {
      remark(
        `${pool} has the seats of ${sharing.map(([name]) => name).join(", ")} too: its rules apply to them as well`,
      );
    }
    return pool;
  }

  /** A pool of the feature's name without a product that lists it is taken, too. */
  #propose(feature: string, line: number): string {
    const { register, products, pools } = this.#draft;
    const existing = this.#named(register?.pools, feature);
    const taken = (names: object, aliases: readonly { aliases: string[] }[]) =>
      new Set([...Object.keys(names), ...aliases.flatMap((one) => one.aliases)].map(folded));
    const takenProducts = taken(register?.products ?? {}, Object.values(register?.products ?? {}));
    const takenPools = taken(register?.pools ?? {}, Object.values(register?.pools ?? {}));
    for (const name of products.keys()) takenProducts.add(folded(name));
    for (const name of pools.keys()) takenPools.add(folded(name));
    const free = (name: string) => !takenProducts.has(name) && (existing !== undefined || !takenPools.has(name));
    const name = nearName(feature, (one) => one === NO_POOL || !free(one), "feature");
    const pool = existing ?? name;
    products.set(name, {
      value: { name: feature, owner: this.#owner, flexnet: [feature], pools: [pool] },
      lines: [line],
    });
    this.#draft.pool(pool);
    if (name !== feature) this.#draft.remark(line, `the feature ${feature} is called ${name} here`);
    if (existing === undefined)
      this.#draft.remark(line, `the pool ${pool} is new: without its entitlements it has no seats`);
    else this.#draft.remark(line, `${feature} is taken for the pool of that name, and a product is proposed for it`);
    return pool;
  }

  #named(parts: Record<string, { aliases: string[] }> | undefined, feature: string): string | undefined {
    return Object.entries(parts ?? {}).find(([name, { aliases }]) =>
      [name, ...aliases].some((one) => folded(one) === folded(feature)),
    )?.[0];
  }
}
