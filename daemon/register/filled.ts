import { folded } from "../domain/names.ts";
import type { Group, Member, Register } from "../domain/register.ts";
import type { RegisterFile } from "./schema.ts";

/** The register as everybody reads it, from the file as it was written: names and members filled in. */
export function filled(file: RegisterFile, membersOfFiles: ReadonlyMap<string, Member[]>): Register {
  return {
    ...file,
    sites: mapped(file.sites, (site, name) => ({ ...site, name: site.name ?? name })),
    groups: mapped(file.groups, (group, name): Group => {
      const members = withoutRepeats([
        ...group.members.map((user) => ({ user: folded(user) })),
        ...(membersOfFiles.get(name) ?? []),
      ]);
      return group.department ? { department: group.department, members } : { members };
    }),
    products: mapped(file.products, (product, name) => ({ ...product, name: product.name ?? name })),
    pools: mapped(file.pools, ({ lease, ...pool }) => ({
      ...pool,
      ttlMs: lease.ttl,
      heartbeatEveryMs: lease.heartbeatEvery ?? Math.floor(lease.ttl / 3),
    })),
  };
}

const mapped = <From, To>(parts: Record<string, From>, to: (part: From, name: string) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, to(part, name)]));

/** The last mention of somebody counts: a file knows the department, a list in the register does not. */
const withoutRepeats = (members: Member[]) => [...new Map(members.map((member) => [member.user, member])).values()];
