import { ELSEWHERE, folded, GroupName, NO_POOL, PoolName, ProductName, SiteName } from "../domain/names.ts";
import type { Outline } from "./outline.ts";

/** Names that mean something already. */
const RESERVED: Record<string, string> = {
  [`pools ${NO_POOL}`]: "stands for launches without a pool: choose another name",
  [`sites ${ELSEWHERE}`]: "is built in, for addresses in no network: leave it out, or choose another name",
};

const KINDS = { sites: SiteName, groups: GroupName, products: ProductName, pools: PoolName } as const;

/**
 * Names of sites, groups, products and pools: well formed, not reserved, and no two alike without regard to case,
 * aliases included, since people, tables and file systems would take one for the other.
 */
export function checkNames(
  outline: Outline,
  complain: (path: (string | number)[], message: string, at?: "key" | "value") => void,
) {
  for (const kind of ["sites", "groups", "products", "pools"] as const) {
    const taken = new Map<string, string>();
    const check = (name: string, path: (string | number)[]) => {
      const said = path.at(-1) === name ? "" : `"${name}" `;
      const wrong = KINDS[kind].safeParse(name).error?.issues[0]?.message ?? RESERVED[`${kind} ${folded(name)}`];
      if (wrong) complain(path, said + wrong, "key");
      const other = taken.get(folded(name));
      if (other !== undefined) complain(path, `${said}is taken by ${other} already; case does not count`, "key");
      else taken.set(folded(name), pathOf(path));
    };
    for (const name of Object.keys(outline[kind])) check(name, [kind, name]);
    if (kind === "sites" || kind === "groups") continue;
    for (const [name, { aliases }] of Object.entries(outline[kind])) {
      for (const [i, alias] of aliases.entries()) if (alias) check(alias, [kind, name, "aliases", i]);
    }
  }
}

const pathOf = ([kind, name]: readonly (string | number)[]) => `${kind}.${name}`;
