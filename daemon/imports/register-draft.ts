import { isDeepStrictEqual } from "node:util";
import { folded, NO_POOL } from "../domain/names.ts";
import type { Register } from "../domain/register.ts";
import { nearName } from "./near-name.ts";
import { type Entry, MAPPING } from "./options-entries.ts";
import type { AssetRow, NotTaken } from "./register-rows.ts";

export interface RegisterDraft {
  entries: Entry[];
  notTaken: NotTaken[];
  /** How many entitlements are new, and how many the register has already. */
  added: number;
  known: number;
}

interface ProductNames {
  product: string;
  pool: string;
}

/**
 * What the rows add to a register: products, their pools, and an entitlement for each row. What the register says stays;
 * where a row says otherwise, that is told.
 *
 * @param owner of products whose rows say none
 */
export function registerDraft(rows: readonly AssetRow[], known: Register | undefined, owner: string): RegisterDraft {
  const draft: RegisterDraft = { entries: [], notTaken: [], added: 0, known: 0 };
  const products = new Map<string, ProductNames>();
  const metrics = new Map<string, string | undefined>();
  const taken = {
    products: namesIn(known?.products ?? {}),
    pools: namesIn(known?.pools ?? {}).add(folded(NO_POOL)),
    references: new Map<string, AssetRow["entitlement"]>(),
    features: new Set(Object.values(known?.products ?? {}).flatMap(({ flexnet }) => flexnet)),
  };
  for (const row of rows) {
    const key = `${folded(row.product)}\u001f${folded(row.pool ?? "")}`;
    const names = products.get(key) ?? existing(row, known) ?? propose(row);
    products.set(key, names);
    if (row.metric !== undefined && metrics.has(names.pool) && metrics.get(names.pool) !== row.metric) {
      refuse(row, `the pool ${names.pool} has another metric already`);
    }
    addEntitlement(row, names.pool);
  }
  // In the order in which a register is written.
  draft.entries.sort((one, other) => Number(one.path[0] === "pools") - Number(other.path[0] === "pools"));
  return draft;

  function refuse({ line }: AssetRow, why: string) {
    draft.notTaken.push({ line, why });
  }

  function propose(row: AssetRow): ProductNames {
    const proposed = [...products].find(([key]) => key.startsWith(`${folded(row.product)}\u001f`))?.[1].product;
    const product = proposed ?? nearName(row.product, (name) => taken.products.has(name), "product");
    const pool = poolOf(row, product);
    if (proposed === undefined) addProduct(row, product, pool);
    else draft.entries.push(entry(["products", product, "pools"], pool, row.line, true));
    return { product, pool };
  }

  function poolOf(row: AssetRow, product: string): string {
    const named = nameIn(known?.pools ?? {}, row.pool ?? "");
    if (named !== undefined) return named;
    const proposed = [...products].find(([key]) => row.pool && key.endsWith(`\u001f${folded(row.pool)}`))?.[1].pool;
    if (proposed !== undefined) return proposed;
    const pool = nearName(row.pool ?? product, (name) => taken.pools.has(name), "pool");
    taken.pools.add(folded(pool));
    draft.entries.push({ ...entry(["pools", pool], MAPPING, row.line) });
    metrics.set(pool, row.metric);
    if (row.metric !== undefined && row.metric !== "concurrent") {
      draft.entries.push(entry(["pools", pool, "metric"], row.metric, row.line));
    }
    return pool;
  }

  function addProduct(row: AssetRow, product: string, pool: string) {
    taken.products.add(folded(product));
    const say = (key: string, value: unknown, note?: string) =>
      draft.entries.push({ ...entry(["products", product, key], value, row.line), ...(note && { note }) });
    say("name", row.product);
    if (row.publisher !== undefined) say("publisher", row.publisher);
    say("owner", row.owner ?? owner, row.owner === undefined ? "whom people ask who were denied" : undefined);
    if (row.versions) say("versions", row.versions);
    if (row.executables.length > 0) say("executables", row.executables);
    const features = [...new Set(row.flexnet)].filter((feature) => !taken.features.has(feature));
    for (const feature of features) taken.features.add(feature);
    for (const feature of row.flexnet) {
      if (!features.includes(feature)) refuse(row, `${feature} is counted for another product already, and left out`);
    }
    if (features.length > 0) say("flexnet", features);
    say("pools", [pool]);
  }

  function addEntitlement(row: AssetRow, pool: string) {
    const { entitlement } = row;
    const key = `${pool}\u001f${entitlement.reference}\u001f${entitlement.starts}`;
    const written = known?.pools[pool]?.entitlements.find(
      ({ reference, starts }) => reference === entitlement.reference && starts === entitlement.starts,
    );
    const earlier = taken.references.get(key);
    if (written || earlier) {
      const differing = Object.entries(entitlement).filter(([name, value]) =>
        earlier ? !isDeepStrictEqual(earlier[name], value) : !sameAsWritten(written as never, name, value),
      );
      draft.known += 1;
      if (differing.length === 0) return;
      const where = written ? "the register has" : "an earlier row has";
      refuse(
        row,
        `${where} ${entitlement.reference} of ${pool} already, and says otherwise: ${differing.map(([name]) => name).join(", ")}`,
      );
      return;
    }
    taken.references.set(key, entitlement);
    draft.added += 1;
    draft.entries.push(entry(["pools", pool, "entitlements"], entitlement, row.line, true));
  }
}

const entry = (path: readonly string[], value: unknown, line: number, appended = false): Entry => ({
  ...{ path, value, appended, lines: [line] },
});

/** The register's own product: by its name there or the name that people read. Its first pool, unless the row says one. */
function existing({ product, pool }: AssetRow, known: Register | undefined): ProductNames | undefined {
  const products = Object.entries(known?.products ?? {});
  const found =
    nameIn(known?.products ?? {}, product) ?? products.find(([, { name }]) => folded(name) === folded(product))?.[0];
  if (found === undefined || !known) return undefined;
  const pools = known.products[found]?.pools ?? [];
  const asked = pool === undefined ? pools[0] : nameIn(known.pools, pool);
  return asked === undefined ? undefined : { product: found, pool: asked };
}

const nameIn = (parts: Record<string, { aliases: string[] }>, text: string) =>
  Object.entries(parts).find(([name, { aliases }]) =>
    [name, ...aliases].some((one) => folded(one) === folded(text)),
  )?.[0];

const namesIn = (parts: Record<string, { aliases: string[] }>) =>
  new Set(Object.entries(parts).flatMap(([name, { aliases }]) => [name, ...aliases].map(folded)));

/** A notice is text in a file and a length in what was read of it. */
function sameAsWritten(written: Record<string, unknown>, name: string, value: unknown): boolean {
  const there = written[name];
  if (name !== "notice" || typeof there !== "object" || there === null) return isDeepStrictEqual(there, value);
  const { days, months } = there as { days?: number; months?: number };
  return value === (days === undefined ? `${months} months` : `${days}d`);
}
