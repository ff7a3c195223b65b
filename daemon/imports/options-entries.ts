import type { Limit } from "../domain/register.ts";
import type { Draft, PoolDraft, Setting } from "./options-draft.ts";

/** One thing to write into a register. */
export interface Entry {
  path: readonly string[];
  value: unknown;
  /** It is one more of the list that is there. */
  appended: boolean;
  /** Of the options file. */
  lines: readonly number[];
  /** What is to be known or done before it is used. */
  note?: string;
}

/** A mapping that what follows stands in. */
export const MAPPING = Symbol("mapping");

const SETTINGS: readonly Setting[] = [
  "seatFor",
  "linger",
  "idle",
  "overdraft.seats",
  "borrow.maxDays",
  "borrow.keepFree",
];

/** What a draft adds to its register, in the order in which a register is written. */
export function entriesOf(draft: Draft): Entry[] {
  return [
    ...[...draft.groups].map(([name, { members, lines }]) =>
      entry(["groups", name, "members"], [...members.values()], lines),
    ),
    ...[...draft.products].flatMap(([product, { value, lines }]) => [
      entry(["products", product, "name"], value.name, lines),
      { ...entry(["products", product, "owner"], value.owner, []), note: "whom people ask who were denied" },
      entry(["products", product, "flexnet"], value.flexnet, []),
      entry(["products", product, "pools"], value.pools, []),
    ]),
    ...[...draft.pools].flatMap(([name, pool]) => [...begin(name, draft), ...entriesOfPool(name, pool)]),
  ];
}

const entry = (path: readonly string[], value: unknown, lines: readonly number[], appended = false): Entry => ({
  path,
  value,
  appended,
  lines: [...lines].sort((one, other) => one - other),
});

function begin(name: string, { register }: Draft): Entry[] {
  if (register && Object.hasOwn(register.pools, name)) return [];
  return [{ ...entry(["pools", name], MAPPING, []), note: "without its entitlements it has no seats" }];
}

function entriesOfPool(name: string, pool: PoolDraft): Entry[] {
  const appended = <Value>(key: string, sourced: ReadonlyMap<string, { value: Value; lines: number[] }>) =>
    [...sourced.values()].map(({ value, lines }) => ({ path: ["pools", name, key], value, lines }));
  const settings = SETTINGS.flatMap((setting) => {
    const set = pool.settings.get(setting);
    return set ? [entry(["pools", name, ...setting.split(".")], set.value, set.lines)] : [];
  });
  const lists = [
    ...appended("allow", pool.allow),
    ...appended("deny", pool.deny),
    ...appended("limits", pool.limits).map((one) => ({ ...one, value: limitAsWritten(one.value) })),
    ...appended("reservations", pool.reservations),
  ];
  return [...lists.map(({ path, value, lines }) => entry(path, value, lines, true)), ...settings];
}

const limitAsWritten = ({ kind, name, seats }: Limit) => ({ [kind]: name, seats });

/** The same as plain values: `{ groups, products, pools }`. */
export function entriesAsValues(entries: readonly Entry[]): Record<"groups" | "products" | "pools", object> {
  const values = { groups: {}, products: {}, pools: {} };
  for (const { path, value, appended } of entries) {
    let at: Record<string, unknown> = values;
    for (const step of path.slice(0, -1)) {
      at[step] ??= {};
      at = at[step] as Record<string, unknown>;
    }
    const last = path.at(-1)!;
    if (appended) at[last] = [...((at[last] as unknown[] | undefined) ?? []), value];
    else at[last] = value === MAPPING ? {} : value;
  }
  return values;
}
